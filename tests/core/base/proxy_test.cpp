// Which proxy the environment names for which server.
#include "base/proxy.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace ktel;

namespace {

Env env_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string proxy_of(const std::string& server, std::map<std::string, std::string> values) {
  return find_proxy(server, env_of(std::move(values))).value();
}

}  // namespace

TEST_SUITE("core/base/proxy") {
  TEST_CASE("the environment's proxy is that of the scheme, in either case") {
    CHECK(proxy_of("https://a.example", {{"HTTPS_PROXY", "http://p:1"}}) == "http://p:1");
    CHECK(proxy_of("https://a.example", {{"https_proxy", "p:1"}}) == "http://p:1");
    CHECK(proxy_of("https://a.example", {{"HTTP_PROXY", "http://p:1"}}).empty());
    CHECK(proxy_of("http://a.example", {{"http_proxy", "http://p:1"}}) == "http://p:1");
    CHECK(proxy_of("https://a.example", {{"ALL_PROXY", "http://p:1"}}).empty());
    CHECK(proxy_of("https://localhost:1", {{"HTTPS_PROXY", "http://p:1"}}).empty());
    CHECK(proxy_of("https://127.8.8.8", {{"HTTPS_PROXY", "http://p:1"}}).empty());
    CHECK(proxy_of("https://[::1]", {{"HTTPS_PROXY", "http://p:1"}}).empty());
  }

  TEST_CASE("NO_PROXY names domains, addresses, networks and ports") {
    struct Row {
      std::string no_proxy, server;
      bool direct;
    };
    const std::vector<Row> rows = {
        {"*", "https://a.example", true},
        {"a.example", "https://a.example", true},
        {"example", "https://a.example", true},
        {".example", "https://a.example", true},
        {".a.example", "https://a.example", false},
        {"*.example", "https://a.example", true},
        {"xample", "https://a.example", false},
        {"b, A.EXAMPLE ,c", "https://a.example", true},
        {"a.example:6443", "https://a.example:6443", true},
        {"a.example:443", "https://a.example:6443", false},
        {"10.0.0.1", "https://10.0.0.1:6443", true},
        {"10.0.0.1:1", "https://10.0.0.1:6443", false},
        {"10.0.0.0/8", "https://10.1.2.3", true},
        {"10.0.0.0/16", "https://10.1.2.3", false},
        {"10.0.0.0/99", "https://10.1.2.3", false},
        {"fd00::/8", "https://[fd12::1]:6443", true},
        {"fd00::/8", "https://10.0.0.1", false},
        {"10.0.0.0/8", "https://a.example", false},
        {"", "https://a.example", false},
        {",,", "https://a.example", false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.no_proxy);
      CAPTURE(row.server);
      CHECK(proxy_of(row.server, {{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", row.no_proxy}})
                .empty() == row.direct);
    }
  }

  TEST_CASE("a proxy of another kind is named by its variable, and no password is shown") {
    const auto error = [](std::string value) {
      return find_proxy("https://a.example/x", env_of({{"https_proxy", std::move(value)}}))
          .error()
          .message;
    };
    const std::string sentence =
        "https_proxy names a proxy that is neither http://, https:// nor socks5://; correct it, or "
        "except a.example from it with NO_PROXY";
    CHECK(error("socks4://p:1") == sentence);
    CHECK(error("me:pass://word@p:1") == sentence);
    CHECK(proxy_of("https://a.example", {{"https_proxy", "socks5://p:1"}}) == "socks5://p:1");
  }

  TEST_CASE("what is no address has no proxy") {
    CHECK(proxy_of("splunk://a.example", {{"HTTPS_PROXY", "http://p:1"}}).empty());
    CHECK(proxy_of("https://a.example:99999", {{"HTTPS_PROXY", "http://p:1"}}).empty());
  }
}
