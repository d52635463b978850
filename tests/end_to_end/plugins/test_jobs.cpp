// Jobs that do one thing each: report, read, fail, throw, find nothing.
#include <ktel/sdk/job.hpp>

#include <stdexcept>

using namespace ktel;

namespace {

enum : std::uint32_t { pods };
enum : std::uint32_t { items_count, is_ready };

constexpr ktel_field fields[] = {{.name = "items_count",
                                  .type = KTEL_T_COUNT,
                                  .sensitivity = KTEL_S_SCALE,
                                  .granularity = KTEL_G_EXACT,
                                  .unit = "{item}",
                                  .description = "Items.",
                                  .example = "3",
                                  .absent_when = "There are none."},
                                 {.name = "is_ready",
                                  .type = KTEL_T_BOOL,
                                  .sensitivity = KTEL_S_PRODUCT,
                                  .granularity = KTEL_G_EXACT,
                                  .description = "Whether all is ready.",
                                  .example = "true",
                                  .absent_when = "It is not known."}};

constexpr ktel_read reads[] = {{.id = "pods",
                                .verb = KTEL_READ_LIST,
                                .versions = "v1",
                                .resource = "pods",
                                .paths = "spec.containers[*].imagePullPolicy",
                                .why = "Counts pods."}};

constexpr ktel_field pod_fields[] = {{.name = "pods_count",
                                      .type = KTEL_T_COUNT,
                                      .sensitivity = KTEL_S_SCALE,
                                      .granularity = KTEL_G_EXACT,
                                      .unit = "{pod}",
                                      .from = "pods",
                                      .description = "Pods.",
                                      .example = "2",
                                      .absent_when = "Pods cannot be listed."}};

void count(sdk::Run& run) {
  run.put(items_count, 3);
  run.put(is_ready, true);
}

void count_pods(sdk::Run& run) {
  if (const auto n = run.count(pods)) run.put(0, static_cast<std::int64_t>(*n));
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
          .run = run};
}

constexpr ktel_job pods_job() {
  ktel_job with_reads = job("tests-pods", sdk::executor<count_pods>);
  with_reads.fields = pod_fields;
  with_reads.field_count = 1;
  with_reads.reads = reads;
  with_reads.read_count = 1;
  with_reads.read_stride = sizeof(ktel_read);
  return with_reads;
}

constexpr ktel_job jobs[] = {
    job("tests-count", sdk::executor<count>), pods_job(), job("tests-fails", sdk::executor<fail>),
    job("tests-throws", sdk::executor<throw_it>), job("tests-mistypes", sdk::executor<mistype>)};
static_assert(sdk::check(jobs));

}  // namespace

KTEL_PLUGIN(.id = "io.tests.jobs", .version = "1.0.0", .summary = "Jobs for tests",
            KTEL_JOBS(jobs));
