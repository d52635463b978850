// Server addresses as kubeconfigs write them, and when a proxy is used.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/server_url.hpp"

using namespace ktel;
using namespace ktel::cluster;

namespace {

Env env_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string proxy_of(const std::string& server, std::map<std::string, std::string> values) {
  return find_proxy(parse_server(server).value(), "", env_of(std::move(values)));
}

}  // namespace

TEST_SUITE("core/cluster/server_url") {
  TEST_CASE("a server is an address, maybe with a prefix") {
    struct Row {
      std::string text, url, host, port;
    };
    const std::vector<Row> rows = {
        {"https://a.example", "https://a.example", "a.example", "443"},
        {"https://a.example:6443/", "https://a.example:6443", "a.example", "6443"},
        {"https://a.example/k8s/clusters/c-1/", "https://a.example/k8s/clusters/c-1", "a.example",
         "443"},
        {"https://a.example//x", "https://a.example//x", "a.example", "443"},
        {"HTTPS://A.example", "https://A.example", "a.example", "443"},
        {"https://[::1]:6443", "https://[::1]:6443", "::1", "6443"},
        {"https://a.example/x?y=1#z", "https://a.example/x", "a.example", "443"},
        {"https://me:secret@a.example", "https://a.example", "a.example", "443"},
        {"http://a.example", "http://a.example", "a.example", "80"},
        {"a.example:6443", "http://a.example:6443", "a.example", "6443"},
        {"a.example/", "http://a.example", "a.example", "80"},
    };
    for (const Row& row : rows) {
      const Result<ServerUrl> server = parse_server(row.text);
      REQUIRE(server.has_value());
      CHECK(server->text == row.url);
      CHECK(server->host == row.host);
      CHECK(server->port == row.port);
      CHECK(server->https == (row.url.substr(0, 6) == "https:"));
    }
  }

  TEST_CASE("what is no server is said, without user info") {
    CHECK(parse_server("me:secret@host/path").error().message ==
          "host must be a URL or a host:port pair: \"host/path\"");
    CHECK(parse_server("ftp://host").error().message ==
          "unsupported protocol scheme \"ftp\", must be https or http");
    CHECK(parse_server("https://").error().message ==
          "host must be a URL or a host:port pair: it names no host");
  }

  TEST_CASE("the kubeconfig's proxy wins, and SOCKS looks names up") {
    const ServerUrl server = parse_server("https://127.0.0.1").value();
    const Env env = env_of({{"HTTPS_PROXY", "http://env:1"}, {"NO_PROXY", "*"}});
    CHECK(find_proxy(server, "http://p:1", env) == "http://p:1");
    CHECK(find_proxy(server, "socks5://p:1", env) == "socks5h://p:1");
  }

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
}
