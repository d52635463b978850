// Server addresses as kubeconfigs write them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cluster/server_url.hpp"

using namespace ktel;
using namespace ktel::cluster;

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
    for (const char* text : {"http\n://host", "https://host\x1b[2J", "host/\xff"}) {
      CHECK(parse_server(text).error().message ==
            "host must be a URL or a host:port pair: it holds a character no URL has");
    }
  }
}
