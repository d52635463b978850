// Values as a plugin hands them over.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <ktel/abi/types.h>

namespace ktel::test {

inline ktel_value integer(std::int64_t n) {
  ktel_value value{};
  value.type = KTEL_V_I64;
  value.i64 = n;
  return value;
}

inline ktel_value boolean(bool b) {
  ktel_value value = integer(b ? 1 : 0);
  value.type = KTEL_V_BOOL;
  return value;
}

inline ktel_value number(double n) {
  ktel_value value{};
  value.type = KTEL_V_F64;
  value.f64 = n;
  return value;
}

// A view of `s`.
inline ktel_value text(std::string_view s) {
  ktel_value value{};
  value.type = KTEL_V_STRING;
  value.str = {s.data(), s.size()};
  return value;
}

// A view of `items`.
inline ktel_value list(const std::vector<ktel_value>& items) {
  ktel_value value{};
  value.type = KTEL_V_LIST;
  value.count = static_cast<std::uint32_t>(items.size());
  value.items = items.data();
  return value;
}

}  // namespace ktel::test
