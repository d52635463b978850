// What an OTLP receiver says in the body of an answer, in either encoding: a partial success
// ({"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"..."}}), or, where it took nothing,
// a Status ({"code":3,"message":"..."}).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace otlp {

struct Answer {
  std::string message;        // errorMessage, or the Status' message
  std::int64_t rejected = 0;  // log records or data points, whichever were sent
};

// `success`: of a 2xx. Tolerant: what is unknown is skipped, and a body that is in no known form
// (HTML, garbage, nothing) gives an empty Answer. Plain text counts as the message of a failure.
Answer read_answer(bool success, std::string_view content_type, std::string_view body);

}  // namespace otlp
