// Parameters from text: see the header.
#include "plugin/param_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ktel::plugin {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

Error wrong(const Param& param, std::string_view takes) {
  return {Errc::bad_input, fmt::format("parameter {} takes {}", param.name, takes)};
}

}  // namespace

ktel_value ParamValue::view() const noexcept {
  ktel_value value{};
  value.type = type;
  value.i64 = i64;
  value.f64 = f64;
  if (type == KTEL_V_STRING) value.str = {text.data(), text.size()};
  return value;
}

Result<ParamValue> parse_param(const Param& param, std::string_view text) {
  ParamValue value;
  value.set = true;
  switch (param.type) {
    case KTEL_T_BOOL:
      value.type = KTEL_V_BOOL;
      if (text == "true" || text == "1" || text == "on" || text == "yes") {
        value.i64 = 1;
      } else if (text != "false" && text != "0" && text != "off" && text != "no") {
        return wrong(param, "true or false");
      }
      return value;
    case KTEL_T_COUNT:
    case KTEL_T_BYTES:
    case KTEL_T_INT:
      value.type = KTEL_V_I64;
      if (!parse_number(text, value.i64)) return wrong(param, "a whole number");
      if (param.type != KTEL_T_INT && value.i64 < 0) return wrong(param, "a number from 0 on");
      return value;
    case KTEL_T_RATIO:
    case KTEL_T_DURATION:
      value.type = KTEL_V_F64;
      if (!parse_number(text, value.f64) || !std::isfinite(value.f64)) {
        return wrong(param, param.type == KTEL_T_RATIO ? "a number from 0 to 1" : "seconds");
      }
      if (param.type == KTEL_T_RATIO && (value.f64 < 0 || value.f64 > 1)) {
        return wrong(param, "a number from 0 to 1");
      }
      return value;
    case KTEL_T_ENUM: {
      const bool known = std::any_of(param.values.begin(), param.values.end(),
                                     [&](const Label& label) { return label.value == text; });
      if (!known) {
        std::string list;
        for (const Label& label : param.values) list += (list.empty() ? "" : ", ") + label.value;
        return wrong(param, "one of " + list);
      }
      break;
    }
    default:
      break;
  }
  value.type = KTEL_V_STRING;
  value.text = std::string(text);
  return value;
}

Result<ParamValue> default_param(const Param& param) {
  if (!param.has_default) return ParamValue{};
  return parse_param(param, param.default_text);
}

}  // namespace ktel::plugin
