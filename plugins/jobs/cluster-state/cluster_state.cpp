// cluster-state: how large the cluster is, in five numbers.
//
// Counts alone: no object is handed to this plugin. Where a count is not known its field stays
// away. Each is one request, and none where another job lists the same objects.
#include <ktel/sdk/job.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace {

namespace sdk = ktel::sdk;

constexpr ktel_read reads[] = {
    {.id = "pods",
     .verb = KTEL_READ_COUNT,
     .versions = "v1",
     .resource = "pods",
     .why = "How many there are."},
    {.id = "services",
     .verb = KTEL_READ_COUNT,
     .versions = "v1",
     .resource = "services",
     .why = "How many there are."},
    {.id = "nodes",
     .verb = KTEL_READ_COUNT,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .why = "How many there are; free when another job lists them."},
    {.id = "namespaces",
     .verb = KTEL_READ_COUNT,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "namespaces",
     .why = "How many there are."},
    // One Ingress is there under every version that is served: it is counted under one.
    {.id = "ingresses",
     .verb = KTEL_READ_COUNT,
     .group = "networking.k8s.io",
     .versions = "v1 *",
     .resource = "ingresses",
     .why = "How many there are; free when another job lists them."},
};

constexpr ktel_field fields[] = {
    {.name = "pods_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{pod}",
     .from = "pods",
     .description = "Pods in all namespaces, finished ones included.",
     .example = "812",
     .absent_when = "Pods cannot be counted.",
     .alias = "k8s_pods_count",
     .metric = KTEL_M_GAUGE},
    {.name = "services_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{service}",
     .from = "services",
     .description = "Services in all namespaces, the API server's own included.",
     .example = "64",
     .absent_when = "Services cannot be counted.",
     .alias = "k8s_services_count",
     .metric = KTEL_M_GAUGE},
    {.name = "nodes_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{node}",
     .from = "nodes",
     .description = "Nodes of all roles, virtual and simulated ones included.",
     .example = "12",
     .absent_when = "Nodes cannot be counted.",
     .alias = "k8s_nodes_count",
     .metric = KTEL_M_GAUGE},
    {.name = "namespaces_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{namespace}",
     .from = "namespaces",
     .description = "Namespaces, the cluster's own included.",
     .example = "31",
     .absent_when = "Namespaces cannot be counted.",
     .alias = "k8s_namespaces_count",
     .metric = KTEL_M_GAUGE},
    {.name = "ingresses_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{ingress}",
     .from = "ingresses",
     .description = "Ingresses of the group networking.k8s.io in all namespaces, of every class.",
     .example = "40",
     .absent_when = "Ingresses are not served, or cannot be counted.",
     .alias = "k8s_ingresses_count",
     .metric = KTEL_M_GAUGE},
};

// A read and its field have the same place in their tables.
consteval bool fields_follow_reads() {
  if (std::size(fields) != std::size(reads)) return false;
  for (std::size_t i = 0; i < std::size(reads); ++i) {
    if (std::string_view(fields[i].from) != reads[i].id) return false;
  }
  return true;
}
static_assert(fields_follow_reads());

void collect(sdk::Run& run) {
  for (std::uint32_t i = 0; i < std::size(reads); ++i) {
    if (const auto count = run.count(i)) run.put(i, *count);
  }
}

constexpr ktel_job jobs[] = {
    {.name = "cluster-state",
     .title = "Size of the cluster",
     .summary = "How many pods, services, nodes, namespaces and Ingresses there are.",
     .question = "At which sizes must the product stay fast?",
     .benefit = "Each release is tested at the size you run.",
     .owner = "team-platform",
     .contact = "https://ktel.io/telemetry",
     .since = "0.1.0",
     .expires = "2028-06-30",
     .stability = KTEL_STABLE,
     .flags = KTEL_JOB_REENTRANT,
     .timeout_ms = 10'000,
     KTEL_FIELDS(fields),
     KTEL_READS(reads),
     .run = sdk::executor<collect>}};
static_assert(sdk::check(jobs));

}  // namespace

KTEL_PLUGIN(.id = "io.ktel.cluster-state", .version = "0.1.0", .vendor = "ktel",
            .summary = "How large the cluster is", .license = "Apache-2.0", KTEL_JOBS(jobs));
