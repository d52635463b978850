// Base64: see the header.
#include "base/base64.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace ktel {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= count ? alphabet[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

Result<std::string> base64_decode(std::string_view text) {
  const auto illegal = [](std::size_t at) {
    return Error{Errc::bad_input, fmt::format("illegal base64 data at input byte {}", at)};
  };
  std::string bytes;
  std::uint32_t group = 0;
  std::size_t digits = 0;   // of the group
  std::size_t padding = 0;  // characters '=' seen
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') continue;
    if (c == '=' && digits >= 2 && digits + padding < 4) {
      ++padding;
      continue;
    }
    const std::size_t value = alphabet.find(c);
    if (value == alphabet.npos || padding > 0) return illegal(i);
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++digits < 4) continue;
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(group >> shift & 255);
    group = 0;
    digits = 0;
  }
  if (digits == 0) return bytes;
  if (digits + padding != 4) return illegal(text.size());
  bytes += static_cast<char>(group >> (6 * digits - 8) & 255);
  if (digits == 3) bytes += static_cast<char>(group >> 2 & 255);
  return bytes;
}

}  // namespace ktel
