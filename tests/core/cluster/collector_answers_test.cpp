// Answers in both encodings, cut anywhere, too large, or of no kind that was asked for.
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
using test::HttpReply;
using test::job;
using test::list_in_protobuf;
using test::ok;
using test::page_of;
using test::pods;
using test::protobuf_type;
using test::raw;
using test::read;
using test::status_reply;
using test::text;

TEST_SUITE("core/cluster/collector_answers") {
  TEST_CASE("a list that breaks off is a failure, never rows") {
    FakeApiServer server;
    const std::string body = page_of(3, "{}");
    SUBCASE("as JSON") { server.always("/pods", ok(body.substr(0, body.size() - 2))); }
    SUBCASE("as HTTP") {
      server.always("/pods",
                    {.raw = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                        "Content-Length: {}\r\n\r\n{}",
                                        body.size() + 10, body.substr(0, body.size() - 2)),
                     .close = true});
    }
    SUBCASE("not JSON") { server.always("/pods", ok("[1,2,")); }
    SUBCASE("not a list") { server.always("/pods", ok(R"({"kind":"Pod","metadata":{}})")); }
    SUBCASE("HTML") {
      server.always("/pods", {.headers = {{"Content-Type", "text/html"}}, .body = "<html>login"});
    }
    Api api(server.url());
    const auto all =
        collect_all(api.source, {job("j", {pods("spec.x"), read(KTEL_READ_COUNT, "", "pods")})});
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(all.at(0, i).state == ReadState::failed);
      CHECK(all.at(0, i).table == nullptr);
      CHECK(all.text(0, i).find(server.url()) != std::string::npos);
      CHECK(all.text(0, i).find("check ") != std::string::npos);
    }
  }

  TEST_CASE("an answer that is cut at any byte is a failure, never a number") {
    const std::string list = page_of(2, R"({"resourceVersion":"7"})");
    const std::string table =
        R"({"kind":"Table","metadata":{"remainingItemCount":2,"continue":"c"},"rows":[{"object":null}]})";
    const std::string groups =
        R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"a.example"},"versions":[]}]})";
    const std::string protobuf = list_in_protobuf();
    std::string cut;
    std::string type;
    std::size_t missing = 0;  // of what the head promises
    const test::HttpServer server([&](const test::HttpServer::Call&) {
      return HttpReply{.raw = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n"
                                          "Content-Length: {}\r\n\r\n{}",
                                          type, cut.size() + missing, cut),
                       .close = missing > 0};
    });
    Api api(server.url());
    auto served = read(KTEL_READ_SERVED, "a.example", "", "group");
    const struct {
      const std::string& whole;
      plugin::Read read;
      std::string type = "application/json";
      std::size_t behind = 0;  // bytes at the end that say nothing
    } rows[] = {{list, pods("metadata.name spec.x")},
                // Two empty fields of the envelope stand behind the list, which has a length.
                {protobuf, pods("metadata.name spec.nodeName"), protobuf_type, 4},
                {table, read(KTEL_READ_COUNT, "", "pods")},
                {groups, served}};
    const auto is_refused = [&](const plugin::Read& read) {
      const auto all = collect_all(api.source, {job("j", {read})});
      CAPTURE(cut);
      CHECK(all.at(0, 0).state == ReadState::failed);
      CHECK(all.at(0, 0).table == nullptr);
      CHECK(all.at(0, 0).count == 0);
    };
    for (const auto& row : rows) {
      type = row.type;
      for (std::size_t bytes = 0; bytes < row.whole.size() - row.behind; ++bytes) {
        cut = row.whole.substr(0, bytes);
        is_refused(row.read);
      }
      cut = row.whole;
      missing = 1;  // the document is whole, the body is not
      is_refused(row.read);
      missing = 0;
      CHECK(collect_all(api.source, {job("j", {row.read})}).at(0, 0).state == ReadState::ok);
    }
  }

  TEST_CASE("answers may come byte by byte") {
    FakeApiServer whole;
    add_pods(whole, 3);
    whole.serve("a.example/v1", "things", "Thing");
    Api from_whole(whole.url());
    const auto jobs = std::vector{
        job("j", {pods("metadata.name spec.containers[*].name"), read(KTEL_READ_COUNT, "", "pods"),
                  read(KTEL_READ_SERVED, "a.example", "", "resource")})};
    const auto expected = collect_all(from_whole.source, jobs);

    // The same answers, each byte a chunk of its own.
    const test::HttpServer bytes([&](const test::HttpServer::Call& call) {
      HttpClient client;
      HttpRequest request;
      request.url = whole.url() + call.target;
      request.headers = {{"Accept", call.header("Accept")}};
      HttpResponse response = client.send_and_wait(std::move(request));
      HttpReply reply{.status = response.status};
      reply.headers = {{"Content-Type", std::string(response.header("content-type"))}};
      reply.more = [body = response.body, at = std::size_t{0}]() mutable {
        return at < body.size() ? std::string(1, body[at++]) : std::string();
      };
      return reply;
    });
    Api api(bytes.url());
    const auto all = collect_all(api.source, jobs);
    CHECK(all.rows(0, 0) == expected.rows(0, 0));
    CHECK(all.rows(0, 0).size() == 3);
    CHECK(all.at(0, 1).count == 3);
    CHECK(all.rows(0, 2) == std::vector<std::string>{": things"});
  }

  TEST_CASE("rows are the same in JSON and in protobuf, and the answer's type decides") {
    const auto objects = R"({"kind":"List","items":[
      {"kind":"Pod","apiVersion":"v1",
       "metadata":{"namespace":"a","name":"p","labels":{"x":"1","y":""},"generation":3,
                   "creationTimestamp":"2026-01-02T03:04:05Z"},
       "spec":{"hostNetwork":true,"containers":[{"name":"c","image":"i:1"},{"name":""}]}},
      {"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"b","name":"q"},"spec":{}},
      {"kind":"Thing","apiVersion":"a.example/v1","metadata":{"name":"t"},"spec":{"size":2}}]})";
    const auto jobs = std::vector{job(
        "j", {pods("metadata.name metadata.labels['x'] metadata.labels['*'] metadata.generation "
                   "metadata.creationTimestamp spec.hostNetwork spec.containers[*].name "
                   "spec.containers[*].image"),
              read(KTEL_READ_LIST, "a.example", "things", "metadata.name"),
              read(KTEL_READ_LIST, "a.example", "things", "spec.size")})};
    std::vector<std::vector<std::string>> rows;
    for (const bool protobuf : {true, false}) {
      FakeApiServer server({.protobuf = protobuf});
      server.add(objects);
      Api api(server.url());
      const auto all = collect_all(api.source, jobs);
      rows.push_back(all.rows(0, 0));
      CHECK(all.rows(0, 1) == std::vector<std::string>{"v1: t"});
      CHECK(all.rows(0, 2) == std::vector<std::string>{"v1: 2"});
      for (const auto& call : server.calls()) {
        if (call.target.find("/pods") == call.target.npos) continue;
        CHECK(call.header("Accept") == "application/vnd.kubernetes.protobuf,application/json");
      }
    }
    CHECK(rows[0] == rows[1]);
    CHECK(rows[0] ==
          std::vector<std::string>{"v1: p 1 [1 ] 3 2026-01-02T03:04:05Z true [c ] [i:1 -]",
                                   "v1: q - - - - - - -"});
  }

  TEST_CASE("errors are read in both encodings") {
    for (const bool protobuf : {true, false}) {
      FakeApiServer server;
      add_pods(server, 1);
      server.always("/pods", status_reply(403, "Forbidden", "pods is forbidden: no"));
      Api api(server.url());
      const auto all =
          collect_all(api.source, {job("j", {pods(protobuf ? "spec.nodeName" : "spec.x")})});
      CHECK(all.at(0, 0).state == ReadState::denied);
      CHECK(all.text(0, 0).find("pods is forbidden: no") != std::string::npos);
    }
  }

  TEST_CASE("protobuf that nobody asked for, and what only says it is protobuf, fail the read") {
    FakeApiServer server;
    const auto protobuf = [](std::string body) {
      return HttpReply{.headers = {{"Content-Type", "application/vnd.kubernetes.protobuf"}},
                       .body = std::move(body)};
    };
    server.always("/pods", protobuf("{}"));
    Api api(server.url());
    const auto sentence = [&](std::string_view why) {
      return fmt::format(
          "what the API server at {} (test) answers for /api/v1/pods cannot be read: {}; check "
          "`server:` of cluster \"c\" and proxies between",
          server.url(), why);
    };
    CHECK(collect_all(api.source, {job("j", {pods("spec.x")})}).text(0, 0) ==
          sentence("it is protobuf, which was not asked for"));
    CHECK(collect_all(api.source, {job("j", {pods("spec.nodeName")})}).text(0, 0) ==
          sentence("it does not begin as protobuf of the API does"));
  }

  TEST_CASE("an answer that cannot be read names the server and the next step") {
    FakeApiServer server;
    server.always("/", ok("kind: PodList"));
    Api api(server.url());
    const auto all = collect_all(
        api.source, {job("j", {pods("spec.x"), raw("/version", "gitVersion"),
                               read(KTEL_READ_SERVED, "config.openshift.io", "", "group")})});
    const auto sentence = [&](std::string_view path) {
      return fmt::format(
          "what the API server at {} (test) answers for {} cannot be read: it is not JSON at byte "
          "1: syntax error; check `server:` of cluster \"c\" and proxies between",
          server.url(), path);
    };
    CHECK(all.text(0, 0) == sentence("/api/v1/pods"));
    CHECK(all.text(0, 1) == sentence("/version"));
    CHECK(all.text(0, 2) == sentence("/apis"));
  }

  TEST_CASE("an object that is too large is left out of the read that asked for it alone") {
    FakeApiServer server;
    server.add(R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","annotations":{"a":")" +
               std::string(1u << 20, 'x') + R"("}}})");
    server.add(
        R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"q","annotations":{"a":"y"}}})");
    Api api(server.url());
    const auto all = collect_all(
        api.source, {job("a", {pods("metadata.annotations.a"), read(KTEL_READ_COUNT, "", "pods")}),
                     job("b", {pods("metadata.name")})});
    CHECK(all.at(0, 0).state == ReadState::ok);
    CHECK(all.at(0, 0).count == 1);
    CHECK(all.rows(0, 0) == std::vector<std::string>{"v1: y"});
    CHECK(all.text(0, 0) ==
          "pods: 1 object is left out, with more than a cell holds (4 KiB of text, 256 list items) "
          "at metadata.annotations.a");
    CHECK(all.at(0, 0).finding->id == "too-large");
    CHECK(all.at(0, 1).count == 2);
    CHECK(all.rows(1, 0) == std::vector<std::string>{"v1: p", "v1: q"});
    CHECK(all.text(1, 0) == "no finding");
  }

  TEST_CASE("where nothing but what is too large is there, nothing is known") {
    FakeApiServer server;
    server.add(R"({"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"n","name":"p",)"
               R"("annotations":{"a":")" +
               std::string(5000, 'x') + R"("}}})");
    server.always("/version", ok(R"({"gitVersion":")" + std::string(5000, 'x') + "\"}"));
    auto one = read(KTEL_READ_GET, "", "pods", "metadata.annotations.a");
    one.ns = "n";
    one.name = "p";
    auto waits = read(KTEL_READ_COUNT, "", "nodes");
    waits.when_read = "pods";
    waits.when_absent = true;
    Api api(server.url());
    const auto all =
        collect_all(api.source, {job("a", {pods("metadata.annotations.a"), waits}), job("b", {one}),
                                 job("c", {raw("/version", "gitVersion")})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.at(0, 1).state == ReadState::skipped);
    CHECK(all.at(1, 0).state == ReadState::failed);
    CHECK(all.at(2, 0).state == ReadState::failed);
    CHECK(all.text(2, 0) ==
          "/version: 1 object is left out, with more than a cell holds (4 KiB of text, 256 list "
          "items) at gitVersion");
  }
}
