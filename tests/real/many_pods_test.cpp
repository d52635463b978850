// A run of all jobs shares its reads: counted at the server, on a cluster with 5,000 pods.
//
// Kong's own kinds are served, as its chart brings them. Each kind that is served and read is a
// request: other kinds come on top, and IngressClasses where there are Ingresses.
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "real/cluster.hpp"
#include "real/crds.hpp"
#include "real/jobs_run.hpp"
#include "real/kong_cluster.hpp"
#include "support/http.hpp"

using namespace ktel;

namespace {

constexpr int pods = 5000;
constexpr int connections = 4;

// A pod of a Deployment, with a sidecar: what most pods of a cluster look like, only shorter.
std::string pod(int i) {
  return R"({"metadata":{"name":"web-)" + std::to_string(i) +
         R"(","labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1"},)"
         R"({"name":"istio-proxy","image":"istio/proxyv2"}]}})";
}

void create_pods(const test::Cluster& cluster, int first, int end) {
  test::HttpClient http(cluster.url());
  for (int i = first; i < end; ++i) {
    http.send({.path = "/api/v1/namespaces/default/pods",
               .headers = {"Authorization: Bearer " + cluster.admin_token(),
                           "Content-Type: application/json"},
               .body = pod(i),
               .ca = cluster.ca_pem()});
  }
}

void fill(test::Cluster& cluster) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&cluster, i] {
      create_pods(cluster, pods / connections * i, pods / connections * (i + 1));
    });
  }
}

}  // namespace

TEST_SUITE_BEGIN("real/many_pods");

TEST_CASE("all jobs on 5,000 pods make at most 25 requests") {
  test::Cluster cluster;
  test::load_crds(cluster, {"kong-ingress-controller"});
  test::install_kong(cluster);
  for (const char* name : {"edge-kong-1", "edge-kong-2", "job-done"}) {
    cluster.request("DELETE", "/api/v1/namespaces/kong/pods/" + std::string(name));
  }
  fill(cluster);
  cluster.create("/api/v1/namespaces/default/services",
                 R"({"metadata":{"name":"web"},"spec":{"ports":[{"port":80}]}})");
  cluster.create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", R"({
    "metadata":{"name":"web-a","labels":{"kubernetes.io/service-name":"web"}},
    "addressType":"IPv4",
    "endpoints":[{"addresses":["10.1.0.1"],"targetRef":{"kind":"Pod","name":"web-4999"}}]})");

  const auto run = test::run_jobs(cluster.kubeconfig(cluster.admin_token()), {"--jobs", "all"});

  CHECK(run.findings.empty());
  CHECK(run.fields.at("cluster-state.pods_count") == std::to_string(pods));
  CHECK(run.fields.at("service-mesh.mesh_services_count") == R"({"istio":1})");
  std::string asked;
  std::size_t requests = 0;
  for (const auto& request : cluster.requests_of("admin")) {
    if (!request.user_agent.starts_with("ktel/")) continue;
    ++requests;
    asked += "\n" + request.uri;
  }
  MESSAGE(requests << " requests, " << run.bytes << " bytes read:" << asked);
  CHECK(requests <= 25);
}

TEST_SUITE_END();
