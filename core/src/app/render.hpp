// Reports, run records and listings for eyes: the same values in another form.
//
// All take JSON as text, as it crosses to the command. bad_input where that is none, which in a
// ledger somebody else has written to. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::app {

// Indented, members sorted.
Result<std::string> pretty(std::string_view json);

// YAML in block style, as kubectl prints it; read back equal by any YAML 1.1 or 1.2 reader. Members
// keep their order.
Result<std::string> yaml(std::string_view json);

struct ReportField {
  std::string job;
  std::string field;  // empty: `job` is a key whose value is no object
  std::string value;  // text as it is, anything else as JSON
};

// The fields of a report, in its order.
Result<std::vector<ReportField>> report_fields(std::string_view json);

}  // namespace ktel::app
