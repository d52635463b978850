// Whole runs of reads against the fake API server: how many requests, what rows, which words.
#include "cluster/collector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <future>

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
using test::status_reply;
using test::text;

TEST_SUITE("core/cluster/collector") {
  TEST_CASE("the reads of three jobs cost eight requests") {
    FakeApiServer server;
    add_pods(server, 3);
    server.add(R"({"kind":"Service","apiVersion":"v1","metadata":{"namespace":"a","name":"s"}})");
    server.add(R"({"kind":"Node","apiVersion":"v1","metadata":{"name":"n1"},
                   "status":{"nodeInfo":{"architecture":"arm64"}}})");
    server.add(
        R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"namespace":"a","name":"d"}})");
    server.serve("apps/v1", "daemonsets", "DaemonSet");
    server.serve("apps/v1", "statefulsets", "StatefulSet");
    server.serve("config.openshift.io/v1", "clusterversions", "ClusterVersion");
    server.document("/version", R"({"major":"1","minor":"36","gitVersion":"v1.36.0"})");
    auto nodes = read(KTEL_READ_LIST, "", "nodes", "status.nodeInfo.architecture");
    nodes.cluster_scoped = true;
    auto node_count = read(KTEL_READ_COUNT, "", "nodes");
    node_count.cluster_scoped = true;
    auto openshift = read(KTEL_READ_SERVED, "config.openshift.io", "", "group");
    openshift.versions = {};
    Api api(server.url());

    const auto all = collect_all(
        api.source,
        {job("identify-platform", {raw("/version", "gitVersion"), openshift, nodes}),
         job("identify-deployment", {read(KTEL_READ_LIST, "apps", "deployments", "metadata.name"),
                                     read(KTEL_READ_LIST, "apps", "daemonsets", "metadata.name"),
                                     read(KTEL_READ_LIST, "apps", "statefulsets", "metadata.name"),
                                     raw("/version", "major")}),
         job("cluster-state", {read(KTEL_READ_COUNT, "", "pods"),
                               read(KTEL_READ_COUNT, "", "services"), node_count})});

    CHECK(server.requests().size() == 8);
    CHECK(all.stats.requests == 8);
    CHECK(all.stats.bytes > 0);
    CHECK(all.rows(0, 0) == std::vector<std::string>{": v1.36.0"});
    CHECK(all.rows(0, 1) == std::vector<std::string>{": config.openshift.io"});
    CHECK(all.rows(0, 2) == std::vector<std::string>{"v1: arm64"});
    CHECK(all.rows(1, 0) == std::vector<std::string>{"v1: d"});
    CHECK(all.rows(1, 1).empty());
    CHECK(all.at(1, 1).state == ReadState::ok);
    CHECK(all.rows(1, 3) == std::vector<std::string>{": 1"});
    CHECK(all.at(2, 0).count == 3);
    CHECK(all.at(2, 1).count == 1);
    CHECK(all.at(2, 2).count == 1);
  }

  TEST_CASE("a count of any size is one request for one row without its object") {
    FakeApiServer server;
    add_pods(server, 50);
    Api api(server.url());

    const auto all = collect_all(api.source, {job("j", {read(KTEL_READ_COUNT, "", "pods")})});

    CHECK(all.at(0, 0).count == 50);
    CHECK(all.at(0, 0).table == nullptr);
    CHECK(server.requests() == std::vector<std::string>{"/api/v1/pods?limit=1&includeObject=None"});
    CHECK(server.calls()[0].header("accept").substr(0, 30) == "application/json;as=Table;g=me");
  }

  TEST_CASE("a count of what is listed only if something holds is free if it does") {
    const std::string counted = "/api/v1/pods?limit=1&includeObject=None";
    const std::string listed = "/api/v1/pods?limit=1000";
    struct Row {
      const char* what;
      int pods;
      bool slices;          // so that they are listed
      const char* refused;  // part of requests that are
      int status;
      ReadState state;
      std::vector<std::string> requests;
    };
    const Row rows[] = {
        {"listed", 3, true, "", 0, ReadState::ok, {listed}},
        {"listed, page by page", 1500, true, "", 0, ReadState::ok, {listed, listed}},
        {"not listed", 3, false, "", 0, ReadState::ok, {counted}},
        {"forbidden", 3, true, "/api/v1/pods", 403, ReadState::denied, {listed}},
        {"the list fails", 3, true, listed.c_str(), 404, ReadState::ok, {listed, counted}},
    };
    for (const Row& row : rows) {
      CAPTURE(std::string(row.what));
      FakeApiServer server;
      add_pods(server, row.pods);
      server.serve("discovery.k8s.io/v1", "endpointslices", "EndpointSlice");
      if (row.slices) {
        server.add(
            R"({"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"s"}})");
      }
      if (row.status == 403) {
        server.always(row.refused, status_reply(403, "Forbidden", "not for you"));
      } else if (row.status != 0) {
        server.always(row.refused, {.status = row.status, .headers = {}, .body = "no page"});
      }
      Api api(server.url());
      auto list = pods("spec.containers[*].name");
      list.when_read = "endpointslices";

      const auto all = collect_all(
          api.source,
          {job("a", {read(KTEL_READ_COUNT, "", "pods")}),
           job("b", {read(KTEL_READ_LIST, "discovery.k8s.io", "endpointslices", "metadata.name"),
                     list})});

      CHECK(all.at(0, 0).state == row.state);
      if (row.state == ReadState::ok)
        CHECK(all.at(0, 0).count == static_cast<std::uint64_t>(row.pods));
      std::vector<std::string> of_pods;
      for (const std::string& request : server.requests()) {
        if (request.starts_with("/api/v1/pods"))
          of_pods.push_back(request.substr(0, request.find("&continue")));
      }
      CHECK(of_pods == row.requests);
    }
  }

  TEST_CASE("metadata alone is asked for as metadata, one object as a list of one") {
    FakeApiServer server;
    add_pods(server, 3);
    Api api(server.url());
    auto get = pods("metadata.name spec.containers[*].name");
    get.verb = KTEL_READ_GET;
    get.ns = "a";
    get.name = "p1";
    auto missing = get;
    missing.name = "p9";

    const auto all = collect_all(api.source, {job("j", {pods("metadata.labels.n"), get, missing})});

    CHECK(all.rows(0, 0) == std::vector<std::string>{"v1: 0", "v1: 1", "v1: 0"});
    CHECK(all.rows(0, 1) == std::vector<std::string>{"v1: p1 [c]"});
    CHECK(all.at(0, 2).state == ReadState::absent);
    for (const auto& call : server.calls()) {
      const bool list = call.target.find("namespaces") == std::string::npos;
      CHECK((call.header("accept").find("PartialObjectMetadataList") != std::string::npos) == list);
    }
    const auto requests = server.requests();
    CHECK(std::count(requests.begin(), requests.end(),
                     "/api/v1/namespaces/a/pods?limit=1000&fieldSelector=metadata.name=p1") == 1);
  }

  TEST_CASE("the operator's namespaces are asked one by one and put together") {
    FakeApiServer server;
    add_pods(server, 2, "a");
    add_pods(server, 3, "b");
    add_pods(server, 4, "c");
    Api api(server.url());

    const auto all = collect_all(
        api.source,
        {job("j", {pods("metadata.namespace")}), job("k", {read(KTEL_READ_COUNT, "", "services")})},
        {.namespaces = {"c", "a"}});

    CHECK(all.at(0, 0).count == 6);
    CHECK(all.rows(0, 0).front() == "v1: c");
    CHECK(all.rows(0, 0).back() == "v1: a");
    CHECK(all.at(1, 0).state == ReadState::absent);
  }

  TEST_CASE("an unserved kind is absent, whether the server says it in text or in JSON") {
    FakeApiServer server;
    server.serve("gone.example/v1", "things", "Thing");
    server.always("/apis/gone.example", bare_404());
    Api api(server.url());
    const auto all =
        collect_all(api.source, {job("j", {pods(), read(KTEL_READ_COUNT, "", "services"),
                                           read(KTEL_READ_COUNT, "kong.example", "plugins"),
                                           read(KTEL_READ_COUNT, "gone.example", "things")})});
    for (std::size_t i = 0; i < 4; ++i) CHECK(all.at(0, i).state == ReadState::absent);
    CHECK(all.text(0, 0) == "the cluster does not serve pods");
    CHECK(all.text(0, 2) == "the cluster does not serve plugins.kong.example");
    CHECK(server.requests().size() == 4);  // discovery knew of the third
  }

  TEST_CASE("a bare 404 for what every API server has is a failure, never \"not there\"") {
    FakeApiServer server;
    server.always("/", bare_404());
    Api api(server.url());
    auto beta = read(KTEL_READ_LIST, "batch", "cronjobs", "metadata.name");
    beta.versions = {"v1beta1"};
    auto any = pods();
    any.versions = {"*"};
    const auto all = collect_all(
        api.source,
        {job("core", {pods()}), job("apps", {read(KTEL_READ_COUNT, "apps", "deployments")}),
         job("version", {raw("/version", "gitVersion")}), job("livez", {raw("/livez", "x")}),
         job("beta", {beta}), job("any", {any})});
    const std::string question = " (404): is this really a Kubernetes API server? check ";
    const std::string server_of = "the API server at " + server.url() + " (test) has no ";
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.text(0, 0) ==
          server_of + "/api/v1/pods" + question + "`server:` of cluster \"c\" and proxies between");
    CHECK(all.at(1, 0).state == ReadState::failed);
    CHECK(all.text(1, 0).find(server_of + "/apis/apps/v1/deployments" + question) !=
          std::string::npos);
    CHECK(all.at(2, 0).state == ReadState::failed);
    CHECK(all.text(2, 0).find(server_of + "/version" + question) != std::string::npos);
    CHECK(all.at(3, 0).state == ReadState::absent);  // not every server has it
    CHECK(all.at(4, 0).state == ReadState::absent);  // nor this version
    CHECK(all.at(5, 0).state == ReadState::failed);  // /api alone was asked, and says nothing
  }

  TEST_CASE("a forbidden read names the missing rule word for word, others go on") {
    FakeApiServer server;
    add_pods(server, 1);
    server.add(R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d"}})");
    server.always("/deployments",
                  status_reply(403, "Forbidden",
                               R"(deployments.apps is forbidden: User "system:serviceaccount:a:b" )"
                               R"(cannot list resource "deployments" in API group "apps")"));
    server.always("/version",
                  status_reply(403, "Forbidden", R"(User "me" cannot get path "/version")"));
    server.always("/nodes", status_reply(403, "Forbidden", "not in office hours"));
    Api api(server.url());
    auto kong = read(KTEL_READ_COUNT, "apps", "deployments");
    kong.ns = "kong";
    auto nodes = read(KTEL_READ_COUNT, "", "nodes");
    nodes.cluster_scoped = true;
    auto one = read(KTEL_READ_GET, "apps", "deployments", "metadata.name");
    one.ns = "kong";
    one.name = "edge";

    const auto all = collect_all(
        api.source, {job("j", {read(KTEL_READ_LIST, "apps", "deployments", "metadata.name"), kong,
                               raw("/version", "x"), nodes, pods(), one})});

    CHECK(all.at(0, 0).state == ReadState::denied);
    CHECK(all.text(0, 0) ==
          "the API server forbids to list deployments.apps in all namespaces: the rule {apiGroups: "
          "[\"apps\"], resources: [\"deployments\"], verbs: [\"list\"]} is missing");
    CHECK(all.at(0, 0).finding->next ==
          "add it to a ClusterRole that is bound to \"system:serviceaccount:a:b\"");
    CHECK(all.at(0, 0).finding->job == "j");
    CHECK(all.at(0, 0).finding->id == "forbidden");
    CHECK(all.text(0, 1) ==
          "the API server forbids to list deployments.apps in namespace kong: the rule {apiGroups: "
          "[\"apps\"], resources: [\"deployments\"], verbs: [\"list\"]} is missing");
    CHECK(all.at(0, 1).finding->next ==
          "add it to a Role in namespace kong that is bound to \"system:serviceaccount:a:b\"");
    CHECK(all.text(0, 2) ==
          "the API server forbids to get /version: the rule {nonResourceURLs: "
          "[\"/version\"], verbs: [\"get\"]} is missing");
    CHECK(all.at(0, 2).finding->next == "add it to a ClusterRole that is bound to \"me\"");
    CHECK(all.text(0, 3) ==
          "the API server forbids to list nodes (\"not in office hours\"): the rule {apiGroups: "
          "[\"\"], resources: [\"nodes\"], verbs: [\"list\"]} is missing");
    CHECK(all.at(0, 3).finding->next == "add it to a ClusterRole that is bound to this identity");
    CHECK(all.at(0, 4).state == ReadState::ok);
    CHECK(all.text(0, 5) ==
          "the API server forbids to list deployments.apps named edge in namespace kong: the rule "
          "{apiGroups: [\"apps\"], resources: [\"deployments\"], resourceNames: [\"edge\"], verbs: "
          "[\"list\"]} is missing");
  }

  TEST_CASE("wrong credentials are a failure of their own kind") {
    FakeApiServer server;
    server.always("/", status_reply(401, "Unauthorized", "Unauthorized"));
    Api api(server.url());
    const auto all = collect_all(api.source, {job("j", {pods()})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.at(0, 0).cause == Errc::forbidden);
    CHECK(all.at(0, 0).finding->id == "unauthorized");
    CHECK(all.text(0, 0).find("answers 401 Unauthorized") != std::string::npos);
  }

  TEST_CASE("a server that is not there is a failure of its own kind, for each read") {
    const test::ClosedPort port;
    Api api(fmt::format("http://127.0.0.1:{}", port.port()));
    auto served = read(KTEL_READ_SERVED, "*", "", "group");
    const auto all = collect_all(api.source, {job("j", {pods(), served})});
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(all.at(0, i).state == ReadState::failed);
      CHECK(all.at(0, i).cause == Errc::unreachable);
      CHECK(all.at(0, i).finding->id == "unreachable");
      CHECK(all.text(0, i) == all.text(0, 0));  // one server, one sentence
    }
    CHECK(all.stats.requests == 0);  // none was ever sent
  }

  TEST_CASE("discovery that is forbidden names its rule, and is no matter of credentials") {
    FakeApiServer server;
    add_pods(server, 1);
    server.always("/apis", status_reply(403, "Forbidden", R"(User "me" cannot get path "/apis")"));
    Api api(server.url());
    auto several = read(KTEL_READ_LIST, "kong.example", "plugins", "metadata.name");
    several.versions = {"v1", "v1beta1"};
    const auto all = collect_all(
        api.source,
        {job("j", {read(KTEL_READ_SERVED, "config.openshift.io", "", "group"), several, pods()})});
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(all.at(0, i).state == ReadState::denied);
      CHECK(all.at(0, i).cause == Errc::forbidden);
      CHECK(all.at(0, i).finding->id == "forbidden");
      CHECK(all.at(0, i).finding->next == "add it to a ClusterRole that is bound to \"me\"");
    }
    CHECK(all.text(0, 0) ==
          "the API server forbids to get /apis: the rule {nonResourceURLs: [\"/apis\"], verbs: "
          "[\"get\"]} is missing");
    CHECK(all.rows(0, 2) == std::vector<std::string>{"v1: p0"});
  }

  TEST_CASE("discovery that is not believed the credentials says so") {
    FakeApiServer server;
    server.always("/apis", status_reply(401, "Unauthorized", "Unauthorized"));
    Api api(server.url());
    const auto all = collect_all(
        api.source, {job("j", {read(KTEL_READ_SERVED, "config.openshift.io", "", "group")})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.at(0, 0).cause == Errc::forbidden);
    CHECK(all.at(0, 0).finding->id == "unauthorized");
  }

  TEST_CASE("reads that need no discovery do not wait for it") {
    FakeApiServer server;
    add_pods(server, 2);
    server.always("/apis", {.raw = "HTTP/1.1 ", .hang = true});
    Api api(server.url());
    std::stop_source stop;
    std::promise<void> read_pods;
    std::promise<void> finished;
    cluster::CollectEvents events;
    events.read_ended = [&](std::size_t, std::size_t index, cluster::ReadResult result) {
      if (index == 0) {
        CHECK(result.count == 2);
        read_pods.set_value();
      } else {
        CHECK(result.cause == Errc::stopped);
      }
    };
    events.finished = [&](cluster::CollectStats) { finished.set_value(); };
    cluster::collect(
        api.source,
        {job("a", {pods("spec.x"), read(KTEL_READ_SERVED, "kong.example", "", "group")})}, {},
        stop.get_token(), std::move(events));
    CHECK(read_pods.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    stop.request_stop();
    finished.get_future().wait();
  }

  TEST_CASE("a server that fails all reads alike says one sentence") {
    FakeApiServer server;
    server.always("/", {.headers = {{"Content-Type", "text/html"}}, .body = "<html>login"});
    Api api(server.url());
    const auto all = collect_all(
        api.source,
        {job("j", {pods(), pods("spec.x"), read(KTEL_READ_COUNT, "apps", "deployments"),
                   raw("/version", "x"), read(KTEL_READ_SERVED, "a.example", "", "group")})});
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(all.text(0, i) ==
            fmt::format("the API server at {} (test) answers HTML: is this really a Kubernetes API "
                        "server? check `server:` of cluster \"c\" and proxies between",
                        server.url()));
    }
  }

  TEST_CASE("a busy server is asked again, and each request counts") {
    FakeApiServer server;
    add_pods(server, 3);
    HttpReply busy = status_reply(429, "TooManyRequests", "Too many requests");
    busy.headers.emplace_back("Retry-After", "0");
    server.next("/pods", busy);
    server.next("/apis", busy);
    Api api(server.url());
    const auto all = collect_all(
        api.source, {job("j", {pods(), read(KTEL_READ_SERVED, "a.example", "", "group")})});
    CHECK(all.at(0, 0).count == 3);
    CHECK(all.at(0, 1).state == ReadState::ok);
    CHECK(all.stats.requests == 4);
  }

  TEST_CASE("what is served is asked for by its ETag, and told in full when it has changed") {
    FakeApiServer server;
    server.serve("a.example/v1", "things", "Thing");
    const auto known = std::make_shared<cluster::DiscoveryCache>();
    const auto served = [&] {
      Api api(server.url(), known);
      const auto things = read(KTEL_READ_SERVED, "a.example", "", "resource kind");
      const auto all = collect_all(api.source, {job("j", {things})});
      return std::pair(all.rows(0, 0), all.stats.bytes);
    };
    const auto first = served();
    CHECK(first.first == std::vector<std::string>{": things Thing"});
    CHECK(first.second > 0);

    const auto second = served();
    CHECK(second.first == first.first);
    CHECK(second.second == 0);
    CHECK(server.calls().back().header("If-None-Match") != "");

    server.serve("a.example/v1", "others", "Other");
    CHECK(served().first == std::vector<std::string>{": others Other", ": things Thing"});
  }

  TEST_CASE("a conditional read waits for the one it names") {
    FakeApiServer server;
    add_pods(server, 2);
    server.serve("v1", "services", "Service");
    auto when_services = pods();
    when_services.when_read = "services";
    auto when_none = pods("metadata.labels.n");
    when_none.when_read = "services";
    when_none.when_absent = true;
    const auto services = read(KTEL_READ_LIST, "", "services", "metadata.name");
    const auto run = [&] {
      Api api(server.url());
      return collect_all(api.source, {job("j", {services, when_services, when_none})});
    };

    const auto without = run();
    CHECK(without.at(0, 1).state == ReadState::skipped);
    CHECK(without.rows(0, 2) == std::vector<std::string>{"v1: 0", "v1: 1"});
    CHECK(without.stats.requests == 2);

    server.next("/services", status_reply(403, "Forbidden", "no"));
    const auto unknown = run();
    CHECK(unknown.at(0, 1).state == ReadState::skipped);
    CHECK(unknown.at(0, 2).state == ReadState::skipped);
    CHECK(unknown.stats.requests == 1);
  }

  TEST_CASE("what is only wanted under a condition that does not hold is not asked for") {
    FakeApiServer server;
    add_pods(server, 2);
    server.serve("v1", "services", "Service");
    auto whole = pods("spec.containers[*].name");
    auto names = pods("metadata.labels.n metadata.name");
    whole.when_read = names.when_read = "services";
    names.when_absent = true;
    Api api(server.url());
    const auto all = collect_all(
        api.source,
        {job("j", {read(KTEL_READ_LIST, "", "services", "metadata.name"), whole, names})});
    CHECK(all.at(0, 1).state == ReadState::skipped);
    CHECK(all.rows(0, 2) == std::vector<std::string>{"v1: 0 p0", "v1: 1 p1"});
    REQUIRE(server.calls().size() == 2);
    CHECK(server.calls()[1].header("accept").find("as=PartialObjectMetadataList") !=
          std::string::npos);
  }

  TEST_CASE("a conditional read that joins a list of another job keeps its condition") {
    FakeApiServer server;
    add_pods(server, 2);
    server.serve("v1", "services", "Service");
    auto conditional = pods();
    conditional.when_read = "services";
    Api api(server.url());
    const auto all = collect_all(
        api.source, {job("a", {read(KTEL_READ_LIST, "", "services", "metadata.name"), conditional}),
                     job("b", {pods("metadata.labels.n")})});
    CHECK(all.at(0, 1).state == ReadState::skipped);
    CHECK(all.rows(1, 0).size() == 2);
    CHECK(all.stats.requests == 2);
  }

  TEST_CASE("a server before 1.26 is asked for a version's resources where a read names one") {
    test::FakeApiBehaviour behaviour;
    behaviour.aggregated = false;
    behaviour.stale_group = "metrics.k8s.io";
    FakeApiServer server(behaviour);
    server.add(R"({"kind":"Plugin","apiVersion":"kong.example/v1beta1","metadata":{"name":"x"}})");
    server.serve("kong.example/v1", "consumers", "Consumer");
    server.serve("config.openshift.io/v1", "clusterversions", "ClusterVersion");
    Api api(server.url());
    auto one = read(KTEL_READ_LIST, "kong.example", "consumers", "metadata.name");
    auto two = read(KTEL_READ_LIST, "kong.example", "plugins", "metadata.name");
    two.versions = {"v1", "v1beta1"};
    auto gone = read(KTEL_READ_LIST, "other.example", "plugins", "metadata.name");
    auto served = read(KTEL_READ_SERVED, "config.openshift.io", "clusterversions", "kind");
    auto group_alone = read(KTEL_READ_SERVED, "config.openshift.io", "", "group version");
    auto no_group = read(KTEL_READ_SERVED, "run.tanzu.vmware.com", "x", "kind");
    group_alone.versions = no_group.versions = {"v1", "*"};
    auto stale = read(KTEL_READ_SERVED, "metrics.k8s.io", "pods", "kind");

    const auto all =
        collect_all(api.source, {job("j", {one, two, gone, served, group_alone, no_group, stale})});

    CHECK(all.at(0, 0).state == ReadState::ok);
    CHECK(all.rows(0, 1) == std::vector<std::string>{"v1beta1: x"});
    CHECK(all.at(0, 2).state == ReadState::absent);
    CHECK(all.rows(0, 3) == std::vector<std::string>{": ClusterVersion"});
    CHECK(all.rows(0, 4) == std::vector<std::string>{": config.openshift.io v1"});
    CHECK(all.rows(0, 5).empty());
    CHECK(all.at(0, 5).state == ReadState::ok);
    CHECK(all.at(0, 6).state == ReadState::failed);
    CHECK(all.text(0, 6).find("look at the APIService") != std::string::npos);
    auto requests = server.requests();
    std::sort(requests.begin(), requests.end());
    CHECK(requests ==
          std::vector<std::string>{
              "/apis", "/apis/config.openshift.io/v1", "/apis/kong.example/v1",
              "/apis/kong.example/v1/consumers?limit=1000", "/apis/kong.example/v1beta1",
              "/apis/kong.example/v1beta1/plugins?limit=1000", "/apis/metrics.k8s.io/v1"});
  }

  TEST_CASE("groups alone cost one request of a server before 1.26") {
    test::FakeApiBehaviour behaviour;
    behaviour.aggregated = false;
    FakeApiServer server(behaviour);
    Api api(server.url());
    const auto all = collect_all(
        api.source,
        {job("j", {read(KTEL_READ_SERVED, "apps.openshift.io", "", "group"),
                   read(KTEL_READ_SERVED, "config.openshift.io", "clusterversions", "group")})});
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(all.at(0, i).state == ReadState::ok);
      CHECK(all.at(0, i).count == 0);
      CHECK_FALSE(all.at(0, i).finding.has_value());
    }
    CHECK(server.requests() == std::vector<std::string>{"/apis"});
  }

  TEST_CASE("a read that was not to be made does not fail, whatever discovery says") {
    FakeApiServer server;
    server.always("/apis", bare_404());
    server.serve("v1", "services", "Service");
    Api api(server.url());
    auto several = read(KTEL_READ_LIST, "kong.example", "plugins", "metadata.name");
    several.versions = {"v1", "v1beta1"};
    several.when_read = "services";
    const auto all = collect_all(
        api.source, {job("j", {read(KTEL_READ_LIST, "", "services", "metadata.name"), several})});
    CHECK(all.at(0, 1).state == ReadState::skipped);
    CHECK_FALSE(all.at(0, 1).finding.has_value());
  }

  TEST_CASE("a URL that no read may ask for makes no request") {
    FakeApiServer server;
    Api api(server.url());
    auto secrets = metrics({"up"}, "value");
    secrets.url = "/api/v1/secrets";
    const auto all = collect_all(api.source, {job("j", {raw("/api/v1/secrets", "x"), secrets})});
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(all.at(0, i).state == ReadState::failed);
      CHECK(all.text(0, i).find("/api/v1/secrets") != std::string::npos);
    }
    CHECK(server.requests().empty());
  }

  TEST_CASE("masked reads and a run without reads ask nothing") {
    FakeApiServer server;
    Api api(server.url());
    auto masked = job("j", {pods()});
    masked.wanted[0] = false;
    const auto all = collect_all(api.source, {masked, job("none", {})});
    CHECK(all.at(0, 0).state == ReadState::skipped);
    CHECK(server.requests().empty());
    CHECK(collect_all(api.source, {}).stats.requests == 0);
  }

  TEST_CASE("a stop ends what hangs, and every read has ended before finished() comes") {
    FakeApiServer server;
    server.always("/pods", {.raw = "HTTP/1.1 ", .hang = true});
    Api api(server.url());
    std::stop_source stop;
    std::promise<void> finished;
    std::vector<ReadState> ends;
    cluster::CollectEvents events;
    cluster::CollectOptions options;
    std::string why = "the run ended first";
    SUBCASE("and nobody says why") {}
    SUBCASE("for a reason") {
      why = "the run's time limit of 5 s is over";
      options.why_stopped = [why] { return why; };
    }
    events.read_ended = [&](std::size_t, std::size_t, cluster::ReadResult result) {
      ends.push_back(result.state);
      CHECK(result.cause == Errc::stopped);
      CHECK(result.finding->id == "stopped");
      CHECK(result.finding->text == "reading pods was given up: " + why);
    };
    events.finished = [&](cluster::CollectStats) { finished.set_value(); };
    cluster::collect(api.source,
                     {job("a", {pods()}), job("b", {read(KTEL_READ_COUNT, "", "pods")}),
                      job("c", {pods("metadata.labels.n")})},
                     options, stop.get_token(), std::move(events));
    stop.request_stop();
    finished.get_future().wait();
    CHECK(ends == std::vector<ReadState>(3, ReadState::failed));
  }

  TEST_CASE("two runs on one source do not disturb each other") {
    FakeApiServer server;
    add_pods(server, 1200);
    Api api(server.url());
    std::vector<std::future<test::Collected>> runs;
    for (int i = 0; i < 4; ++i) {
      runs.push_back(std::async(std::launch::async, [&api] {
        return collect_all(api.source, {job("j", {pods("metadata.name spec.x")})});
      }));
    }
    for (auto& run : runs) CHECK(run.get().at(0, 0).table->rows() == 1200);
  }
}
