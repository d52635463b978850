// Lists and counts that go on from page to page: expiry, page sizes, what breaks off.
#include "cluster/collector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "core/cluster/collector_api.hpp"

using namespace ktel;
using cluster::ReadState;
using test::add_pods;
using test::Api;
using test::collect_all;
using test::FakeApiServer;
using test::job;
using test::ok;
using test::page_of;
using test::pods;
using test::raw;
using test::read;
using test::status_reply;
using test::text;

TEST_SUITE("core/cluster/collector_paging") {
  TEST_CASE("a count pages where the number of remaining objects is not given") {
    test::FakeApiBehaviour behaviour;
    behaviour.remaining = false;
    SUBCASE("tables") {}
    SUBCASE("no tables") { behaviour.tables = false; }
    FakeApiServer server(behaviour);
    add_pods(server, 7);
    Api api(server.url());

    const auto all = collect_all(api.source, {job("j", {read(KTEL_READ_COUNT, "", "pods")})});

    CHECK(all.at(0, 0).count == 7);
    CHECK(server.requests().size() == 2);
  }

  TEST_CASE("a count with a selector, and an exact one, page from the start") {
    FakeApiServer server;
    add_pods(server, 9);
    Api api(server.url());
    auto odd = read(KTEL_READ_COUNT, "", "pods");
    odd.label_selector = "n=1";

    const auto all = collect_all(api.source, {job("j", {odd, read(KTEL_READ_COUNT, "", "pods")})},
                                 {.exact_counts = true});

    CHECK(all.at(0, 0).count == 4);
    CHECK(all.at(0, 1).count == 9);
    CHECK(server.requests().size() == 2);
  }

  TEST_CASE("a list is followed from page to page, and a count of it is free") {
    FakeApiServer server;
    add_pods(server, 2500);
    Api api(server.url());

    const auto all = collect_all(
        api.source, {job("a", {pods("metadata.name spec.containers[*].name")}),
                     job("b", {read(KTEL_READ_COUNT, "", "pods"), pods("metadata.labels.n")})});

    CHECK(server.requests().size() == 3);
    CHECK(all.at(0, 0).table->rows() == 2500);
    CHECK(all.rows(0, 0)[2499] == "v1: p2499 [c]");
    CHECK(all.at(1, 0).count == 2500);
    CHECK(all.rows(1, 1)[1] == "v1: 1");
    for (const std::string& request : server.requests()) {
      CHECK(request.find("resourceVersion") == std::string::npos);
    }
  }

  TEST_CASE("a list of whole objects has a connection of its own from its first page on") {
    FakeApiServer server;
    add_pods(server, 1500);
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {pods("spec.containers[*].name")})});
    CHECK(all.at(0, 0).count == 1500);
    CHECK(server.requests().size() == 2);
    CHECK(server.connections() == 1);
  }

  TEST_CASE("pages that expire are read again once, and nothing comes twice") {
    FakeApiServer server;
    add_pods(server, 1500);
    SUBCASE("as they do") {
      server.next("continue=", status_reply(410, "Expired", "too old resource version"));
    }
    SUBCASE("and a token is offered, of another state of the cluster") {
      server.next("continue=", status_reply(410, "Expired", "too old", "at:1000"));
    }
    Api api(server.url());

    const auto all = collect_all(api.source, {job("j", {pods()})});

    CHECK(all.at(0, 0).count == 1500);
    CHECK(all.at(0, 0).table->rows() == 1500);
    CHECK(server.requests().size() == 3);
    CHECK(server.requests()[2] == "/api/v1/pods?limit=2000");
  }

  TEST_CASE("pages that expire again fail the read") {
    FakeApiServer server;
    add_pods(server, 3000);
    server.always("continue=", status_reply(410, "Expired", "too old resource version"));
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {pods()})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.at(0, 0).table == nullptr);
    CHECK(all.text(0, 0).substr(0, 65) ==
          "reading pods: its pages expired again and again while they were r");
    CHECK(server.requests().size() == 4);
  }

  TEST_CASE("a count whose pages always expire asks for all rows at once in the end") {
    FakeApiServer server;
    add_pods(server, 11'000);
    server.always("continue=", status_reply(410, "Expired", "too old resource version"));
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {read(KTEL_READ_COUNT, "", "pods")})},
                                 {.namespaces = {"a", "b"}, .exact_counts = true});
    CHECK(all.at(0, 0).count == 11'000);
    CHECK(server.requests().back() == "/api/v1/namespaces/b/pods?includeObject=None");
    CHECK(server.requests()[4] == "/api/v1/namespaces/a/pods?includeObject=None");
  }

  TEST_CASE("a page that is too much for the server is asked for in halves") {
    FakeApiServer server;
    add_pods(server, 600);
    server.next("limit=1000", status_reply(413, "RequestEntityTooLarge", "too large"));
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {pods()})});
    CHECK(all.at(0, 0).count == 600);
    CHECK(server.requests().size() == 3);  // 1000, then 500 and the rest
  }

  TEST_CASE("a server that is known to stream its lists is asked for larger pages") {
    FakeApiServer server;
    add_pods(server, 1);
    server.document("/version", R"({"major":"1","minor":"36+"})");
    Api api(server.url());
    collect_all(api.source, {job("j", {raw("/version", "major")})});
    collect_all(api.source, {job("j", {pods()})});
    CHECK(server.requests()[1] == "/api/v1/pods?limit=5000");
  }

  TEST_CASE(
      "a server whose version is read in the same run is asked for larger pages from then on") {
    FakeApiServer server;
    add_pods(server, 1);
    server.document("/version", R"({"major":"1","minor":"33"})");
    Api api(server.url());
    auto later = pods();
    later.when_read = "raw";
    collect_all(api.source, {job("j", {raw("/version", "major"), later})});
    CHECK(server.requests()[1] == "/api/v1/pods?limit=5000");
  }

  TEST_CASE("a list that goes on asks once whether the server streams") {
    FakeApiServer server;
    add_pods(server, 7000);
    std::vector<std::string> expected = {"/api/v1/pods?limit=1000", "/version"};
    SUBCASE("it does") {
      server.document("/version", R"({"major":"1","minor":"34"})");
      expected.insert(expected.end(), 2, "/api/v1/pods?limit=5000");
    }
    SUBCASE("it does not") {
      server.document("/version", R"({"major":"1","minor":"32"})");
      expected.insert(expected.end(), 6, "/api/v1/pods?limit=1000");
    }
    SUBCASE("it does not say") {
      server.always("/version", status_reply(403, "Forbidden", "no"));
      expected.insert(expected.end(), 6, "/api/v1/pods?limit=1000");
    }
    SUBCASE("it says something else") {
      server.always("/version", ok("[1,"));
      expected.insert(expected.end(), 6, "/api/v1/pods?limit=1000");
    }
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {pods()})});
    CHECK(all.at(0, 0).table->rows() == 7000);
    CHECK(all.stats.requests == expected.size());
    std::vector<std::string> asked;
    for (const std::string& request : server.requests()) {
      asked.push_back(request.substr(0, request.find("&continue=")));
    }
    CHECK(asked == expected);
  }

  TEST_CASE("a page that breaks off is read again in smaller ones, and nothing comes twice") {
    FakeApiServer server;
    add_pods(server, 1700);
    const std::string body = page_of(3, R"({"continue":"x"})");
    server.next("continue=",
                {.raw = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                    "Content-Length: {}\r\n\r\n{}",
                                    body.size() + 10, body),
                 .close = true});
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {pods()})}, {.namespaces = {"a", "b"}});
    CHECK(all.at(0, 0).state == ReadState::ok);
    CHECK(all.at(0, 0).table->rows() == 1700);
    CHECK(server.requests()[2] == "/api/v1/namespaces/a/pods?limit=500");
  }
}
