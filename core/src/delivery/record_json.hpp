// The run record and the declarations of the fields sent, as the canonical JSON of a ledger row.
//
// Written by the pipeline, read by the courier and `ktel reports show`. Members a newer ktel added
// are passed over, missing ones keep their defaults; a member of another type is bad_input. Pure.
#pragma once

#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ktel::delivery {

std::string to_json(const RunRecord& record);
Result<RunRecord> record_from_json(std::string_view text);

std::string to_json(const std::vector<SentField>& fields);
Result<std::vector<SentField>> fields_from_json(std::string_view text);

}  // namespace ktel::delivery
