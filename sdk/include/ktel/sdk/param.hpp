// `read_param`: a parameter of a job or backend by its type; Run and Delivery say it shorter.
#pragma once

#include <ktel/abi/types.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

#include <ktel/sdk/text.hpp>

namespace ktel::sdk {

// std::string_view for TEXT, TOKEN, ENUM, SEMVER and TIME, std::int64_t for COUNT, INT and BYTES,
// double for RATIO and DURATION (seconds), bool for BOOL.
template <class T>
concept ParamType = std::same_as<T, std::string_view> || std::same_as<T, std::int64_t> ||
    std::same_as<T, double> || std::same_as<T, bool>;

// What the operator set, or the declared default; nothing if neither, or if it is of another type.
// Text lives until the function of the plugin returns.
template <ParamType T>
std::optional<T> read_param(ktel_call* call, std::uint32_t param) noexcept {
  ktel_value value{};
  if (call->host->param(call, param, &value) != KTEL_OK) return std::nullopt;
  if constexpr (std::same_as<T, std::string_view>) {
    if (value.type == KTEL_V_STRING) return view(value.str);
  } else if constexpr (std::same_as<T, std::int64_t>) {
    if (value.type == KTEL_V_I64) return value.i64;
  } else if constexpr (std::same_as<T, double>) {
    if (value.type == KTEL_V_F64) return value.f64;
  } else {
    if (value.type == KTEL_V_BOOL) return value.i64 != 0;
  }
  return std::nullopt;
}

}  // namespace ktel::sdk
