// All jobs in one run on a real API server: where each finds something, and where none does.
#include <doctest/doctest.h>

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "real/catalog_cluster.hpp"
#include "real/cluster.hpp"
#include "real/jobs_run.hpp"

using namespace ktel;

namespace {

namespace json = boost::json;
using Lines = std::vector<std::string>;

std::vector<std::string> all_jobs(const std::vector<std::string>& more = {}) {
  std::vector<std::string> options = {"--jobs", "all"};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[sizeof "2026-01-01 00:00:00"];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
  return text;
}

std::string between(const std::string& line, const std::string& before, const std::string& after) {
  const std::size_t begin = line.find(before) + before.size();
  return line.substr(begin, line.find(after, begin) - begin);
}

// What feature-flags says of Kubernetes, from the server's metrics without a parser for them:
//   kubernetes_feature_enabled{name="WatchList",stage="BETA"} 1
std::string kubernetes_gates(test::Cluster& cluster) {
  const json::value declared =
      json::parse(test::ktel_output({"jobs", "describe", "feature-flags", "-o", "json"}));
  const json::object& known = declared.at("fields").at("kubernetes").at("keys").as_object();
  std::map<std::string, bool> gates;
  std::map<std::string, int> enabled;
  std::istringstream metrics(cluster.request("GET", "/metrics").body);
  for (std::string line; std::getline(metrics, line);) {
    if (!line.starts_with("kubernetes_feature_enabled{")) continue;
    const std::string name = between(line, "name=\"", "\"");
    const std::string stage = between(line, "stage=\"", "\"");
    const bool on = line.ends_with(" 1");
    if (known.contains(name)) gates[name] = on;
    if (name == "AllAlpha" || name == "AllBeta") continue;  // switches
    std::string key = stage.empty() ? "stable" : stage;
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    enabled[key] += on ? 1 : 0;
  }
  return "\"kubernetes\":" + json::serialize(json::value_from(gates)) +
         ",\"kubernetes_enabled_count\":" + json::serialize(json::value_from(enabled));
}

// Line by line, so that a difference can be found.
void check_lines(const std::string& text, const std::string& expected) {
  std::istringstream lines(text);
  std::istringstream wanted(expected);
  for (std::string line, want; std::getline(wanted, want);) {
    std::getline(lines, line);
    CHECK(line == want);
  }
  std::string more;
  CHECK_FALSE(std::getline(lines, more));
}

// The resource and the selectors of a request.
std::string asked_for(const std::string& uri) {
  std::istringstream parts(uri.substr(std::min(uri.find('?') + 1, uri.size())));
  std::string what = uri.substr(0, uri.find('?'));
  for (std::string part; std::getline(parts, part, '&');) {
    if (part.find("Selector=") != part.npos) what += " " + part;
  }
  return what;
}

}  // namespace

TEST_SUITE_BEGIN("real/catalog");

TEST_CASE("every job reports what is in a cluster with everything") {
  test::Cluster cluster;
  const std::string begin = now();
  test::install_catalog(cluster);

  const auto kubeconfig = cluster.kubeconfig(cluster.admin_token());
  const auto options = all_jobs(test::where_the_product_runs());
  const auto run = test::run_jobs(kubeconfig, options);

  MESSAGE(run.requests << " requests, " << run.bytes << " bytes read; a report of "
                       << run.report.size() << " bytes:\n"
                       << run.lines());
  // Objects are as old as this test: the server alone says when they were written.
  const std::string written = run.fields.at("configuration.last_object_change");
  CHECK(written >= "\"" + begin);
  CHECK(written <= "\"" + now() + "\"");
  check_lines(
      run.lines(),
      R"(cluster-state {"ingresses_count":4,"namespaces_count":8,"nodes_count":2,"pods_count":7,"services_count":8}
configuration {"last_change":"2022-05-03 08:47:00","last_fallback":"2022-05-03 08:46:51","last_object_change":)" +
          written +
          R"(,"last_refusal":"2022-05-03 08:46:50","last_state_change":"2022-05-03 08:46:22"}
feature-flags {"controller":{"Gateway":true,"Knative":false},"controller_set_by":["argument"],"gateway_service_discovery":false,"konnect_sync":false,)" +
          kubernetes_gates(cluster) + R"(}
gateway-api {"backendtlspolicies_count":1,"bundle_version":"v1.6.3","channel":"standard","gatewayclasses_count":2,"gateways_count":3,"grpcroutes_count":1,"httproutes_count":3,"installed":true,"kong_attached_routes_count":3,"kong_gatewayclasses_count":1,"kong_gateways_count":2,"kong_programmed_gateways_count":1,"kong_unmanaged_gateways_count":2,"listenersets_count":1,"referencegrants_count":1,"served_versions":["v1","v1beta1"],"tcproutes_count":1,"tlsroutes_count":1,"udproutes_count":0}
identify-deployment {"chart_version":"2.8.0","controller_version":"2.3.1","database":"off","gateway_version":"2.8.0","installations_count":1,"last-update":"2022-05-03 08:46:22","lifecycle":"helm","topology":"classic","version":"2.8.0"}
identify-platform {"arch":"amd64","cloud":"gcp","distribution":"gke","kubernetes_release":"v1.36.0","kubernetes_version":"v1.36.0","management":"none","nodes_by_arch":{"amd64":2},"nodes_by_os":{"linux":2},"os":"linux","provider":"GKE"}
ingress {"ingresses_by_written_version":{"networking.k8s.io/v1":4},"ingresses_count":4,"kong_ingresses_by_mark":{"annotation":1,"class_name":1,"default_class":1},"kong_ingresses_count":3,"served_versions":["networking.k8s.io/v1"]}
knative {"components":["serving"],"default_class":"kong","ingresses_by_class":{"kong":2,"kourier":1},"installed":true,"kong_ingresses_count":2,"services_count":2,"serving_version":"1.15.2"}
kong-plugins {"cluster_plugins_count":1,"plugin_bindings_count":1,"plugin_installations_count":1,"plugins_count":2}
routes {"routes_count":{"GRPCRoute":1,"HTTPRoute":3,"Ingress":4,"KnativeIngress":3,"KongRoute":1,"TCPIngress":1,"TCPRoute":1,"TLSRoute":1,"UDPIngress":0,"UDPRoute":0}}
service-mesh {"asked_by_pod":[],"data_planes":["native-sidecar"],"deployed":["istio"],"deployed_by_configuration":[],"deployed_by_namespace":["istio"],"deployed_by_resource":["istio"],"deployed_by_service":["istio"],"member_by_annotation":["istio"],"member_by_init_container":["istio"],"member_by_namespace":["istio"],"member_by_sidecar":["istio"],"member_of":["istio"],"mesh_services_count":{"istio":3},"meshed_services_count":3,"node_agents":["istio-cni"],"services_count":8}
)");
  CHECK(run.findings == Lines{});
  CHECK(run.not_ok.empty());

  // As many as the server counted, and nothing is asked for twice.
  std::set<std::string> asked;
  std::string again;
  std::size_t requests = 0;
  for (const auto& request : cluster.requests_of("admin")) {
    if (!request.user_agent.starts_with("ktel/")) continue;
    ++requests;
    const std::string what = asked_for(request.uri);
    if (!asked.insert(what).second) again += what + "\n";
  }
  CHECK(requests == run.requests);
  CHECK(again == "");
  CHECK(requests <= 46);  // one for each kind that is served here and asked after

  check_lines(test::run_jobs_on_snapshot(kubeconfig, options).lines(), run.lines());
}

TEST_CASE("a bare cluster gives no error and no invented zero") {
  test::Cluster cluster;

  const auto kubeconfig = cluster.kubeconfig(cluster.admin_token());
  const auto run = test::run_jobs(kubeconfig, all_jobs());

  // What is counted is served. The Service and the Namespaces are the API server's own.
  check_lines(
      run.lines(),
      R"(cluster-state {"ingresses_count":0,"namespaces_count":4,"nodes_count":0,"pods_count":0,"services_count":1}
feature-flags {)" +
          kubernetes_gates(cluster) + R"(}
gateway-api {"installed":false}
identify-deployment {"installations_count":0,"lifecycle":"none"}
identify-platform {"arch":"amd64","cloud":"unknown","distribution":"unknown","kubernetes_release":"v1.36.0","kubernetes_version":"v1.36.0","management":"none","os":"linux","provider":"UNKNOWN"}
ingress {"ingresses_count":0,"kong_ingresses_count":0,"served_versions":["networking.k8s.io/v1"]}
knative {"installed":false}
routes {"routes_count":{"Ingress":0}}
service-mesh {"deployed":[],"deployed_by_configuration":[],"deployed_by_namespace":[],"deployed_by_resource":[],"deployed_by_service":[],"meshed_services_count":0,"node_agents":[],"services_count":1}
)");
  CHECK(run.findings == Lines{});
  CHECK(run.not_ok.empty());
  check_lines(test::run_jobs_on_snapshot(kubeconfig, all_jobs()).lines(), run.lines());
}

TEST_SUITE_END();
