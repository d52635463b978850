// A job with a field nobody gets by default: an identifier, and one still in development.
#include <ktel/sdk/job.hpp>

using namespace ktel;

namespace {

enum : std::uint32_t { is_here, cluster_id, drafts_count };

constexpr ktel_read reads[] = {{.id = "nodes",
                                .verb = KTEL_READ_COUNT,
                                .scope = KTEL_CLUSTER,
                                .versions = "v1",
                                .resource = "nodes",
                                .why = "A field is made of a read."}};

constexpr ktel_field fields[] = {{.name = "is_here",
                                  .type = KTEL_T_BOOL,
                                  .sensitivity = KTEL_S_PRODUCT,
                                  .from = "nodes",
                                  .description = "Whether the job ran.",
                                  .example = "true",
                                  .absent_when = "It did not."},
                                 {.name = "cluster_id",
                                  .type = KTEL_T_TOKEN,
                                  .pattern = "[a-z]+",
                                  .max_length = 16,
                                  .sensitivity = KTEL_S_IDENTIFIER,
                                  .from = "nodes",
                                  .description = "Which cluster it is.",
                                  .example = "moon",
                                  .absent_when = "It is not known."},
                                 {.name = "drafts_count",
                                  .type = KTEL_T_COUNT,
                                  .sensitivity = KTEL_S_SCALE,
                                  .granularity = KTEL_G_EXACT,
                                  .unit = "{draft}",
                                  .from = "nodes",
                                  .description = "Drafts, which are always two.",
                                  .example = "2",
                                  .absent_when = "There are none.",
                                  .stability = KTEL_DEVELOPMENT}};

void tell(sdk::Run& run) {
  run.put(is_here, true);
  run.put(cluster_id, "moon");
  run.put(drafts_count, 2);
}

constexpr ktel_job jobs[] = {{.name = "tests-private",
                              .title = "A test",
                              .summary = "What an operator has to ask for.",
                              .question = "Is it withheld?",
                              .benefit = "It is.",
                              .owner = "team-tests",
                              .contact = "https://tests.example/telemetry",
                              .since = "1.0.0",
                              .expires = "2099-12-31",
                              KTEL_FIELDS(fields),
                              KTEL_READS(reads),
                              .run = sdk::executor<tell>}};
static_assert(sdk::check(jobs));

}  // namespace

KTEL_PLUGIN(.id = "io.tests.privacy", .version = "1.0.0", .summary = "Fields that are withheld",
            KTEL_JOBS(jobs));
