// What a struct of a plugin built against an older minor looks like: shorter, never different.
//
// Everything that a plugin hands over is read through here: `Inspection` for descriptors,
// `BackendCall` for what backends push. Pure.
#pragma once

#include <ktel/abi/plugin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace ktel::plugin {

// The size of each struct in ABI 1.0: what is smaller was made by nobody. Never changed.
template <class T>
inline constexpr std::uint32_t first_size = 0;
template <>
inline constexpr std::uint32_t first_size<ktel_plugin> = 120;
template <>
inline constexpr std::uint32_t first_size<ktel_job> = 168;
template <>
inline constexpr std::uint32_t first_size<ktel_backend> = 112;
template <>
inline constexpr std::uint32_t first_size<ktel_field> = 192;
template <>
inline constexpr std::uint32_t first_size<ktel_read> = 120;
template <>
inline constexpr std::uint32_t first_size<ktel_need> = 24;
template <>
inline constexpr std::uint32_t first_size<ktel_param> = 56;
template <>
inline constexpr std::uint32_t first_size<ktel_label> = 16;
template <>
inline constexpr std::uint32_t first_size<ktel_request> = 72;
template <>
inline constexpr std::uint32_t first_size<ktel_outcome> = 48;

// A struct handed over in a call, with zeroes for what the plugin's older headers did not have.
// Nothing: its size was never filled in.
template <class T>
std::optional<T> handed_over(const T& given) {
  static_assert(first_size<T> > 0 && first_size<T> <= sizeof(T));
  if (given.struct_size < first_size<T>) return std::nullopt;
  T copy{};
  std::memcpy(static_cast<void*>(&copy), &given,
              std::min<std::size_t>(given.struct_size, sizeof(T)));
  return copy;
}

}  // namespace ktel::plugin
