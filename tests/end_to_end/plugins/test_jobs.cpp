// Jobs that do one thing each: report, count what was read, fail, throw, put a wrong type.
#include <ktel/sdk/job.hpp>

#include <stdexcept>

using namespace ktel;

namespace {

enum : std::uint32_t { nodes };
enum : std::uint32_t { items_count, is_ready };

constexpr ktel_read reads[] = {{.id = "nodes",
                                .verb = KTEL_READ_COUNT,
                                .scope = KTEL_CLUSTER,
                                .versions = "v1",
                                .resource = "nodes",
                                .why = "A field is made of a read."}};

constexpr ktel_field fields[] = {{.name = "items_count",
                                  .type = KTEL_T_COUNT,
                                  .sensitivity = KTEL_S_SCALE,
                                  .granularity = KTEL_G_EXACT,
                                  .unit = "{item}",
                                  .from = "nodes",
                                  .description = "Items, which are always three.",
                                  .example = "3",
                                  .absent_when = "There are none."},
                                 {.name = "is_ready",
                                  .type = KTEL_T_BOOL,
                                  .sensitivity = KTEL_S_PRODUCT,
                                  .from = "nodes",
                                  .description = "Whether all items are ready.",
                                  .example = "true",
                                  .absent_when = "It is not known."}};

constexpr ktel_read pod_reads[] = {{.id = "pods",
                                    .verb = KTEL_READ_COUNT,
                                    .versions = "v1",
                                    .resource = "pods",
                                    .why = "Counts pods."}};

constexpr ktel_field pod_fields[] = {{.name = "pods_count",
                                      .type = KTEL_T_COUNT,
                                      .sensitivity = KTEL_S_SCALE,
                                      .granularity = KTEL_G_EXACT,
                                      .unit = "{pod}",
                                      .from = "pods",
                                      .description = "Pods in all namespaces.",
                                      .example = "2",
                                      .absent_when = "Pods cannot be listed."}};

void count(sdk::Run& run) {
  run.put(items_count, 3);
  run.put(is_ready, true);
}

void count_pods(sdk::Run& run) {
  if (const auto pods = run.count(0)) run.put(0, static_cast<std::int64_t>(*pods));
}

sdk::Status fail(sdk::Run& run) { return run.fail("the moon is in the way"); }

void throw_it(sdk::Run&) { throw std::runtime_error("thrown by the job"); }

void mistype(sdk::Run& run) { run.put(items_count, "three"); }

constexpr ktel_job job(const char* name, ktel_executor run) {
  return {.name = name,
          .title = "A test",
          .summary = "What a test needs.",
          .question = "Does it work?",
          .benefit = "It works.",
          .owner = "team-tests",
          .contact = "https://tests.example/telemetry",
          .since = "1.0.0",
          .expires = "2099-12-31",
          KTEL_FIELDS(fields),
          KTEL_READS(reads),
          .run = run};
}

constexpr ktel_job pods_job() {
  ktel_job with_pods = job("tests-pods", sdk::executor<count_pods>);
  with_pods.fields = pod_fields;
  with_pods.field_count = 1;
  with_pods.reads = pod_reads;
  return with_pods;
}

constexpr ktel_job jobs[] = {
    job("tests-count", sdk::executor<count>), pods_job(), job("tests-fails", sdk::executor<fail>),
    job("tests-throws", sdk::executor<throw_it>), job("tests-mistypes", sdk::executor<mistype>)};
static_assert(sdk::check(jobs));

}  // namespace

KTEL_PLUGIN(.id = "io.tests.jobs", .version = "1.0.0", .summary = "Jobs for tests",
            KTEL_JOBS(jobs));
