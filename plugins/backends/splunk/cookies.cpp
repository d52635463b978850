// Cookies: see the header.
#include "cookies.hpp"

#include <algorithm>

#include <ktel/sdk/text.hpp>

namespace splunk {
namespace {

using ktel::sdk::view;

// More is no balancer's.
constexpr std::size_t most = 16;
constexpr std::size_t longest = 1024;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t end = text.find_last_not_of(" \t");
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

}  // namespace

void Cookies::take(const ktel_response& response) {
  for (std::uint32_t i = 0; i < response.header_count; ++i) {
    if (view(response.headers[i].name) == "set-cookie") set(view(response.headers[i].value));
  }
}

// NAME=VALUE; Path=/; Max-Age=0
void Cookies::set(std::string_view cookie) {
  const std::string_view pair = cookie.substr(0, cookie.find(';'));
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos || pair.size() > longest) return;
  const std::string name(trimmed(pair.substr(0, equals)));
  const std::string_view value = trimmed(pair.substr(equals + 1));
  const bool text = std::all_of(pair.begin(), pair.end(), [](unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '$';  // the host reads ${...} in a header
  });
  if (name.empty() || !text) return;
  if (value.empty() || cookie.find("Max-Age=0") != std::string_view::npos) {
    cookies_.erase(name);
  } else if (cookies_.size() < most || cookies_.contains(name)) {
    cookies_[name] = value;
  }
}

std::string Cookies::header() const {
  std::string header;
  for (const auto& [name, value] : cookies_) {
    header += (header.empty() ? "" : "; ") + name + "=" + value;
  }
  return header;
}

}  // namespace splunk
