// UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits from the kernel.
#include "base/uuid.hpp"

#include <sys/random.h>

#include <cstdlib>

namespace ktel {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return 0;
}

}  // namespace

std::string make_uuid7(std::chrono::system_clock::time_point now) {
  std::array<std::uint8_t, 16> bytes{};
  // Without randomness two reports could share an identity, and one would be dropped as a
  // duplicate.
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));

  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

std::array<std::uint8_t, 16> uuid_bytes(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t at = 0;
  for (std::size_t i = 0; i + 1 < text.size() && at < bytes.size(); ++i) {
    if (text[i] == '-') continue;
    bytes[at++] = static_cast<std::uint8_t>(digit(text[i]) * 16 + digit(text[i + 1]));
    ++i;
  }
  return bytes;
}

}  // namespace ktel
