// All jobs in one run on a real API server: where each finds something, and where none does.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "real/catalog_cluster.hpp"
#include "real/cluster.hpp"
#include "real/jobs_run.hpp"

using namespace ktel;

namespace {

using Lines = std::vector<std::string>;

std::vector<std::string> all_jobs(const std::vector<std::string>& more = {}) {
  std::vector<std::string> options = {"--jobs", "all"};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

TEST_SUITE_BEGIN("real/catalog");

TEST_CASE("every job reports what is in a cluster with everything") {
  test::Cluster cluster;
  test::install_catalog(cluster);

  const auto run = test::run_jobs(cluster.kubeconfig(cluster.admin_token()),
                                  all_jobs(test::where_the_product_runs()));

  MESSAGE(run.requests << " requests, " << run.bytes << " bytes read; a report of "
                       << run.report.size() << " bytes:\n"
                       << run.lines());
  CHECK(run.lines() ==
        R"(cluster-state {"nodes_count":2,"pods_count":7,"services_count":8}
gateway-api {"backendtlspolicies_count":1,"bundle_version":"v1.6.3","channel":"standard","gatewayclasses_count":2,"gateways_count":3,"grpcroutes_count":1,"httproutes_count":3,"installed":true,"kong_attached_routes_count":3,"kong_gatewayclasses_count":1,"kong_gateways_count":2,"kong_programmed_gateways_count":1,"kong_unmanaged_gateways_count":2,"listenersets_count":1,"referencegrants_count":1,"served_versions":["v1","v1beta1"],"tcproutes_count":1,"tlsroutes_count":1,"udproutes_count":0}
identify-deployment {"chart_version":"2.8.0","controller_version":"2.3.1","database":"off","gateway_version":"2.8.0","installations_count":1,"last-update":"2022-05-03 08:46:22","lifecycle":"helm","topology":"classic","version":"2.8.0"}
identify-platform {"arch":"amd64","cloud":"gcp","distribution":"gke","kubernetes_version":"v1.36.0","management":"none","nodes_by_arch":{"amd64":2},"nodes_by_os":{"linux":2},"os":"linux","provider":"GKE"}
ingress {"ingresses_by_written_version":{"networking.k8s.io/v1":4},"ingresses_count":4,"kong_ingresses_by_mark":{"annotation":1,"class_name":1,"default_class":1},"kong_ingresses_count":3,"served_versions":["networking.k8s.io/v1"]}
knative {"components":["serving"],"default_class":"kong","ingresses_by_class":{"kong":2,"kourier":1},"installed":true,"kong_ingresses_count":2,"services_count":2,"serving_version":"1.15.2"}
kong-plugins {"cluster_plugins_count":1,"plugin_bindings_count":1,"plugin_installations_count":1,"plugins_count":2}
routes {"routes_count":{"GRPCRoute":1,"HTTPRoute":3,"Ingress":4,"KnativeIngress":3,"KongRoute":1,"TCPIngress":1,"TCPRoute":1,"TLSRoute":1,"UDPIngress":0,"UDPRoute":0}}
service-mesh {"asked_by_pod":[],"data_planes":["native-sidecar"],"deployed":["istio"],"deployed_by_configuration":[],"deployed_by_namespace":["istio"],"deployed_by_resource":["istio"],"deployed_by_service":["istio"],"member_by_annotation":["istio"],"member_by_init_container":["istio"],"member_by_namespace":["istio"],"member_by_sidecar":["istio"],"member_of":["istio"],"mesh_services_count":{"istio":3},"meshed_services_count":3,"node_agents":["istio-cni"],"services_count":8}
)");
  CHECK(run.findings == Lines{});
  CHECK(run.not_ok.empty());

  // As many as the server counted. Twice is asked for Pods, whose count does not wait for a list
  // that is made only where EndpointSlices are, and for Namespaces, of which one job needs but one.
  std::set<std::string> asked;
  Lines again;
  std::size_t requests = 0;
  for (const auto& request : cluster.requests_of("admin")) {
    if (!request.user_agent.starts_with("ktel/")) continue;
    ++requests;
    const std::string what = request.uri.substr(0, request.uri.find('?'));
    if (!asked.insert(what).second) again.push_back(what);
  }
  std::sort(again.begin(), again.end());
  CHECK(requests == run.requests);
  CHECK(again == Lines{"/api/v1/namespaces", "/api/v1/pods"});
}

TEST_CASE("a bare cluster gives no error and no invented zero") {
  test::Cluster cluster;

  const auto run = test::run_jobs(cluster.kubeconfig(cluster.admin_token()), all_jobs());

  // What is counted is served; nodes are none, and the one Service is the API server's own.
  CHECK(run.lines() ==
        R"(cluster-state {"nodes_count":0,"pods_count":0,"services_count":1}
gateway-api {"installed":false}
identify-deployment {"installations_count":0,"lifecycle":"none"}
identify-platform {"arch":"amd64","cloud":"unknown","distribution":"unknown","kubernetes_version":"v1.36.0","management":"none","os":"linux","provider":"UNKNOWN"}
ingress {"ingresses_count":0,"kong_ingresses_count":0,"served_versions":["networking.k8s.io/v1"]}
knative {"installed":false}
routes {"routes_count":{"Ingress":0}}
service-mesh {"deployed":[],"deployed_by_configuration":[],"deployed_by_namespace":[],"deployed_by_resource":[],"deployed_by_service":[],"meshed_services_count":0,"node_agents":[],"services_count":1}
)");
  CHECK(run.findings == Lines{});
  CHECK(run.not_ok.empty());
}

TEST_SUITE_END();
