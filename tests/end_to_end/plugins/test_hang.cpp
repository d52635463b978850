// A job that never comes back and looks at nothing. In a plugin of its own: the others go on.
#include <unistd.h>
#include <ktel/sdk/job.hpp>

using namespace ktel;

namespace {

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
                                  .description = "Items that are never counted.",
                                  .example = "3",
                                  .absent_when = "There are none."}};

void hang(sdk::Run& run) {
  run.log(KTEL_LOG_INFO, "hangs from here on");
  for (;;) ::pause();
}

constexpr ktel_job jobs[] = {{.name = "tests-hangs",
                              .title = "A test",
                              .summary = "Never comes back.",
                              .question = "Does it end?",
                              .benefit = "It does not.",
                              .owner = "team-tests",
                              .contact = "https://tests.example/telemetry",
                              .since = "1.0.0",
                              .expires = "2099-12-31",
                              .timeout_ms = 300,
                              KTEL_FIELDS(fields),
                              KTEL_READS(reads),
                              .run = sdk::executor<hang>}};
static_assert(sdk::check(jobs));

}  // namespace

KTEL_PLUGIN(.id = "io.tests.hangs", .version = "1.0.0", .summary = "A job that hangs",
            KTEL_JOBS(jobs));
