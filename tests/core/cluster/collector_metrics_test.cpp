// Reads of metrics.
#include "cluster/collector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "core/cluster/collector_api.hpp"

using namespace ktel;
using cluster::ReadState;
using test::add_pods;
using test::Api;
using test::bare_404;
using test::collect_all;
using test::FakeApiServer;
using test::HttpReply;
using test::job;
using test::metrics;
using test::ok;
using test::pods;
using test::raw;
using test::read;
using test::some_metrics;
using test::status_reply;
using test::text;

TEST_SUITE("core/cluster/collector_metrics") {
  TEST_CASE("metrics are one request for text, whoever names which") {
    FakeApiServer server;
    server.always("/metrics", text(some_metrics));
    Api api(server.url());

    const auto all = collect_all(
        api.source,
        {job("a", {metrics({"kubernetes_feature_enabled"}, "labels.name labels.stage value")}),
         job("b", {metrics({"process_open_fds", "process_cpu_seconds_total"}, "value name"),
                   metrics({"unheard_of"}, "value")}),
         job("c", {metrics({"process_open_fds"}, "value name")})});

    CHECK(all.rows(0, 0) ==
          std::vector<std::string>{": WatchList BETA 0", ": SidecarContainers  1"});
    CHECK(all.at(0, 0).count == 2);
    CHECK(all.rows(1, 0) ==
          std::vector<std::string>{": 12.5f process_cpu_seconds_total", ": 1200 process_open_fds"});
    CHECK(all.at(1, 0).count == 2);
    CHECK(all.at(1, 1).state == ReadState::ok);  // it has none: that is an answer
    CHECK(all.at(1, 1).count == 0);
    CHECK(all.rows(1, 1).empty());
    CHECK(all.rows(2, 0) == std::vector<std::string>{": 1200 process_open_fds"});
    CHECK(server.requests() == std::vector<std::string>{"/metrics"});
    CHECK(server.calls()[0].header("accept") == "text/plain;version=0.0.4");
    CHECK(all.stats.bytes == some_metrics.size());
  }

  TEST_CASE("metrics may come in any pieces") {
    FakeApiServer server;
    std::size_t sent = 0;
    HttpReply reply = text("");
    reply.more = [&sent] { return std::string(some_metrics.substr(sent++, 1)); };
    server.always("/metrics", reply);
    Api api(server.url());
    const auto all = collect_all(
        api.source, {job("a", {metrics({"kubernetes_feature_enabled"}, "labels.name value")})});
    CHECK(all.rows(0, 0) == std::vector<std::string>{": WatchList 0", ": SidecarContainers 1"});
  }

  TEST_CASE("whether a metric is there decides a later read") {
    FakeApiServer server;
    add_pods(server, 1);
    server.always("/metrics", text(some_metrics));
    const auto run = [&](const char* name) {
      Api api(server.url());
      auto otherwise = pods();
      otherwise.when_read = "metrics";
      otherwise.when_absent = true;
      return collect_all(api.source, {job("j", {metrics({name}, "value"), otherwise})});
    };
    CHECK(run("process_open_fds").at(0, 1).state == ReadState::skipped);
    CHECK(run("unheard_of").at(0, 1).state == ReadState::ok);
  }

  TEST_CASE("metrics that are forbidden name their rule, a server without them is known") {
    FakeApiServer server;
    server.next("/metrics",
                status_reply(403, "Forbidden", R"(User "me" cannot get path "/metrics")"));
    server.next("/metrics", bare_404());
    Api api(server.url());
    const auto run = [&] {
      return collect_all(api.source, {job("j", {metrics({"up"}, "value")})});
    };

    const auto denied = run();
    CHECK(denied.at(0, 0).state == ReadState::denied);
    CHECK(denied.text(0, 0) ==
          "the API server forbids to get /metrics: the rule {nonResourceURLs: [\"/metrics\"], "
          "verbs: [\"get\"]} is missing");
    CHECK(denied.at(0, 0).finding->next == "add it to a ClusterRole that is bound to \"me\"");
    const auto absent = run();
    CHECK(absent.at(0, 0).state == ReadState::absent);
    CHECK(absent.text(0, 0) == "the cluster does not serve /metrics");
  }

  TEST_CASE("what is no metrics, or not all of them, is a failure that names the URL") {
    FakeApiServer server;
    std::string why;
    SUBCASE("a word too few") {
      server.always("/metrics", text("up 1\nsecret\n"));
      why = "it is no Prometheus text at line 2: the value of a metric is no number";
    }
    SUBCASE("JSON") {
      server.always("/metrics", ok(R"({"kind":"Status"})"
                                   "\n"));
      why = "it is no Prometheus text at line 1: a metric has no name";
    }
    SUBCASE("cut off within a line") {
      server.always("/metrics", text(some_metrics.substr(0, some_metrics.size() - 4)));
      why = "it ends within line 6, so something is missing";
    }
    SUBCASE("nothing") {
      server.always("/metrics", text(""));
      why = "it is empty";
    }
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {metrics({"up"}, "value")})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.at(0, 0).table == nullptr);
    CHECK(all.text(0, 0) == fmt::format("what the API server at {} (test) answers for /metrics "
                                        "cannot be read: {}; check `server:` of cluster \"c\" and "
                                        "proxies between",
                                        server.url(), why));
  }

  TEST_CASE("metrics that break off are a failure, never samples") {
    FakeApiServer server;
    server.always("/metrics", {.raw = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                                  "Content-Length: {}\r\n\r\n{}",
                                                  some_metrics.size() + 10, some_metrics),
                               .close = true});
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {metrics({"process_open_fds"}, "value")})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.at(0, 0).table == nullptr);
    CHECK(all.text(0, 0).find(server.url()) != std::string::npos);
  }

  TEST_CASE("a sample with a label that is too large is left out") {
    FakeApiServer server;
    server.always("/metrics",
                  text("up{a=\"" + std::string(5000, 'x') + "\",b=\"1\"} 1\nup{b=\"2\"} 2\n"));
    Api api(server.url());
    const auto all = collect_all(api.source, {job("a", {metrics({"up"}, "labels.a value")}),
                                              job("b", {metrics({"up"}, "labels.b")})});
    CHECK(all.rows(0, 0) == std::vector<std::string>{": - 2"});
    CHECK(all.text(0, 0) ==
          "/metrics: 1 object is left out, with more than a cell holds (4 KiB of text, 256 list "
          "items) at labels.a");
    CHECK(all.rows(1, 0) == std::vector<std::string>{": 1", ": 2"});
  }
}
