// A parameter's value as the operator typed it, checked against its declaration. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ktel/abi/types.h>
#include <ktel/result.hpp>

#include "plugin/declaration.hpp"

namespace ktel::plugin {

// Owns what view() shows.
struct ParamValue {
  bool set = false;
  std::uint32_t type = KTEL_V_ABSENT;  // KTEL_V_*
  std::int64_t i64 = 0;
  double f64 = 0;
  std::string text;

  ktel_value view() const noexcept;
};

// bad_input: `text` is not of the declared type; the sentence names the parameter and what it
// takes.
Result<ParamValue> parse_param(const Param& param, std::string_view text);

// The default, or a value that is not set.
Result<ParamValue> default_param(const Param& param);

}  // namespace ktel::plugin
