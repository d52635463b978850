// Label and field selectors, evaluated over objects that no server has filtered. Pure.
//
// Labels: "a=b,c!=d,e in (f,g),h notin (i),j,!k" as the API has it; fields: "metadata.name=x,a!=b".
// Used by the snapshot source.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::cluster {

struct Requirement {
  enum class Op { in, not_in, exists, not_exists };
  std::string key;  // of a label, or a path
  Op op = Op::in;
  std::vector<std::string> values;

  // An object that has no such label (field) passes not_in and not_exists alone.
  bool matches(const std::optional<std::string_view>& value) const;
};

// bad_input, naming the selector.
Result<std::vector<Requirement>> parse_label_selector(std::string_view selector);
Result<std::vector<Requirement>> parse_field_selector(std::string_view selector);

}  // namespace ktel::cluster
