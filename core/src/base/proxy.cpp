// The environment's proxy: see the header.
#include "base/proxy.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace ktel {
namespace {

struct Server {
  bool https = false;
  std::string host;  // lower case; IPv6 without brackets
  std::string port;
};

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

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::optional<Server> parse(std::string_view text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  const std::string copy(text);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  Server server;
  server.https = part_of(url.get(), CURLUPART_SCHEME) == "https";
  server.host = lower(part_of(url.get(), CURLUPART_HOST));
  if (server.host.starts_with('[')) server.host = server.host.substr(1, server.host.size() - 2);
  server.port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return server;
}

// "[::1]:443", "host:80", "10.0.0.1", "::1" to host and port.
std::pair<std::string, std::string> split_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == authority.npos) return {};
    const std::string_view rest = authority.substr(end + 1);
    return {lower(authority.substr(1, end - 1)),
            std::string(rest.starts_with(':') ? rest.substr(1) : "")};
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

bool excepts(std::string_view pattern, const Server& server) {
  if (pattern == "*") return true;
  const std::optional<Address> address = address_of(server.host);
  if (pattern.find('/') != pattern.npos) return address && in_network(*address, pattern);
  auto [host, port] = split_port(pattern);
  if (host.empty() || (!port.empty() && port != server.port)) return false;
  if (address || address_of(host)) return host == server.host;
  if (host.starts_with("*.")) host.erase(0, 1);
  if (!host.starts_with('.')) {
    if (host == server.host) return true;
    host.insert(0, ".");
  }
  return server.host.size() > host.size() && server.host.ends_with(host);
}

struct Variable {
  std::string name;
  std::string value;  // empty: not set
};

Variable either_case(const Env& env, const std::string& name) {
  for (const std::string& spelt : {name, lower(name)}) {
    if (auto value = env(spelt); value && !value->empty()) return {spelt, std::move(*value)};
  }
  return {name, {}};
}

}  // namespace

Result<std::string> find_proxy(std::string_view url, const Env& env) {
  const std::optional<Server> server = parse(url);
  if (!server) return std::string();  // the request to it will say so
  const Variable proxy = either_case(env, server->https ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy.value.empty() || is_local(server->host)) return std::string();
  const std::string exceptions = either_case(env, "NO_PROXY").value;
  std::string_view rest = exceptions;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (excepts(trim(rest.substr(0, comma)), *server)) return std::string();
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  }
  const auto scheme_end = proxy.value.find("://");
  if (scheme_end == proxy.value.npos) return "http://" + proxy.value;
  const std::string scheme = lower(std::string_view(proxy.value).substr(0, scheme_end));
  if (scheme != "http" && scheme != "https" && scheme != "socks5" && scheme != "socks5h") {
    // Not shown: what stands there may be a password.
    return Error{Errc::bad_input,
                 fmt::format("{} names a proxy that is neither http://, https:// nor socks5://; "
                             "correct it, or except {} from it with NO_PROXY",
                             proxy.name, server->host)};
  }
  return proxy.value;
}

bool is_proxy_url(const std::string& text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  return url &&
         curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) ==
             CURLUE_OK &&
         !part_of(url.get(), CURLUPART_HOST).empty();
}

}  // namespace ktel
