// Text as JSON, for backends that write some around a report. Pure; header only.
#pragma once

#include <string>
#include <string_view>

namespace ktel::sdk {

// A JSON string, quotes included. What is UTF-8 stays as it is.
inline std::string quoted(std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json += "\\u00";
      json += hex[byte >> 4];
      json += hex[byte & 15];
    } else {
      json += c;
    }
  }
  return json += '"';
}

}  // namespace ktel::sdk
