// What a run of all jobs costs on a cluster of many pods: requests, counted at the server, and
// memory.
//
// Kong's own kinds are served, as its chart brings them. Each kind that is served and read is a
// request: other kinds come on top, and IngressClasses where there are Ingresses.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "real/cluster.hpp"
#include "real/crds.hpp"
#include "real/jobs_run.hpp"
#include "real/kong_cluster.hpp"
#include "support/http.hpp"
#include "support/process.hpp"

using namespace ktel;

namespace {

constexpr int connections = 8;
constexpr int endpoints_of_a_slice = 100;

// A pod of a Deployment, with a sidecar: what most pods of a cluster look like, only shorter.
std::string pod(int i) {
  return R"({"metadata":{"name":"web-)" + std::to_string(i) +
         R"(","labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1"},)"
         R"({"name":"istio-proxy","image":"istio/proxyv2"}]}})";
}

// A slice of that Service with the pods from `first` on, as the controller cuts them.
std::string slice(int first) {
  std::string endpoints;
  for (int i = first; i < first + endpoints_of_a_slice; ++i) {
    endpoints += (i == first ? "" : ",") +
                 (R"({"addresses":["10.1.0.1"],"targetRef":{"kind":"Pod","namespace":"default",)"
                  R"("name":"web-)" +
                  std::to_string(i) + R"("}})");
  }
  return R"({"metadata":{"name":"web-)" + std::to_string(first) +
         R"(","labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4","endpoints":[)" +
         endpoints + "]}";
}

void create_pods(const test::Cluster& cluster, int first, int end) {
  test::HttpClient http(cluster.url());
  const auto create = [&](const std::string& path, const std::string& object) {
    const auto answer = http.send({.path = path,
                                   .headers = {"Authorization: Bearer " + cluster.admin_token(),
                                               "Content-Type: application/json"},
                                   .body = object,
                                   .ca = cluster.ca_pem()});
    CHECK_MESSAGE(answer.status == 201, path, ": ", answer.body);
  };
  for (int i = first; i < end; ++i) {
    create("/api/v1/namespaces/default/pods", pod(i));
    if (i % endpoints_of_a_slice != 0) continue;
    create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice(i));
  }
}

// The pods from `first` to `end`, each behind the Service.
void fill(test::Cluster& cluster, int first, int end) {
  const int each = (end - first) / connections;
  std::vector<std::jthread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&cluster, first, each, i] {
      create_pods(cluster, first + each * i, first + each * (i + 1));
    });
  }
}

void create_service(test::Cluster& cluster) {
  cluster.create("/api/v1/namespaces/default/services",
                 R"({"metadata":{"name":"web"},"spec":{"ports":[{"port":80}]}})");
}

// Of a run of all jobs, the least of five: what lies above it is how the threads happened to share
// out their heaps. GNU time starts it: the peak of a process counts from
// its fork, and a test program is larger than ktel.
std::int64_t peak_kib(const std::filesystem::path& kubeconfig, std::int64_t pods) {
  std::vector<std::int64_t> peaks;
  for (int i = 0; i < 5; ++i) {
    const test::TempDir home("ktel-many-pods");
    test::RunOptions options;
    options.unset = {"DO_NOT_TRACK", "KTEL_TELEMETRY"};
    options.env = {{"HOME", home.path()}, {"XDG_CACHE_HOME", home / "cache"}};
    const test::RunResult done =
        test::run({"/usr/bin/time", "-f", "%M", "-o", home / "peak", KTEL_PROGRAM, "workflows",
                   "run", "--kubeconfig", kubeconfig, "--jobs", "all", "--dry-run"},
                  options);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    const std::string count = "\"pods_count\":" + std::to_string(pods);
    REQUIRE_MESSAGE(done.out.find(count) != std::string::npos, done.out);
    peaks.push_back(std::stoll(test::read_file(home / "peak")));
  }
  return *std::min_element(peaks.begin(), peaks.end());
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
  create_service(cluster);
  constexpr int pods = 5000;
  fill(cluster, 0, pods);

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

TEST_CASE("the peak of all jobs hardly grows with the number of pods") {
  test::Cluster cluster;
  create_service(cluster);
  const auto kubeconfig = cluster.kubeconfig(cluster.admin_token());
  constexpr std::int64_t few = 2000;
  constexpr std::int64_t many = 12000;

  fill(cluster, 0, few);
  const std::int64_t before = peak_kib(kubeconfig, few);
  fill(cluster, few, many);
  const std::int64_t after = peak_kib(kubeconfig, many);

  const std::int64_t bytes_a_pod = (after - before) * 1024 / (many - few);
  MESSAGE(before << " KiB for " << few << " pods, " << after << " KiB for " << many << ": "
                 << bytes_a_pod << " bytes a pod");
  CHECK(bytes_a_pod <= 100);
  CHECK(after <= 64 * 1024);
}

TEST_SUITE_END();
