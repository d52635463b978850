// Server addresses: see the header.
#include "cluster/server_url.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "base/one_line.hpp"

namespace ktel::cluster {
namespace {

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return copy;
}

// "[::1]:443", "host:80", "10.0.0.1", "::1" to host and port.
std::pair<std::string, std::string> split_port(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    const auto end = authority.find(']');
    if (end == authority.npos) return {};
    const std::string_view rest = authority.substr(end + 1);
    return {lower(authority.substr(1, end - 1)),
            std::string(rest.empty() || rest.front() != ':' ? "" : rest.substr(1))};
  }
  const auto colon = authority.find(':');
  if (colon == authority.npos || authority.find(':', colon + 1) != authority.npos) {
    return {lower(authority), ""};
  }
  return {lower(authority.substr(0, colon)), std::string(authority.substr(colon + 1))};
}

}  // namespace

Result<ServerUrl> parse_server(std::string_view text) {
  // It stands in many a sentence.
  if (one_line(text, text.npos) != text) {
    return Error{Errc::bad_input,
                 "host must be a URL or a host:port pair: it holds a character no URL has"};
  }
  ServerUrl server;
  std::string_view rest = text.substr(0, text.find_first_of("?#"));
  const auto scheme_end = rest.find("://");
  const bool has_scheme = scheme_end != rest.npos;
  if (has_scheme) {
    const std::string scheme = lower(rest.substr(0, scheme_end));
    server.https = scheme == "https";
    if (!server.https && scheme != "http") {
      return Error{
          Errc::bad_input,
          fmt::format("unsupported protocol scheme \"{}\", must be https or http", scheme)};
    }
    rest.remove_prefix(scheme_end + 3);
  }
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  std::string_view prefix = slash == rest.npos ? std::string_view() : rest.substr(slash);
  if (const auto at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
  while (!prefix.empty() && prefix.back() == '/') prefix.remove_suffix(1);
  if (!has_scheme && !prefix.empty()) {
    return Error{Errc::bad_input, fmt::format("host must be a URL or a host:port pair: \"{}{}\"",
                                              authority, prefix)};
  }
  std::tie(server.host, server.port) = split_port(authority);
  if (server.host.empty()) {
    return Error{Errc::bad_input, "host must be a URL or a host:port pair: it names no host"};
  }
  if (server.port.empty()) server.port = server.https ? "443" : "80";
  server.text = fmt::format("{}://{}{}", server.https ? "https" : "http", authority, prefix);
  return server;
}

}  // namespace ktel::cluster
