// Objects as nobody should write them, one of each kind in a cluster: each costs at most what it
// would have contributed itself.
#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <string>
#include <vector>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

namespace js = boost::json;

struct Kind {
  const char* api_version;
  const char* kind;
  const char* resource;
};
constexpr Kind kinds[] = {
    {"v1", "Pod", "pods"},
    {"v1", "Node", "nodes"},
    {"v1", "Service", "services"},
    {"v1", "Namespace", "namespaces"},
    {"apps/v1", "Deployment", "deployments"},
    {"apps/v1", "DaemonSet", "daemonsets"},
    {"apps/v1", "StatefulSet", "statefulsets"},
    {"networking.k8s.io/v1", "Ingress", "ingresses"},
    {"networking.k8s.io/v1", "IngressClass", "ingressclasses"},
    {"configuration.konghq.com/v1", "KongPlugin", "kongplugins"},
    {"discovery.k8s.io/v1", "EndpointSlice", "endpointslices"},
    {"gateway.networking.k8s.io/v1", "Gateway", "gateways"},
    {"gateway.networking.k8s.io/v1", "GatewayClass", "gatewayclasses"},
    {"gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes"},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"}};

// Everything but its type and name.
struct Bad {
  const char* what;
  std::string metadata;  // ", ..." behind the name
  std::string rest;      // ", ..." behind the metadata
};

std::string deep(int levels) {
  std::string text = "1";
  for (int i = 0; i < levels; ++i)
    text = (i % 2 == 0 ? "[" : "{\"a\":") + text + (i % 2 == 0 ? "]" : "}");
  return text;
}

std::string many_labels() {
  std::string text = "\"a\":\"b\"";
  for (int i = 0; i < 10'000; ++i)
    text += ",\"cloud.google.com/gke-" + std::to_string(i) + "\":\"x\"";
  return text;
}

std::vector<Bad> bad_objects() {
  const auto members = [](const std::string& value) {
    std::string text;
    for (const char* name :
         {"spec", "status", "data", "endpoints", "ports", "controller", "addressType"}) {
      text += ", \"" + std::string(name) + "\": " + value;
    }
    return text;
  };
  const auto within = [](const std::string& value) {
    return R"(, "spec": {"template": )" + value + R"(, "containers": )" + value +
           R"(, "listeners": [)" + value + R"(], "versions": )" + value + R"(, "rules": [)" +
           value + R"(], "parentRefs": )" + value + R"(}, "status": {"conditions": )" + value +
           R"(, "nodeInfo": )" + value + R"(, "listeners": )" + value + "}";
  };
  const auto about = [](const std::string& value) {
    return R"(, "labels": )" + value + R"(, "annotations": )" + value + R"(, "managedFields": )" +
           value + R"(, "ownerReferences": )" + value + R"(, "creationTimestamp": )" + value;
  };
  return {
      {"nothing", "", ""},
      {"null", about("null"), members("null")},
      {"null within", about("[null]"), within("null")},
      {"numbers", about("7"), members("7")},
      {"numbers within", about("7"), within("7.5")},
      {"texts", about("\"x\""), members("\"x\"")},
      {"texts within", about("[\"x\"]"), within("\"x\"")},
      {"lists of lists", about("[[[]]]"), within("[[[1]]]")},
      {"1 MB of annotation",
       R"(, "annotations": {"kubernetes.io/ingress.class": ")" + std::string(1u << 20, 'x') + "\"}",
       ""},
      {"10,000 labels", ", \"labels\": {" + many_labels() + "}", ""},
      {"200 deep", "", ", \"spec\": " + deep(200) + ", \"status\": " + deep(200)}};
}

void add_to(js::value& served, const Kind& kind) {
  const std::string at = kind.api_version;
  const std::size_t slash = at.find('/');
  served.as_array().push_back({{"group", slash == at.npos ? "" : at.substr(0, slash)},
                               {"version", slash == at.npos ? at : at.substr(slash + 1)},
                               {"resource", kind.resource},
                               {"kind", kind.kind}});
}

// The demo's cluster with Gateway API, and with `bad` of each kind, which may be of no type at all.
test::RunResult report(const Bad* bad) {
  const test::User user;
  const auto cluster = user.home() / "cluster";
  std::filesystem::copy(KTEL_DEMO, cluster, std::filesystem::copy_options::recursive);
  js::value served = js::parse(test::read_file(cluster / "_reads/served.json"));
  for (const Kind& kind : kinds) {
    add_to(served, kind);
    if (bad == nullptr) continue;
    user.home().write("cluster/bad-" + std::string(kind.resource) + ".json",
                      std::string(R"({"apiVersion": ")") + kind.api_version + R"(", "kind": ")" +
                          kind.kind + R"(", "metadata": {"name": "bad", "namespace": "bad")" +
                          bad->metadata + "}" + bad->rest + "}");
  }
  user.home().write("cluster/_reads/served.json", js::serialize(served));
  const auto r =
      user.ktel({"workflows", "run", "--jobs", "all", "--snapshot", "cluster", "--dry-run"});
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK_MESSAGE(r.err.find("error") == std::string::npos, r.err);
  CHECK_MESSAGE(r.err.find("FAILED") == std::string::npos, r.err);
  return r;
}

// "job.field" and "job.field.key": value.
std::map<std::string, js::value> fields_of(const std::string& report) {
  std::map<std::string, js::value> all;
  const js::value whole = js::parse(report);
  for (const auto& [job, part] : whole.as_object()) {
    for (const auto& [field, value] : part.as_object()) {
      const std::string name = std::string(job) + "." + std::string(field);
      if (!value.is_object()) {
        all[name] = value;
        continue;
      }
      for (const auto& [key, entry] : value.get_object())
        all[name + "." + std::string(key)] = entry;
    }
  }
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/bad_objects");

TEST_CASE("a bad object of each kind counts as one object, and nothing else changes") {
  const auto good = fields_of(report(nullptr).out);
  REQUIRE(good.size() > 50);
  for (const Bad& bad : bad_objects()) {
    CAPTURE(bad.what);
    const auto r = report(&bad);
    const auto with = fields_of(r.out);
    CHECK(with.at("cluster-state.pods_count").get_int64() ==
          good.at("cluster-state.pods_count").get_int64() + 1);
    const bool said = r.err.find(
                          "ktel: warning: ingress: ingresses.networking.k8s.io: 1 object is "
                          "left out, with more than a cell holds ") != std::string::npos;
    CHECK(said == (std::string(bad.what) == "1 MB of annotation"));
    for (const auto& [name, value] : good) {
      CAPTURE(name);
      REQUIRE(with.contains(name));
      const js::value& now = with.at(name);
      const bool one_more =
          value.is_int64() && now.is_int64() &&
          (now.get_int64() == value.get_int64() || now.get_int64() == value.get_int64() + 1);
      CHECK_MESSAGE((now == value || one_more), js::serialize(value)
                                                    << " became " << js::serialize(now));
    }
    for (const auto& [name, value] : with) {
      // A key of a map that one object brings.
      CHECK_MESSAGE((good.contains(name) || value == js::value(1)),
                    name << " " << js::serialize(value));
    }
  }
}

TEST_SUITE_END();
