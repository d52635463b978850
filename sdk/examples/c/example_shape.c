/* example-shape: how many pods there are, and how many nodes of each processor architecture. */
#include <ktel/abi/plugin.h>

enum { PODS, NODES };               /* reads, by index */
enum { PODS_COUNT, NODES_BY_ARCH }; /* fields, by index */

static const ktel_read reads[] = {
    [PODS] = {.id = "pods",
              .verb = KTEL_READ_COUNT,
              .versions = "v1",
              .resource = "pods",
              .why = "Counts them."},
    [NODES] = {.id = "nodes",
               .verb = KTEL_READ_LIST,
               .scope = KTEL_CLUSTER,
               .versions = "v1",
               .resource = "nodes",
               .paths = "status.nodeInfo.architecture",
               .why = "Groups them by architecture."},
};

static const ktel_label archs[] = {
    {"amd64", "x86-64"}, {"arm64", "64-bit Arm"}, {"other", "any other"}};

static const ktel_field fields[] = {
    [PODS_COUNT] = {.name = "pods_count",
                    .type = KTEL_T_COUNT,
                    .sensitivity = KTEL_S_SCALE,
                    .granularity = KTEL_G_EXACT,
                    .unit = "{pod}",
                    .from = "pods",
                    .description = "Pods in all namespaces, finished ones included.",
                    .example = "812",
                    .absent_when = "Pods cannot be listed."},
    [NODES_BY_ARCH] = {.name = "nodes_by_arch",
                       .type = KTEL_T_MAP,
                       .item = KTEL_T_COUNT,
                       KTEL_VALUES(archs),
                       .other = "other",
                       .sensitivity = KTEL_S_SCALE,
                       .granularity = KTEL_G_EXACT,
                       .unit = "{node}",
                       .from = "nodes",
                       .description = "Nodes by the architecture their kubelet reports.",
                       .example = "{\"amd64\":3}",
                       .absent_when = "Nodes cannot be listed."},
};

static ktel_status on_node(void* call, const ktel_row* node) {
  return ((ktel_call*)call)->host->add(call, NODES_BY_ARCH, node->cells[0].str, 1);
}

static ktel_status run(ktel_call* call, void* self, const ktel_job* job) {
  const ktel_cluster* cluster = KTEL_SERVICE(call, cluster);
  uint64_t pods;
  (void)self, (void)job;
  if (cluster->count(call, PODS, &pods) == KTEL_OK) {
    ktel_put_i64(call, PODS_COUNT, (int64_t)pods);
  }
  /* Forbidden? Then no row comes, the field stays absent, and the host says why. */
  cluster->each(call, NODES, on_node, call);
  return KTEL_OK;
}

static const ktel_job jobs[] = {{.name = "example-shape",
                                 .title = "Size and shape of the cluster",
                                 .summary = "Pods, and nodes by architecture.",
                                 .question = "On which processors does the product run?",
                                 .benefit = "Your architecture stays in the test matrix.",
                                 .owner = "team-example",
                                 .contact = "https://example.io/telemetry",
                                 .since = "1.0.0",
                                 .expires = "2028-06-30",
                                 KTEL_FIELDS(fields),
                                 KTEL_READS(reads),
                                 .run = run}};

KTEL_PLUGIN(.id = "io.example.shape", .version = "1.0.0", .summary = "Shape of a cluster",
            KTEL_JOBS(jobs));
