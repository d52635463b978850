// URLs, split strictly: see the header.
#include "delivery/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "plugin/name_rules.hpp"

namespace ktel::delivery {
namespace {

bool alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

Error wrong(std::string message) { return {Errc::bad_input, std::move(message)}; }

// "host:8088" is a host and its port, not a scheme: a scheme is followed by "//" or by nothing.
std::size_t end_of_scheme(std::string_view text) {
  if (text.empty() || !alpha(text.front())) return std::string_view::npos;
  std::size_t end = 0;
  while (end < text.size() && (alpha(text[end]) || digit(text[end]) || text[end] == '+' ||
                               text[end] == '-' || text[end] == '.')) {
    ++end;
  }
  if (end == text.size() || text[end] != ':') return std::string_view::npos;
  const std::string_view rest = text.substr(end + 1);
  return rest.empty() || rest.front() == '?' || rest.starts_with("//") ? end
                                                                       : std::string_view::npos;
}

bool host_character(char c) { return alpha(c) || digit(c) || c == '-' || c == '.' || c == '_'; }

Result<void> split_authority(Url& url) {
  if (url.authority.find(',') != std::string::npos) {
    return wrong("names several hosts where one is expected: name one");
  }
  std::string_view rest = url.authority;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos)
      return wrong("has a [ without ] around its address: write it like [::1]:8088");
    url.host = lower(rest.substr(1, end - 1));
    if (url.host.find_first_not_of("0123456789abcdef:.") != std::string::npos) {
      return wrong("has something in [ ] that is no IPv6 address: write it like [::1]:8088");
    }
    rest.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    url.host = lower(rest.substr(0, end));
    rest.remove_prefix(end);
    if (!std::all_of(url.host.begin(), url.host.end(), host_character)) {
      return wrong(
          fmt::format("has the host \"{}\", which is no host name: check its spelling", url.host));
    }
  }
  if (rest.empty()) return {};
  const std::string_view port = rest.substr(1);
  unsigned number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  if (rest.front() != ':' || parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size() ||
      number == 0 || number > 65535) {
    return wrong(fmt::format("has the port \"{}\": it must be a number from 1 to 65535", port));
  }
  url.port = number;
  return {};
}

int hex_value(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const std::size_t scheme = end_of_scheme(text);
  if (scheme == std::string_view::npos) return wrong("has no scheme");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      return wrong("has a blank or a control character in it: write it as %20 and the like");
    }
  }
  if (!plugin::is_utf8(text)) {
    return wrong("has bytes in it that are no UTF-8: write them like %C3%A4");
  }
  const bool has_at = text.find('@') != std::string_view::npos;
  Url url;
  url.scheme = lower(text.substr(0, scheme));
  text.remove_prefix(scheme + 1);

  if (text.find('#') != std::string_view::npos) return wrong("has a # in it: write it as %23");
  if (const std::size_t query = text.find('?'); query != std::string_view::npos) {
    url.query = text.substr(query + 1);
    text = text.substr(0, query);
  }
  url.has_authority = text.starts_with("//");
  if (!url.has_authority) return url;

  text.remove_prefix(2);
  const std::size_t path = std::min(text.find('/'), text.size());
  url.path = text.substr(path);
  text = text.substr(0, path);
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    url.has_user_info = true;
    text.remove_prefix(at + 1);
  }
  url.authority = text;
  if (auto split = split_authority(url); !split) {
    // A password with a / or ? in it ends the authority early; its text must not be repeated.
    if (!has_at) return split.error();
    url.has_user_info = true;
  }
  return url;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> params;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = decoded(pair.substr(0, equals));
    const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value)
      return wrong("has a % in its query that no two hex digits follow: write % itself as %25");
    if (!plugin::is_utf8(*name) || !plugin::is_utf8(*value)) {
      return wrong("has bytes in its query that are no UTF-8: write text like %C3%A4");
    }
    const bool twice = std::any_of(params.begin(), params.end(),
                                   [&](const auto& param) { return param.first == *name; });
    if (twice) return wrong(fmt::format("gives {} twice: give it once", *name));
    params.emplace_back(*name, *value);
  }
  return params;
}

std::string shown_url(std::string_view text) {
  const std::size_t slashes = text.find("://");
  const std::size_t start = slashes == std::string_view::npos ? 0 : slashes + 3;
  // A password may hold a / or ? where it should not, so the last @ of all counts.
  const std::size_t at = text.rfind('@');
  std::string shown(text.substr(0, start));
  shown += text.substr(at == std::string_view::npos || at < start ? start : at + 1);
  shown.resize(std::min(shown.find_first_of("?#"), shown.size()));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return shown;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(host.begin(), host.end(), '.') == 3;
}

}  // namespace ktel::delivery
