// Loads, and is full of what the telemetry standard calls mistakes: all that need no day to pass.
//
// The second job is refused, so that both kinds of findings meet in one plugin.
#include <ktel/sdk/job.hpp>

using namespace ktel;

namespace {

constexpr ktel_read reads[] = {{.id = "pods",
                                .verb = KTEL_READ_COUNT,
                                .versions = "v1",
                                .resource = "pods",
                                .why = "Counts them."},
                               {.id = "settings",
                                .verb = KTEL_READ_LIST,
                                .versions = "v1",
                                .resource = "configmaps",
                                .paths = "metadata.name data['mode']",
                                .why = "Looks for the mode."}};

constexpr ktel_label modes[] = {{"fast", "as fast as can be"}, {"safe", "one after the other"}};

constexpr ktel_field fields[] = {{.name = "pods",
                                  .type = KTEL_T_COUNT,
                                  .sensitivity = KTEL_S_SCALE,
                                  .granularity = KTEL_G_POW2,
                                  .unit = " ",
                                  .from = "pods",
                                  .description = "Pods.",
                                  .example = "812",
                                  .absent_when = " ",
                                  .expires = "2020-01-01"},
                                 {.name = "mode",
                                  .type = KTEL_T_ENUM,
                                  KTEL_VALUES(modes),
                                  .sensitivity = KTEL_S_ENVIRONMENT,
                                  .description = "What is done first, from the settings.",
                                  .example = "fast",
                                  .absent_when = "No settings are there.",
                                  .question = "The mode"},
                                 {.name = "node_name",
                                  .type = KTEL_T_TOKEN,
                                  .pattern = ".+",
                                  .max_length = 64,
                                  .sensitivity = KTEL_S_ENVIRONMENT,
                                  .from = "pods",
                                  .description = "Where the first of the pods runs.",
                                  .example = "10.0.0.1",
                                  .absent_when = "There is none."},
                                 {.name = "uptime_hours",
                                  .type = KTEL_T_DURATION,
                                  .sensitivity = KTEL_S_ACTIVITY,
                                  .unit = "s",
                                  .from = "pods",
                                  .description = "How long the oldest of the pods runs.",
                                  .example = "7200",
                                  .absent_when = "There is none."},
                                 {.name = "up_time_hours",
                                  .type = KTEL_T_DURATION,
                                  .sensitivity = KTEL_S_ACTIVITY,
                                  .unit = "s",
                                  .from = "pods",
                                  .description = "How long the newest of the pods runs.",
                                  .example = "\"long\"",
                                  .absent_when = "There is none."}};

constexpr ktel_read secrets[] = {{.id = "secrets",
                                  .verb = KTEL_READ_COUNT,
                                  .versions = "v1",
                                  .resource = "secrets",
                                  .why = "Counts them."}};

void tell(sdk::Run&) {}

constexpr ktel_job jobs[] = {{.name = "tests-lint",
                              .title = "A test",
                              .summary = "What is wrong with declarations.",
                              .question = "Is it found?",
                              .benefit = "It is.",
                              .owner = "team-tests",
                              .contact = "https://tests.example/telemetry",
                              .since = "1.0.0",
                              .expires = "2099-12-31",
                              KTEL_FIELDS(fields),
                              KTEL_READS(reads),
                              .run = sdk::executor<tell>},
                             {.name = "tests-secrets",
                              .title = "A test",
                              .summary = "What nobody may read.",
                              .question = "Is it refused?",
                              .benefit = "It is.",
                              .owner = "team-tests",
                              .contact = "https://tests.example/telemetry",
                              .since = "1.0.0",
                              .expires = "2099-12-31",
                              KTEL_FIELDS(fields),
                              KTEL_READS(secrets),
                              .run = sdk::executor<tell>}};

}  // namespace

KTEL_PLUGIN(.id = "io.tests.lint", .version = "1.0.0", .summary = "Mistakes", KTEL_JOBS(jobs));
