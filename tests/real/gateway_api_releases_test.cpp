// The definitions of Gateway API as three of its releases publish them, in both channels.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "real/cluster.hpp"
#include "real/crds.hpp"
#include "real/jobs_run.hpp"

using namespace ktel;

namespace {

// What a release and channel serves beyond the frequent kinds, and in which versions.
struct Row {
  const char* release;
  const char* channel;
  const char* versions;
  std::vector<std::string> kinds;   // of gateway-api
  std::vector<std::string> routes;  // of routes
};
const Row rows[] = {
    {"v1.4.1", "standard", R"(["v1","v1beta1"])", {}, {}},
    {"v1.4.1",
     "experimental",
     R"(["v1","v1alpha2","v1alpha3","v1beta1"])",
     {"listenersets", "tcproutes", "tlsroutes", "udproutes"},  // the first as XListenerSets
     {"TCPRoute", "TLSRoute", "UDPRoute"}},
    {"v1.5.1", "standard", R"(["v1","v1beta1"])", {"listenersets", "tlsroutes"}, {"TLSRoute"}},
    {"v1.5.1",
     "experimental",
     R"(["v1","v1alpha2","v1alpha3","v1beta1"])",
     {"listenersets", "tcproutes", "tlsroutes", "udproutes"},
     {"TCPRoute", "TLSRoute", "UDPRoute"}},
    {"v1.6.3",
     "standard",
     R"(["v1","v1beta1"])",
     {"listenersets", "tcproutes", "tlsroutes", "udproutes"},
     {"TCPRoute", "TLSRoute", "UDPRoute"}},
    {"v1.6.3",
     "experimental",
     R"(["v1","v1alpha2","v1alpha3","v1beta1"])",
     {"listenersets", "tcproutes", "tlsroutes", "udproutes"},
     {"TCPRoute", "TLSRoute", "UDPRoute"}},
};

std::map<std::string, std::string> expected(const Row& row) {
  std::map<std::string, std::string> fields = {
      {"gateway-api.installed", "true"},
      {"gateway-api.bundle_version", "\"" + std::string(row.release) + "\""},
      {"gateway-api.channel", "\"" + std::string(row.channel) + "\""},
      {"gateway-api.served_versions", row.versions}};
  for (const char* kind :
       {"gatewayclasses", "gateways", "httproutes", "grpcroutes", "referencegrants",
        "backendtlspolicies", "kong_gatewayclasses", "kong_gateways", "kong_unmanaged_gateways",
        "kong_programmed_gateways", "kong_attached_routes"}) {
    fields["gateway-api." + std::string(kind) + "_count"] = "0";
  }
  for (const std::string& kind : row.kinds) fields["gateway-api." + kind + "_count"] = "0";
  for (const char* type : {"Ingress", "HTTPRoute", "GRPCRoute"}) {
    fields["routes.routes_count." + std::string(type)] = "0";
  }
  for (const std::string& type : row.routes) fields["routes.routes_count." + type] = "0";
  return fields;
}

}  // namespace

TEST_SUITE_BEGIN("real/gateway_api_releases");

TEST_CASE("each release is known by its definitions, and each of its kinds is counted") {
  test::Cluster cluster;
  const auto kubeconfig = cluster.kubeconfig(cluster.admin_token());
  for (const Row& row : rows) {
    const std::string set = "gateway-api-" + std::string(row.release) + "-" + row.channel;
    CAPTURE(set);
    test::load_crds(cluster, {set});

    const auto run = test::run_jobs(kubeconfig, {"--jobs", "gateway-api,routes"});

    CHECK(run.entries == expected(row));
    CHECK(run.findings.empty());
    test::remove_crds(cluster);
  }
}

TEST_SUITE_END();
