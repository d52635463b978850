// Whole runs of reads against the fake API server: how many requests, what rows, which words.
#include "cluster/collector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "base/http.hpp"
#include "cluster/api_client.hpp"
#include "cluster/api_source.hpp"
#include "core/cluster/reads.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;
using cluster::ReadState;
using test::collect_all;
using test::FakeApiServer;
using HttpReply = test::HttpServer::Reply;
using test::job;
using test::metrics;
using test::raw;
using test::read;
using test::status_reply;

namespace {

// An HTTP client and a source on it, for as long as the test runs.
struct Api {
  explicit Api(const std::string& url, std::shared_ptr<cluster::DiscoveryCache> known = nullptr) {
    cluster::Access access;
    access.server = url;
    access.description = url;
    access.origin = "test";
    access.cluster = "c";
    source = std::make_shared<cluster::ApiSource>(
        std::make_shared<cluster::ApiClient>(http, std::move(access), std::make_shared<Secrets>(),
                                             system_clock()),
        std::move(known));
  }
  HttpClient http;
  std::shared_ptr<cluster::Source> source;
};

std::string pod(int n, std::string_view ns = "a") {
  return fmt::format(
      R"({{"kind":"Pod","apiVersion":"v1","metadata":{{"namespace":"{}",)"
      R"("name":"p{}","labels":{{"n":"{}"}}}},"spec":{{"containers":[{{"name":"c"}}]}}}})",
      ns, n, n % 2);
}

void add_pods(FakeApiServer& server, int count, std::string_view ns = "a") {
  for (int i = 0; i < count; ++i) server.add(pod(i, ns));
}

plugin::Read pods(std::string_view paths = "metadata.name") {
  return read(KTEL_READ_LIST, "", "pods", paths);
}

std::string page_of(int items, std::string_view metadata) {
  std::string body =
      fmt::format(R"({{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[)", metadata);
  for (int i = 0; i < items; ++i) body += (i > 0 ? "," : "") + pod(i);
  return body + "]}";
}

HttpReply bare_404() {
  return {.status = 404,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = "404 page not found\n"};
}

constexpr std::string_view some_metrics =
    "# HELP kubernetes_feature_enabled [BETA] This metric records the state of k8s features.\n"
    "# TYPE kubernetes_feature_enabled gauge\n"
    "kubernetes_feature_enabled{name=\"WatchList\",stage=\"BETA\"} 0\n"
    "kubernetes_feature_enabled{name=\"SidecarContainers\",stage=\"\"} 1\n"
    "process_cpu_seconds_total 12.5\n"
    "process_open_fds 1.2e+03\n";

HttpReply text(std::string_view body) {
  return {.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = std::string(body)};
}

HttpReply ok(std::string body) {
  return {.headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

const std::string protobuf_type = "application/vnd.kubernetes.protobuf";

// Two pods, as a server sends them that is asked for it.
std::string list_in_protobuf() {
  FakeApiServer server;
  add_pods(server, 2);
  HttpClient client;
  HttpRequest request;
  request.url = server.url() + "/api/v1/pods";
  request.headers = {{"Accept", protobuf_type}};
  HttpResponse answer = client.send_and_wait(std::move(request));
  REQUIRE(answer.header("content-type") == protobuf_type);
  return std::move(answer.body);
}

}  // namespace

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
