// parse_destination: what an operator may write, and the sentence for what not.
#include <doctest/doctest.h>

#include <string>

#include "delivery/sink.hpp"
#include "delivery/url.hpp"
#include "support/process.hpp"

TEST_SUITE_BEGIN("core/delivery/destination");

using namespace ktel;
using delivery::parse_destination;

TEST_CASE("a URL is split, the host's own parameters taken out") {
  const test::TempDir dir;
  const auto ca = dir.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  const std::string url = "Splunk://10.0.0.1:8443/prefix?index=main&ca=" + ca.string() +
                          "&source=a%20b&server_name=splunk.example&timeout=2.5&insecure=1"
                          "&pin=sha256//AAAA&proxy=http://proxy:3128";

  const auto destination = parse_destination(url, {});

  REQUIRE(destination);
  CHECK(destination->scheme == "splunk");
  CHECK(destination->url == "s" + url.substr(1));
  CHECK(destination->authority == "10.0.0.1:8443");
  CHECK(destination->path == "/prefix");
  const std::vector<std::pair<std::string, std::string>> params{{"index", "main"},
                                                                {"source", "a b"}};
  CHECK(destination->params == params);
  CHECK(destination->tls.ca_pem == "-----BEGIN CERTIFICATE-----\n");
  CHECK(destination->tls.server_name == "splunk.example");
  CHECK(destination->tls.pin == "sha256//AAAA");
  CHECK(destination->tls.insecure);
  CHECK(destination->timeout.count() == 2500);
  CHECK(destination->proxy == "http://proxy:3128");
}

TEST_CASE("a URL with several hosts is an endpoint each, all of one destination") {
  const auto endpoints = delivery::parse_endpoints("Splunk://a,b:8089,[::1]/p?index=x,y", {});
  REQUIRE(endpoints);
  REQUIRE(endpoints->size() == 3);
  CHECK(endpoints->at(0).authority == "a");
  CHECK(endpoints->at(1).authority == "b:8089");
  CHECK(endpoints->at(2).authority == "[::1]");
  for (const auto& endpoint : *endpoints) {
    CHECK(endpoint.url == "splunk://a,b:8089,[::1]/p?index=x,y");
    CHECK(endpoint.path == "/p");
    CHECK(endpoint.params.at(0).second == "x,y");
  }
  for (const std::string one : {"splunk://h?a=1,2", "file:///a,b", "stdout:"}) {
    CAPTURE(one);
    REQUIRE(delivery::parse_endpoints(one, {}));
    CHECK(delivery::parse_endpoints(one, {})->size() == 1);
    CHECK(delivery::parse_endpoints(one, {})->front().url == one);
  }
  const std::pair<const char*, const char*> refused[] = {
      {"splunk://a,a", "report server splunk://a,a names a twice: name each host once"},
      {"splunk://a,", "report server splunk:// has no host: write it like splunk://HOST"},
      {"splunk://a,/p",
       "report server splunk://a,/p has a comma without a host: write it like "
       "splunk://HOST,HOST"},
      {"splunk://a,me:pw@b",
       "report server splunk://b has user info in it; a token in a URL ends up in logs: give it "
       "with --token-file or KTEL_TOKEN_FILE"},
  };
  for (const auto& [text, sentence] : refused) {
    const auto endpoints_of_it = delivery::parse_endpoints(text, {});
    REQUIRE_FALSE(endpoints_of_it);
    CHECK(endpoints_of_it.error().message == sentence);
  }
}

TEST_CASE("forms without a host are for backends that need none") {
  const auto out = parse_destination("stdout:", {});
  REQUIRE(out);
  CHECK(out->scheme == "stdout");
  CHECK(out->authority.empty());

  const auto file = parse_destination("file:///var/lib/x.ndjson", {});
  REQUIRE(file);
  CHECK(file->authority.empty());
  CHECK(file->path == "/var/lib/x.ndjson");
}

TEST_CASE("--ca-file counts where the URL has no ca") {
  const test::TempDir dir;
  const auto one = dir.write("one.pem", "-----BEGIN CERTIFICATE-----\n1");
  const auto two = dir.write("two.pem", "-----BEGIN CERTIFICATE-----\n2");

  const auto option = parse_destination("splunk://h", {.ca_file = one});
  const auto both = parse_destination("splunk://h?ca=" + two.string(), {.ca_file = one});

  REQUIRE(option);
  REQUIRE(both);
  CHECK(option->tls.ca_pem.ends_with('1'));
  CHECK(both->tls.ca_pem.ends_with('2'));
}

TEST_CASE("what is wrong is said in one sentence, without a secret") {
  const test::TempDir dir;
  const std::string text = dir.write("note.txt", "no certificate").string();
  const std::string leak =
      "a token in a URL ends up in logs: give it with --token-file or KTEL_TOKEN_FILE";
  const struct {
    std::string url;
    std::string sentence;
  } rows[] = {
      {"", "the report server is empty: write it like splunk://HOST:8088"},
      {"10.0.0.1:8443",
       "report server 10.0.0.1:8443 has no scheme: write it like splunk://10.0.0.1:8443"},
      {"localhost:8088",
       "report server localhost:8088 has no scheme: write it like splunk://localhost:8088"},
      {"splunk://", "report server splunk:// has no host: write it like splunk://HOST"},
      {"splunk:///?index=a", "report server splunk:/// has no host: write it like splunk://HOST"},
      {"splunk://user:hunter2@h:8088",
       "report server splunk://h:8088 has user info in it; " + leak},
      {"splunk://user:hunt/er2@h", "report server splunk://h has user info in it; " + leak},
      {"splunk://user:hunt?er2@h", "report server splunk://h has user info in it; " + leak},
      {"splunk://h?token=hunter2", "report server splunk://h has token= in it; " + leak},
      {"splunk://h?index=a&hec_token=hunter2",
       "report server splunk://h has hec_token= in it; " + leak},
      {"splunk://a:8088,b:8088",
       "report server splunk://a:8088,b:8088 names several hosts where one is expected: "
       "name one"},
      {"splunk://h:http",
       "report server splunk://h:http has the port \"http\": it must be a number from 1 to 65535"},
      {"splunk://h:0",
       "report server splunk://h:0 has the port \"0\": it must be a number from 1 to 65535"},
      {"splunk://h:65536",
       "report server splunk://h:65536 has the port \"65536\": it must be a "
       "number from 1 to 65535"},
      {"splunk://h:",
       "report server splunk://h: has the port \"\": it must be a number from 1 to 65535"},
      {"splunk://ho$t",
       "report server splunk://ho$t has the host \"ho$t\", which is no host name: check its "
       "spelling"},
      {"splunk://[::1",
       "report server splunk://[::1 has a [ without ] around its address: write it like "
       "[::1]:8088"},
      {"splunk://[x]",
       "report server splunk://[x] has something in [ ] that is no IPv6 address: write it like "
       "[::1]:8088"},
      {"splunk://h/a b",
       "report server splunk://h/a b has a blank or a control character in it: "
       "write it as %20 and the like"},
      {"splunk://h#x", "report server splunk://h has a # in it: write it as %23"},
      {"splunk://h?a=1&a=2", "report server splunk://h gives a twice: give it once"},
      {"splunk://h?a%0Ab=1&a%0Ab=2", "report server splunk://h gives a b twice: give it once"},
      {"splunk://h?source=%E4",
       "report server splunk://h has bytes in its query that are no UTF-8: write text like %C3%A4"},
      {"splunk://h/\xe4",
       "report server splunk://h/\xef\xbf\xbd has bytes in it that are no UTF-8: write them like "
       "%C3%A4"},
      {"splunk://h?a=%4",
       "report server splunk://h has a % in its query that no two hex digits follow: write % "
       "itself "
       "as %25"},
      {"splunk://h?ca=/not/there.pem",
       "report server splunk://h has a ca file that cannot be used: /not/there.pem: No such file "
       "or "
       "directory; give the path of a PEM file"},
      {"splunk://h?ca=" + text, "report server splunk://h has a ca file that cannot be used: " +
                                    text + ": no PEM text is in it; give the path of a PEM file"},
      {"splunk://h?pin=AAAA",
       "report server splunk://h has a pin that does not begin with "
       "sha256//: give the hash of the server's public key"},
      {"splunk://h?insecure=yes", "report server splunk://h has insecure, which takes 0 or 1"},
      {"splunk://h?timeout=soon",
       "report server splunk://h has a timeout that is no number of seconds from 0.01 to 3600: "
       "write it like timeout=30"},
      {"splunk://h?proxy=squid",
       "report server splunk://h has a proxy that is no URL: write it "
       "like proxy=http://HOST:3128"},
      {"splunk://h?proxy=http://u:hunter2%40p:1",
       "report server splunk://h has user info in its proxy, and what stands in a URL ends up in "
       "logs: name that proxy in HTTPS_PROXY"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    const auto destination = parse_destination(row.url, {});
    REQUIRE_FALSE(destination);
    CHECK(destination.error().code == Errc::bad_input);
    CHECK(destination.error().message == row.sentence);
    CHECK(destination.error().message.find("hunt") == std::string::npos);
  }
}

TEST_CASE("a client certificate needs its key") {
  const test::TempDir dir;
  const auto pem = dir.write("cert.pem", "-----BEGIN CERTIFICATE-----\n");

  const auto destination = parse_destination("splunk://h?cert=" + pem.string(), {});

  REQUIRE_FALSE(destination);
  CHECK(destination.error().message ==
        "report server splunk://h has only one of cert and key: a client certificate needs both");
}

TEST_CASE("loopback is this machine by its address or as localhost") {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"}) {
    CAPTURE(host);
    CHECK(delivery::is_loopback(host));
  }
  for (const char* host :
       {"127.evil.example", "127.1", "10.0.0.1", "localhost.example", "::2", ""}) {
    CAPTURE(host);
    CHECK_FALSE(delivery::is_loopback(host));
  }
}
