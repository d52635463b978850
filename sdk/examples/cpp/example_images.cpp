// example-images: how many pods there are, and how many containers they run.
//
// Asks for one path of every pod, so nothing else of a pod ever reaches this process.
#include <ktel/sdk/job.hpp>

using namespace ktel;

enum : std::uint32_t { pods };                          // reads, by index
enum : std::uint32_t { pods_count, containers_count };  // fields, by index

constexpr ktel_read reads[] = {{.id = "pods",
                                .verb = KTEL_READ_LIST,
                                .versions = "v1",
                                .resource = "pods",
                                .paths = "spec.containers[*].imagePullPolicy",
                                .why = "Counts pods and their containers."}};

constexpr ktel_field fields[] = {
    {.name = "pods_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{pod}",
     .from = "pods",
     .description = "Pods in all namespaces, finished ones included.",
     .example = "42",
     .absent_when = "Pods cannot be listed."},
    {.name = "containers_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{container}",
     .from = "pods",
     .description = "Containers of those pods, init containers left out.",
     .example = "57",
     .absent_when = "Pods cannot be listed."}};

void collect(sdk::Run& run) {
  std::int64_t containers = 0;
  const sdk::Status listed = run.each(
      pods, [&](sdk::Row pod) { containers += static_cast<std::int64_t>(pod.list(0).size()); });
  if (!listed) return;  // forbidden or failed: the host has said so, the fields stay absent

  if (const auto count = run.count(pods)) run.put(pods_count, static_cast<std::int64_t>(*count));
  run.put(containers_count, containers);
}

constexpr ktel_job jobs[] = {
    {.name = "example-images",
     .title = "Pods and containers",
     .summary = "How many pods there are and how many containers they run.",
     .question = "How many containers does a pod run?",
     .benefit = "Defaults are sized for pods like yours.",
     .owner = "team-example",
     .contact = "https://example.io/telemetry",
     .since = "1.0.0",
     .expires = "2028-06-30",
     KTEL_FIELDS(fields),
     KTEL_READS(reads),
     .run = sdk::executor<collect>}};

KTEL_PLUGIN(.id = "io.example.images", .version = "1.0.0", .summary = "Pods and containers",
            KTEL_JOBS(jobs));
static_assert(sdk::check(ktel_descriptor));
