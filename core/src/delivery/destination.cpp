// parse_destination: the operator's URL, checked without network; the host's own parameters taken
// out.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/file.hpp"
#include "base/one_line.hpp"
#include "delivery/sink.hpp"
#include "delivery/url.hpp"

namespace ktel::delivery {
namespace {

constexpr std::size_t max_pem = 1u << 20;
constexpr std::size_t max_sentence = 4096;

Error wrong(std::string message) { return {Errc::bad_input, std::move(message)}; }

Result<std::string> pem(std::string_view what, const std::string& file) {
  const auto refuse = [&](std::string_view why) {
    return wrong(fmt::format("has a {} file that cannot be used: {}; give the path of a PEM file",
                             what, why));
  };
  auto text = read_file(file, max_pem);
  if (!text) return refuse(text.error().message);
  if (text->find("-----BEGIN ") == std::string::npos) {
    return refuse(fmt::format("{}: no PEM text is in it", file));
  }
  return text;
}

Result<std::chrono::milliseconds> seconds(const std::string& text) {
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() ||
      !(number >= 0.01 && number <= 3600)) {
    return wrong(
        "has a timeout that is no number of seconds from 0.01 to 3600: write it like timeout=30");
  }
  return std::chrono::milliseconds(std::lround(number * 1000));
}

// Sets what `name` stands for, or hands it back as the backend's. The host's own parameters are the
// same for every backend that speaks HTTP.
Result<bool> take(Destination& destination, const std::string& name, const std::string& value) {
  TlsSettings& tls = destination.tls;
  for (const auto& [file, text] :
       {std::pair{"ca", &tls.ca_pem}, std::pair{"cert", &tls.client_cert_pem},
        std::pair{"key", &tls.client_key_pem}}) {
    if (name != file) continue;
    auto read = pem(file, value);
    if (!read) return read.error();
    *text = std::move(*read);
    return true;
  }
  if (name == "pin") {
    if (!value.starts_with("sha256//")) {
      return wrong(
          "has a pin that does not begin with sha256//: give the hash of the server's public key");
    }
    tls.pin = value;
  } else if (name == "server_name") {
    tls.server_name = value;
  } else if (name == "insecure") {
    if (value != "0" && value != "1") return wrong("has insecure, which takes 0 or 1");
    tls.insecure = value == "1";
  } else if (name == "timeout") {
    auto timeout = seconds(value);
    if (!timeout) return timeout.error();
    destination.timeout = *timeout;
  } else if (name == "proxy") {
    const auto proxy = parse_url(value);
    if (!proxy || proxy->host.empty()) {
      return wrong("has a proxy that is no URL: write it like proxy=http://HOST:3128");
    }
    if (proxy->has_user_info) {
      return wrong(
          "has user info in its proxy, and what stands in a URL ends up in logs: name that proxy "
          "in "
          "HTTPS_PROXY");
    }
    destination.proxy = value;
  } else {
    return false;
  }
  return true;
}

bool names_a_secret(std::string_view name) {
  for (const std::string_view word : {"token", "secret", "passw"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

constexpr std::string_view tokens_leak =
    "a token in a URL ends up in logs: give it with --token-file or KTEL_TOKEN_FILE";

Result<Destination> parse(const std::string& text, const DestinationOptions& options) {
  const auto url = parse_url(text);
  if (!url) return url.error();
  if (url->has_user_info) return wrong(fmt::format("has user info in it; {}", tokens_leak));

  const auto params = parse_query(url->query);
  if (!params) return params.error();
  Destination destination;
  destination.url = url->scheme + text.substr(url->scheme.size());
  destination.scheme = url->scheme;
  destination.authority = url->authority;
  destination.path = url->path;
  for (const auto& [name, value] : *params) {
    if (names_a_secret(name)) return wrong(fmt::format("has {}= in it; {}", name, tokens_leak));
    const auto taken = take(destination, name, value);
    if (!taken) return taken.error();
    if (*taken) {
      destination.host_params.push_back(name);
    } else {
      destination.params.emplace_back(name, value);
    }
  }
  if (url->has_authority && url->host.empty() && url->path.size() < 2) {
    return wrong(fmt::format("has no host: write it like {}://HOST", url->scheme));
  }

  if (destination.tls.client_cert_pem.empty() != destination.tls.client_key_pem.empty()) {
    return wrong("has only one of cert and key: a client certificate needs both");
  }
  if (destination.tls.ca_pem.empty() && !options.ca_file.empty()) {
    auto ca = pem("CA", options.ca_file.string());
    if (!ca) return ca.error();
    destination.tls.ca_pem = std::move(*ca);
  }
  return destination;
}

// "x://a,b:1/p" -> "x://a/p", "x://b:1/p". What has no host is one.
std::vector<std::string> split_hosts(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return {url};
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  std::vector<std::string> urls;
  for (std::size_t at = begin; at <= end;) {
    const std::size_t comma = std::min(url.find(',', at), end);
    urls.push_back(url.substr(0, begin) + url.substr(at, comma - at) + url.substr(end));
    at = comma + 1;
  }
  return urls;
}

}  // namespace

Result<std::vector<Destination>> parse_endpoints(const std::string& url,
                                                 const DestinationOptions& options) {
  std::vector<Destination> endpoints;
  const std::vector<std::string> urls = split_hosts(url);
  for (const std::string& one : urls) {
    auto parsed = parse_destination(one, options);
    if (!parsed) return parsed.error();
    if (urls.size() > 1) {
      const bool twice = std::any_of(
          endpoints.begin(), endpoints.end(),
          [&](const Destination& before) { return before.authority == parsed->authority; });
      if (twice || parsed->authority.empty()) {
        return wrong(one_line(
            twice ? fmt::format("report server {} names {} twice: name each host once",
                                shown_url(url), parsed->authority)
                  : fmt::format("report server {} has a comma without a host: write it like "
                                "{}://HOST,HOST",
                                shown_url(url), parsed->scheme),
            max_sentence));
      }
      parsed->url = parsed->scheme + url.substr(parsed->scheme.size());
    }
    endpoints.push_back(std::move(parsed).value());
  }
  return endpoints;
}

Result<Destination> parse_destination(const std::string& url, const DestinationOptions& options) {
  if (url.empty()) return wrong("the report server is empty: write it like splunk://HOST:8088");
  auto destination = parse(url, options);
  if (destination) return destination;
  std::string what =
      fmt::format("report server {} {}", shown_url(url), destination.error().message);
  if (destination.error().message == "has no scheme") {
    what += fmt::format(": write it like splunk://{}", shown_url(url));
  }
  return wrong(one_line(what, max_sentence));
}

}  // namespace ktel::delivery
