// Server and proxy addresses: see the header.
#include "cluster/server_url.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

namespace ktel::cluster {
namespace {

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return copy;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
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

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0;  // 32 or 128
};

std::optional<Address> address_of(const std::string& host) {
  Address address;
  if (::inet_pton(AF_INET, host.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (::inet_pton(AF_INET6, host.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
    return address;
  }
  return std::nullopt;
}

bool in_network(const Address& address, std::string_view cidr) {
  const auto slash = cidr.find('/');
  const std::optional<Address> network = address_of(std::string(cidr.substr(0, slash)));
  const std::string_view digits = cidr.substr(slash + 1);
  if (!network || network->bits != address.bits || digits.empty() || digits.size() > 3 ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  const unsigned bits = static_cast<unsigned>(std::stoul(std::string(digits)));
  if (bits > address.bits) return false;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned mask = 0x80u >> (i % 8);
    if ((address.bytes[i / 8] & mask) != (network->bytes[i / 8] & mask)) return false;
  }
  return true;
}

bool is_local(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  const std::optional<Address> address = address_of(host);
  return address && address->bits == 32 && address->bytes[0] == 127;
}

bool excepts(std::string_view pattern, const ServerUrl& server) {
  if (pattern == "*") return true;
  const std::optional<Address> address = address_of(server.host);
  if (pattern.find('/') != pattern.npos) return address && in_network(*address, pattern);
  auto [host, port] = split_port(pattern);
  if (host.empty() || (!port.empty() && port != server.port)) return false;
  if (address || address_of(host)) return host == server.host;
  if (host.compare(0, 2, "*.") == 0) host.erase(0, 1);
  if (host.front() != '.') {
    if (host == server.host) return true;
    host.insert(0, ".");
  }
  return server.host.size() > host.size() &&
         server.host.compare(server.host.size() - host.size(), host.size(), host) == 0;
}

std::string either_case(const Env& env, const char* name) {
  if (const auto value = env(name); value && !value->empty()) return *value;
  return env(lower(name)).value_or("");
}

// Go leaves the look-up of names to a SOCKS proxy; libcurl calls that socks5h.
std::string for_libcurl(const std::string& proxy) {
  if (proxy.compare(0, 9, "socks5://") == 0) return "socks5h" + proxy.substr(6);
  return proxy.find("://") == proxy.npos ? "http://" + proxy : proxy;
}

}  // namespace

Result<ServerUrl> parse_server(std::string_view text) {
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

std::string find_proxy(const ServerUrl& server, const std::string& proxy_url, const Env& env) {
  if (!proxy_url.empty()) return for_libcurl(proxy_url);
  const std::string proxy = either_case(env, server.https ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy.empty() || is_local(server.host)) return {};
  const std::string exceptions = either_case(env, "NO_PROXY");
  std::string_view rest = exceptions;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (excepts(trim(rest.substr(0, comma)), server)) return {};
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  }
  return for_libcurl(proxy);
}

}  // namespace ktel::cluster
