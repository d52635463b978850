// What a HEC says in the body of an answer: {"text":"Success","code":0,"ackId":7},
// {"acks":{"7":true}}, or something else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace splunk {

struct Answer {
  std::optional<std::uint32_t> code;
  std::string text;          // of an object's "text", or a body that is one JSON string
  bool bare_string = false;  // the whole body is one JSON string
  std::optional<std::uint64_t> ack_id{};
  std::optional<std::map<std::uint64_t, bool>> acks{};  // by id: is it indexed and replicated?
};

// Tolerant: unknown members are skipped, anything that is no JSON (HTML, nothing) gives an empty
// Answer. Of two members with one name the last counts.
Answer read_answer(std::string_view body);

}  // namespace splunk
