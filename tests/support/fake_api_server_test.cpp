// The fake says what a real API server says: the traps of lists, discovery, and how answers look.
#include "support/fake_api_server.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/http.hpp"

using namespace ktel;
using test::FakeApiServer;

namespace {

namespace bj = boost::json;

HttpResponse get(const FakeApiServer& server, const std::string& target,
                 std::vector<std::pair<std::string, std::string>> headers = {},
                 std::string method = "GET") {
  HttpClient client;
  HttpRequest request;
  request.method = std::move(method);
  request.url = server.url() + target;
  request.headers = std::move(headers);
  return client.send_and_wait(std::move(request));
}

constexpr auto aggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

}  // namespace

TEST_SUITE("support/fake_api_server") {
  TEST_CASE("limits, tokens and resource versions") {
    FakeApiServer server;
    for (int i = 0; i < 5; ++i) {
      server.add(fmt::format(
          R"({{"apiVersion":"v1","kind":"Pod","metadata":{{"namespace":"a","name":"p{}"}}}})", i));
    }
    const struct {
      const char* query;
      int status;
      std::size_t items;
      bool goes_on;
      int remaining;  // -1: not said
    } rows[] = {
        {"", 200, 5, false, -1},
        {"?limit=2", 200, 2, true, 3},
        {"?limit=2&continue=at:2", 200, 2, true, 1},
        {"?limit=2&continue=at:4", 200, 1, false, -1},
        {"?limit=5", 200, 5, false, -1},
        {"?limit=2&fieldSelector=metadata.namespace%3Da", 200, 2, true, -1},
        {"?limit=2&labelSelector=x", 200, 0, false, -1},
        {"?limit=1&resourceVersion=0", 200, 5, false, -1},
        {"?limit=1&resourceVersion=1", 200, 0, false, -1},
        {"?limit=1&resourceVersion=1&resourceVersionMatch=NotOlderThan", 200, 1, true, 4},
        {"?resourceVersionMatch=Exact", 422, 0, false, -1},
        {"?continue=at:2&resourceVersion=7", 400, 0, false, -1},
        {"?continue=what", 400, 0, false, -1},
    };
    for (const auto& row : rows) {
      CAPTURE(row.query);
      const HttpResponse response = get(server, std::string("/api/v1/pods") + row.query);
      CHECK(response.status == row.status);
      const bj::object body = bj::parse(response.body).as_object();
      if (row.status != 200) {
        CHECK(body.at("kind") == "Status");
        continue;
      }
      const bj::object& metadata = body.at("metadata").as_object();
      CHECK(body.at("items").as_array().size() == row.items);
      CHECK(metadata.contains("continue") == row.goes_on);
      const bj::value* remaining = metadata.if_contains("remainingItemCount");
      CHECK((remaining ? remaining->to_number<int>() : -1) == row.remaining);
    }
  }

  TEST_CASE("what is not there, and what is not allowed") {
    FakeApiServer server;
    server.serve("a.example/v1", "things", "Thing");
    CHECK(get(server, "/apis/b.example/v1/things").body == "404 page not found\n");
    const HttpResponse kind = get(server, "/apis/a.example/v1/others");
    CHECK(kind.status == 404);
    CHECK(bj::parse(kind.body).at("reason") == "NotFound");
    CHECK(get(server, "/apis/a.example/v1/things", {}, "HEAD").status == 405);
    const auto expired = test::status_reply(410, "Expired", "too old", "fresh");
    CHECK(bj::parse(expired.body).at("metadata").at("continue") == "fresh");
  }

  TEST_CASE("discovery has an ETag where it is aggregated, and is not sent twice") {
    for (const bool modern : {true, false}) {
      FakeApiServer server({.aggregated = modern});
      server.serve("a.example/v1", "things", "Thing");
      const HttpResponse first = get(server, "/apis", {{"Accept", aggregated}});
      const std::string etag(first.header("etag"));
      CHECK((etag != "") == modern);
      const HttpResponse again =
          get(server, "/apis", {{"Accept", aggregated}, {"If-None-Match", etag}});
      CHECK(again.status == (modern ? 304 : 200));
      CHECK((again.body == "") == modern);
      server.serve("a.example/v1", "others", "Other");
      CHECK(get(server, "/apis", {{"Accept", aggregated}, {"If-None-Match", etag}}).status == 200);
    }
  }

  TEST_CASE("compressed where asked for and worth it, indented for people") {
    FakeApiServer server;
    server.document("/small", R"({"a":[1,{"b":"c,d"}]})");
    server.document("/large", "\"" + std::string(200'000, 'x') + "\"");
    const auto gzip = std::pair<std::string, std::string>("Accept-Encoding", "gzip");
    CHECK(get(server, "/large").header("content-encoding") == "");
    CHECK(get(server, "/large").body.size() == 200'002);
    CHECK(get(server, "/large", {gzip}).header("content-encoding") == "gzip");
    CHECK(get(server, "/large", {gzip}).body.size() < 10'000);
    CHECK(get(server, "/small", {gzip}).header("content-encoding") == "");
    CHECK(get(server, "/small").body == R"({"a":[1,{"b":"c,d"}]})");
    CHECK(get(server, "/small", {{"User-Agent", "curl/8"}}).body ==
          "{\n  \"a\":[\n    1,\n    {\n      \"b\":\"c,d\"\n    }\n  ]\n}");
    server.document("/quotes", R"({"a":"\\","b":"\",{"})");
    CHECK(get(server, "/quotes", {{"User-Agent", "curl/8"}}).body ==
          "{\n  \"a\":\"\\\\\",\n  \"b\":\"\\\",{\"\n}");
  }

  TEST_CASE("a label with an empty value is there") {
    FakeApiServer server;
    server.add(R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"with","labels":{"a":""}}})");
    server.add(R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"without"}})");
    const auto names = [&](const std::string& selector) {
      const std::string body = get(server, "/api/v1/pods?labelSelector=" + selector).body;
      return std::pair(body.find("\"with\"") != body.npos, body.find("\"without\"") != body.npos);
    };
    CHECK(names("a") == std::pair(true, false));
    CHECK(names("a=") == std::pair(true, false));
    CHECK(names("!a") == std::pair(false, true));
  }

  TEST_CASE("an access review is allowed, but of what is forbidden") {
    FakeApiServer server;
    server.forbid("list deployments.apps named kong in namespace shop", "not you");
    server.forbid("get /version");
    const auto review = [&](const std::string& spec) {
      HttpClient client;
      HttpRequest request;
      request.method = "POST";
      request.url = server.url() + "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      request.body = R"({"spec":{)" + spec + "}}";
      const HttpResponse response = client.send_and_wait(std::move(request));
      CHECK(response.status == 201);
      return bj::serialize(bj::parse(response.body).at("status"));
    };
    CHECK(review(R"("resourceAttributes":{"verb":"list","resource":"pods"})") ==
          R"({"allowed":true})");
    CHECK(review(R"("resourceAttributes":{"verb":"list","group":"apps","resource":"deployments",)"
                 R"("name":"kong","namespace":"shop"})") ==
          R"({"allowed":false,"reason":"not you"})");
    CHECK(review(R"("nonResourceAttributes":{"verb":"get","path":"/version"})") ==
          R"({"allowed":false})");
    CHECK(get(server, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews").status == 404);
  }
}
