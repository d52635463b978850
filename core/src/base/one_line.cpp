// One line of text: see the header.
#include "base/one_line.hpp"

namespace ktel {
namespace {

constexpr std::string_view not_utf8 = "\xef\xbf\xbd";  // U+FFFD

// `character` is one whole one.
bool moves_the_cursor(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
    case 1:
      return byte(0) < ' ' || byte(0) == 0x7f;
    case 2:
      return byte(0) == 0xc2 && byte(1) < 0xa0;  // U+0080 to U+009F
    case 3:
      // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069
      if (byte(0) != 0xe2) return false;
      if (byte(1) == 0x80) {
        return byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xae);
      }
      return byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;
    default:
      return false;
  }
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
      (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) {
    return 0;
  }
  return length;
}

std::string one_line(std::string_view text, std::size_t most) {
  std::string line;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    std::string_view character = text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
    if (length == 0) {
      character = not_utf8;
    } else if (moves_the_cursor(character)) {
      character = " ";
    }
    if (line.size() + character.size() > most) break;
    line += character;
  }
  return line;
}

}  // namespace ktel
