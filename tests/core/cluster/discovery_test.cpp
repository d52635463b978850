// Aggregated documents of both versions, old servers, stale groups.
#include "cluster/discovery.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using namespace ktel::cluster;

namespace {

Result<void> add(Discovery& discovery, std::string url, std::string_view text) {
  DiscoveryParser parser(std::move(url));
  if (auto fed = parser.feed(text); !fed) return fed;
  return parser.finish(discovery);
}

Result<Discovery> parse(std::string_view text, std::string url = "/apis") {
  Discovery discovery;
  if (auto added = add(discovery, std::move(url), text); !added) return added.error();
  return discovery;
}

// What a server before 1.26 says.
constexpr std::string_view plain_groups =
    R"({"kind":"APIGroupList","apiVersion":"v1","groups":[
      {"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],
       "preferredVersion":{"groupVersion":"apps/v1","version":"v1"}},
      {"name":"kong.example","versions":[{"groupVersion":"kong.example/v1","version":"v1"},
                                         {"groupVersion":"kong.example/v1beta1","version":"v1beta1"}]}]})";
constexpr std::string_view plugins =
    R"({"kind":"APIResourceList","apiVersion":"v1","groupVersion":"kong.example/v1beta1","resources":[
      {"name":"plugins","singularName":"","namespaced":true,"kind":"Plugin","verbs":["list"]},
      {"name":"plugins/status","singularName":"","namespaced":true,"kind":"Plugin"}]})";

std::string aggregated(std::string_view version) {
  return R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/)" +
         std::string(version) + R"(","metadata":{},"items":[
    {"metadata":{"name":"apps","creationTimestamp":null},"versions":[{"version":"v1","resources":[
      {"resource":"deployments","responseKind":{"group":"","version":"","kind":"Deployment"},
       "scope":"Namespaced","singularResource":"deployment","verbs":["list"],"subresources":[
         {"subresource":"scale","responseKind":{"group":"autoscaling","kind":"Scale"}}]},
      {"resource":"daemonsets","responseKind":{"kind":"DaemonSet"},"scope":"Namespaced"}],
      "freshness":"Current"}]},
    {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]})";
}

std::vector<std::string> names(std::initializer_list<const char*> list) {
  return {list.begin(), list.end()};
}

}  // namespace

TEST_SUITE("core/cluster/discovery") {
  TEST_CASE("both versions of the aggregated document are read") {
    for (const char* version : {"v2", "v2beta1"}) {
      const Discovery found = parse(aggregated(version)).value();
      REQUIRE(found.groups.size() == 2);
      REQUIRE(found.groups[0].versions[0].resources.size() == 2);
      CHECK(found.groups[0].versions[0].resources[0].resource == "deployments");
      CHECK(found.groups[0].versions[0].resources[0].kind == "Deployment");
      CHECK(found.groups[1].versions[0].stale);
      CHECK(found.known.groups);
      CHECK_FALSE(found.known.core);
    }
  }

  TEST_CASE("what is served, absent, stale and unknown are four things") {
    Discovery found = parse(aggregated("v2")).value();
    using State = Resolution::State;
    CHECK(found.resolve("apps", names({"v2", "v1"}), "deployments").version == "v1");
    CHECK(found.resolve("apps", names({"v2", "*"}), "deployments").version == "v1");
    CHECK(found.resolve("apps", names({"v2"}), "deployments").state == State::absent);
    CHECK(found.resolve("apps", names({"v1"}), "scale").state == State::absent);
    CHECK(found.resolve("kong", names({"v1"}), "x").state == State::absent);
    CHECK(found.resolve("metrics.k8s.io", names({"v1beta1"}), "pods").state == State::stale);
    CHECK(found.resolve("metrics.k8s.io", names({"v1"}), "pods").state == State::absent);
    CHECK(found.resolve("", names({"v1"}), "pods").state == State::unknown);
  }

  TEST_CASE("an older server lists groups and versions, and tells resources apart") {
    using State = Resolution::State;
    Discovery found = parse(plain_groups).value();
    CHECK(found.resolve("gone.example", names({"v1"}), "x").state == State::absent);
    CHECK(found.resolve("apps", names({"v2"}), "deployments").state == State::absent);
    CHECK(found.resolve("apps", names({"v2", "v1"}), "deployments").version == "v1");

    const auto open = [&](DiscoveryQuestion question) {
      return found.open_questions(std::span(&question, 1));
    };
    const std::vector<std::string> none;
    CHECK(open({"apps", names({"v1"}), "deployments", false}) == none);  // reading it will tell
    CHECK(open({"apps", names({"v1"}), "deployments", true}) == names({"/apis/apps/v1"}));
    CHECK(open({"kong.example", {}, "", true}) == none);
    CHECK(open({"gone.example", names({"v1"}), "x", true}) == none);
    CHECK(open({"kong.example", names({"v1", "v1beta1"}), "plugins", false}) ==
          names({"/apis/kong.example/v1", "/apis/kong.example/v1beta1"}));
    CHECK(open({"kong.example", {}, "plugins", true}).size() == 2);

    REQUIRE(add(found, "/apis/kong.example/v1beta1", plugins));
    REQUIRE(add(found, "/apis/kong.example/v1",
                R"({"kind":"APIResourceList","groupVersion":"kong.example/v1","resources":[]})"));
    CHECK(open({"kong.example", names({"v1", "v1beta1"}), "plugins", false}) == none);
    CHECK(found.resolve("kong.example", names({"v1", "v1beta1"}), "plugins").version == "v1beta1");
    CHECK(
        *served_documents(found, "kong.example", {}, "plugins") ==
        names(
            {R"({"group":"kong.example","kind":"Plugin","resource":"plugins","version":"v1beta1"})"}));

    REQUIRE(add(found, "/api", R"({"kind":"APIVersions","versions":["v1"]})"));
    CHECK(found.resolve("", names({"*"}), "pods").version == "v1");
    CHECK(open({"", names({"v1"}), "pods", true}) == names({"/api/v1"}));
  }

  TEST_CASE("SERVED without a resource is answered by an older server's list of groups") {
    const Discovery found = parse(plain_groups).value();
    CHECK(*served_documents(found, "kong.example", {}, "") ==
          names({R"({"group":"kong.example","version":"v1"})",
                 R"({"group":"kong.example","version":"v1beta1"})"}));
    CHECK(served_documents(found, "config.openshift.io", {}, "clusterversions")->empty());
  }

  TEST_CASE("a list longer than can be read is a failure that names it") {
    std::string versions;
    for (int i = 0; i < 100'001; ++i) versions += R"({"version":"v1"},)";
    CHECK(
        parse(R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"x"},"versions":[)" +
              versions + "{}]}]}")
            .error()
            .message == "it has more at versions[*] than can be read");
    std::string text(5000, 'f');
    CHECK(parse(R"({"kind":"APIGroupList","groups":[{"name":")" + text + R"(","versions":[{}]}]})")
              .error()
              .message == "it has more at groups[*].name than can be read");
  }

  TEST_CASE("anything else is an error") {
    CHECK(parse(R"({"kind":"Secret"})").error().message == "it is a Secret, no discovery document");
    CHECK(parse("[]").error().message == "it is a document without kind, no discovery document");
    CHECK(parse("{").error().message == "it ends after 1 bytes, before its JSON does");
    CHECK(parse(plugins).error().message == "it is a APIResourceList, no discovery document");
    CHECK(parse(plain_groups, "/apis/apps/v1").error().message ==
          "it is a APIGroupList, no discovery document");
    CHECK(parse(R"({"kind":"Sec\nret"})").error().message ==
          "it is a Sec ret, no discovery document");
  }

  TEST_CASE("SERVED gives a document for each resource that matches") {
    const Discovery found = parse(aggregated("v2")).value();
    const std::vector<std::string> deployments = {
        R"({"group":"apps","kind":"Deployment","resource":"deployments","version":"v1"})"};
    CHECK(*served_documents(found, "apps", names({"v1"}), "deployments") == deployments);
    Discovery all = found;
    all.known.core = true;
    CHECK(*served_documents(all, "*", {}, "") ==
          std::vector<std::string>{
              deployments[0],
              R"({"group":"apps","kind":"DaemonSet","resource":"daemonsets","version":"v1"})",
              R"({"freshness":"Stale","group":"metrics.k8s.io","version":"v1beta1"})"});
    CHECK(served_documents(found, "apps", names({"v2"}), "")->empty());
    CHECK(served_documents(found, "kong", {}, "")->empty());
  }

  TEST_CASE("SERVED fails where it cannot know") {
    const Discovery found = parse(aggregated("v2")).value();
    CHECK(
        served_documents(found, "metrics.k8s.io", {}, "pods").error().message ==
        "the server of the API group metrics.k8s.io/v1beta1 does not answer, so what it serves is "
        "unknown: look at the APIService v1beta1.metrics.k8s.io");
    Discovery listed = parse(plain_groups).value();
    CHECK(served_documents(listed, "apps", {}, "deployments").error().message ==
          "the snapshot does not say whether apps/v1 has deployments; save it with `kubectl get "
          "--raw /apis/apps/v1` as _reads/apis/apps/v1.json");
    set_stale(listed, "/apis/apps/v1");
    CHECK(served_documents(listed, "apps", {}, "deployments").error().message ==
          "the server of the API group apps/v1 does not answer, so what it serves is unknown: look "
          "at "
          "the APIService v1.apps");
    const Discovery nothing;
    CHECK(served_documents(nothing, "apps", {}, "").error().message ==
          "the snapshot does not say what the cluster served; save it with `kubectl get --raw "
          "/apis` as _reads/apis.json");
    CHECK(served_documents(listed, "*", {}, "").error().message ==
          "the snapshot does not say what the cluster served; save it with `kubectl get --raw "
          "/api` as _reads/api.json");
  }

  TEST_CASE("kinds built into Kubernetes need no discovery") {
    for (const char* group : {"", "apps", "batch", "networking.k8s.io", "storage.k8s.io"}) {
      CHECK(built_in_group(group));
    }
    CHECK_FALSE(built_in_group("gateway.networking.k8s.io"));
  }
}
