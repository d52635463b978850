// app/preflight: what there is to ask, what a probe sends, and what the answers come to.
#include "app/preflight.hpp"

#include <doctest/doctest.h>

namespace {

using namespace ktel;  // NOLINT: a test
using Verdict = app::NeededRule::Verdict;

app::PlannedRequest request(standard::AccessRule access, std::vector<std::string> fields) {
  app::PlannedRequest planned;
  planned.fields = std::move(fields);
  planned.access = std::move(access);
  return planned;
}

standard::AccessRule list(std::string resource, std::string group = {}, std::string ns = {}) {
  standard::AccessRule rule;
  rule.resource = std::move(resource);
  rule.api_group = std::move(group);
  rule.ns = std::move(ns);
  return rule;
}

standard::AccessRule optional(standard::AccessRule rule) {
  rule.optional = true;
  return rule;
}

app::NeededRule denied(std::string permission, bool is_optional = false) {
  app::NeededRule rule;
  rule.permission = std::move(permission);
  rule.optional = is_optional;
  rule.verdict = Verdict::denied;
  return rule;
}

HttpResponse answer(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

HttpResponse failure(HttpCause cause, std::string error) {
  HttpResponse response;
  response.cause = cause;
  response.error = std::move(error);
  return response;
}

}  // namespace

TEST_SUITE("core/app/preflight") {
  TEST_CASE("each permission is asked after once, for the fields of all that need it") {
    app::RunPlan plan;
    plan.requests = {request(list("pods"), {"mesh.members", "state.pods_count"}),
                     request(list("deployments", "apps", "shop"), {"state.age"}),
                     request(list("pods"), {"state.pods_by_phase", "state.pods_count"})};

    const auto rules = app::needed_rules(plan);

    REQUIRE(rules.size() == 2);
    CHECK(rules[0].permission == "list pods");
    CHECK(rules[0].rule == R"({apiGroups: [""], resources: ["pods"], verbs: ["list"]})");
    CHECK(rules[0].role == "ClusterRole");
    CHECK(rules[0].fields ==
          std::map<std::string, std::vector<std::string>>{
              {"mesh", {"members"}}, {"state", {"pods_by_phase", "pods_count"}}});
    CHECK(rules[0].verdict == Verdict::unknown);
    CHECK(rules[1].permission == "list deployments.apps in namespace shop");
    CHECK(rules[1].rule == R"({apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]})");
    CHECK(rules[1].role == "Role in namespace shop");
    CHECK(rules[1].asks.group == "apps");
    CHECK(rules[1].asks.ns == "shop");
  }

  TEST_CASE("a rule is no wider than it has to be") {
    standard::AccessRule one = list("configmaps", "", "kube-system");
    one.object = "cilium-config";
    standard::AccessRule url;
    url.non_resource_url = "/version";
    app::RunPlan plan;
    plan.requests = {request(one, {}), request(url, {})};

    const auto rules = app::needed_rules(plan);

    REQUIRE(rules.size() == 2);
    CHECK(rules[0].permission == "list configmaps named cilium-config in namespace kube-system");
    CHECK(rules[0].rule == R"({apiGroups: [""], resources: ["configmaps"], )"
                           R"(resourceNames: ["cilium-config"], verbs: ["list"]})");
    CHECK(rules[0].asks.name == "cilium-config");
    CHECK(rules[1].permission == "get /version");
    CHECK(rules[1].rule == R"({nonResourceURLs: ["/version"], verbs: ["get"]})");
    CHECK(rules[1].asks.url == "/version");
    CHECK(rules[1].asks.verb == "get");
  }

  TEST_CASE("optional is what only optional reads need") {
    app::RunPlan plan;
    plan.requests = {request(optional(list("nodes")), {}), request(optional(list("pods")), {}),
                     request(list("pods"), {})};

    const auto rules = app::needed_rules(plan);

    REQUIRE(rules.size() == 2);
    CHECK(rules[0].optional);
    CHECK_FALSE(rules[1].optional);
  }

  TEST_CASE("a probe goes where a report goes, and has nothing of it") {
    delivery::Preview preview;
    preview.method = "POST";
    preview.url = "https://10.0.0.1:8088/services/collector/event?index=main";
    preview.headers = {{"Authorization", "Splunk ${token}"}};
    preview.body = "{}";
    delivery::Destination destination;
    destination.tls.pin = "sha256//abc";

    const HttpRequest probe =
        app::probe_request(preview, destination, "http://proxy:3128", std::chrono::seconds(3));

    CHECK(probe.method == "OPTIONS");
    CHECK(probe.url == "https://10.0.0.1:8088/services/collector/event");
    CHECK(probe.headers.empty());
    CHECK(probe.body.empty());
    CHECK(probe.tls->pin == "sha256//abc");
    CHECK(probe.proxy == "http://proxy:3128");
    CHECK(probe.connect_timeout == std::chrono::seconds(3));
    CHECK(probe.total_timeout == std::chrono::seconds(3));
  }

  TEST_CASE("what a host answers, and why it does not") {
    const std::string trust =
        " (whom to trust: --ca-file FILE, or ca=, server_name=, pin= in the URL)";
    struct Row {
      HttpResponse response;
      std::optional<Errc> failed;
      std::string text;
    };
    for (const Row& row : std::vector<Row>{
             {answer(200), std::nullopt, "answers OPTIONS with HTTP 200"},
             {answer(401), std::nullopt, "answers OPTIONS with HTTP 401"},
             {answer(500), std::nullopt, "answers OPTIONS with HTTP 500"},
             {answer(501), std::nullopt, "answers OPTIONS with HTTP 501"},
             {answer(503), Errc::unreachable,
              "answers OPTIONS with HTTP 503: somebody is there, but takes no requests now; try "
              "again later"},
             {failure(HttpCause::connect, "h:1 refuses connections"), Errc::unreachable,
              "h:1 refuses connections"},
             {failure(HttpCause::tls, "who is h:1"), Errc::unreachable, "who is h:1" + trust},
             {failure(HttpCause::timeout, "h:1 is slow"), Errc::timed_out, "h:1 is slow"},
             {failure(HttpCause::stopped, "stopped"), Errc::stopped, "stopped"}}) {
      CAPTURE(row.text);
      const app::ProbedHost host = app::probed("h:1", row.response, Secrets());
      CHECK(host.host == "h:1");
      CHECK(host.failed == row.failed);
      CHECK(host.text == row.text);
    }
  }

  TEST_CASE("a secret in what a transfer says is scrubbed") {
    Secrets secrets;
    secrets.add("s3cret");
    const auto host = app::probed("h", failure(HttpCause::io, "proxy s3cret@p failed"), secrets);
    CHECK(host.text == "proxy ***@p failed");
  }

  TEST_CASE("nothing is wrong where all is allowed but what is optional") {
    app::Preflight preflight;
    preflight.rules = {denied("list nodes", true)};
    preflight.servers = {{.url = "splunk://h", .text = "", .hosts = {{.host = "h", .text = "ok"}}}};
    CHECK(app::problems(preflight).empty());
  }

  TEST_CASE("what is wrong is said once for the cluster, and for each host") {
    app::Preflight preflight;
    for (const char* what : {"a", "b", "c", "d", "e", "f", "g"}) {
      preflight.rules.push_back(denied("list " + std::string(what)));
    }
    preflight.rules.push_back(denied("list h", true));
    preflight.servers = {{.url = "splunk://x,y",
                          .text = "",
                          .hosts = {{.host = "x", .text = "x is down", .failed = Errc::unreachable},
                                    {.host = "y", .text = "ok"}}}};

    const std::vector<Error> all = app::problems(preflight);

    REQUIRE(all.size() == 2);
    CHECK(all[0].code == Errc::forbidden);
    CHECK(all[0].message ==
          "the API server forbids 7 of 8 permissions that the jobs need: list a, list b, list c, "
          "list d, list e and 2 more; add the rules shown, or the roles that `ktel jobs rbac` "
          "prints");
    CHECK(all[1].code == Errc::unreachable);
    CHECK(all[1].message == "splunk://x,y: x is down");
  }

  TEST_CASE("a cluster that did not answer comes first") {
    app::Preflight preflight;
    preflight.cluster_error = Error{Errc::unreachable, "nobody is there"};
    preflight.rules = {denied("list nodes")};
    const std::vector<Error> all = app::problems(preflight);
    REQUIRE(all.size() == 2);
    CHECK(all[0].message == "nobody is there");
  }
}
