// Where a backend sends to: what it asks of an authority, "10.0.0.1:8088". Pure; header only.
#pragma once

#include <algorithm>
#include <string_view>

namespace ktel::sdk {

// "10.0.0.1:8088" -> ":8088"; "[::1]" -> ""
constexpr std::string_view port_of(std::string_view authority) noexcept {
  const std::size_t after_address = authority.rfind(']') + 1;  // npos + 1 is 0
  return authority.substr(std::min(authority.find(':', after_address), authority.size()));
}

// This machine, by a name or an address that says so. As the host, which has the last word: 127.1
// is the same address, and refused like a name.
constexpr bool is_loopback(std::string_view authority) noexcept {
  const std::string_view host = authority.substr(0, authority.size() - port_of(authority).size());
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(host.begin(), host.end(), '.') == 3;
}

}  // namespace ktel::sdk
