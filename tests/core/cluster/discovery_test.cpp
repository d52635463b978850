// Aggregated documents of both versions, old servers, stale groups.
#include "cluster/discovery.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using namespace ktel::cluster;

namespace {

Result<Discovery> parse(std::string_view text) {
  Discovery discovery;
  DiscoveryParser parser;
  if (auto fed = parser.feed(text); !fed) return fed.error();
  if (auto done = parser.finish(discovery); !done) return done.error();
  discovery.known = {.groups = true, .core = true};
  return discovery;
}

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
      CHECK_FALSE(found.too_old);
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
    found.known.core = false;
    CHECK(found.resolve("", names({"v1"}), "pods").state == State::unknown);
  }

  TEST_CASE("the document of an older server says only that it is older") {
    CHECK(
        parse(R"({"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"apps"}]})")->too_old);
    CHECK(parse(R"({"kind":"APIVersions","versions":["v1"]})")->too_old);
  }

  TEST_CASE("anything else is an error") {
    CHECK(parse(R"({"kind":"Secret"})").error().message == "it is a Secret, no discovery document");
    CHECK(parse("[]").error().message == "it is a document without kind, no discovery document");
    CHECK(parse("{").error().message == "it ends after 1 bytes, before its JSON does");
  }

  TEST_CASE("SERVED gives a document for each resource that matches") {
    const Discovery found = parse(aggregated("v2")).value();
    const std::vector<std::string> deployments = {
        R"({"group":"apps","kind":"Deployment","resource":"deployments","version":"v1"})"};
    CHECK(*served_documents(found, "apps", names({"v1"}), "deployments") == deployments);
    CHECK(*served_documents(found, "*", {}, "") ==
          std::vector<std::string>{
              deployments[0],
              R"({"group":"apps","kind":"DaemonSet","resource":"daemonsets","version":"v1"})",
              R"({"group":"metrics.k8s.io","version":"v1beta1"})"});
    CHECK(served_documents(found, "apps", names({"v2"}), "")->empty());
    CHECK(served_documents(found, "kong", {}, "")->empty());
  }

  TEST_CASE("SERVED fails where it cannot know") {
    const Discovery found = parse(aggregated("v2")).value();
    CHECK(served_documents(found, "metrics.k8s.io", {}, "pods").error().message ==
          "the server of the API group metrics.k8s.io/v1beta1 does not answer, so whether it has "
          "pods is unknown: look at its APIService");
    Discovery old;
    old.too_old = true;
    CHECK(served_documents(old, "*", {}, "").error().message ==
          "the API server is older than 1.26 and has no aggregated discovery, so what it serves is "
          "unknown: upgrade it");
  }

  TEST_CASE("kinds built into Kubernetes need no discovery") {
    for (const char* group : {"", "apps", "batch", "networking.k8s.io", "storage.k8s.io"}) {
      CHECK(built_in_group(group));
    }
    CHECK_FALSE(built_in_group("gateway.networking.k8s.io"));
  }
}
