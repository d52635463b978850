// Runs ktel's jobs and one of its own in this process, and prints the report.
#include <ktel/abi/plugin.h>
#include <ktel/workflow.hpp>

#include <cstdio>

// clang-format off
// A job linked into the program: it says how many replicas the program runs itself.
static const ktel_field fields[] = {
    {.name = "replicas_count", .type = KTEL_T_COUNT, .sensitivity = KTEL_S_SCALE, .unit = "{replica}",
     .description = "Replicas of the service that embeds ktel.", .example = "3",
     .absent_when = "Never."}};
static ktel_status run(ktel_call* call, void*, const ktel_job*) noexcept {
  return ktel_put_i64(call, 0, 3);
}
static const ktel_job jobs[] = {
    {.name = "acme-service", .title = "The service", .summary = "What the service knows of itself.",
     .question = "How is it run?", .benefit = "Its defaults fit.", .owner = "acme",
     .contact = "telemetry@acme.example", .since = "1.0.0", .expires = "2028-06-30",
     KTEL_FIELDS(fields), .run = run}};
static const ktel_plugin plugin = {
    .struct_size = sizeof(ktel_plugin), .magic = KTEL_MAGIC, .abi_major = KTEL_ABI_MAJOR,
    .id = "com.acme.service", .version = "1.0.0", .summary = "The service", KTEL_JOBS(jobs)};
// clang-format on

#ifdef OWN_BOOST
void use_own_boost();
#endif

int main(int, char** argv) {
#ifdef OWN_BOOST
  use_own_boost();
#endif
  auto host = ktel::Host::create({});
  if (!host || !host->add(&plugin)) return 1;
  auto workflow = ktel::Workflow::create(
      *host, {.jobs = {"all"}, .cluster = {.snapshot = argv[1]}, .consent = ktel::Consent::local});
  if (!workflow) return std::fprintf(stderr, "%s\n", workflow.error().message.c_str()), 2;
  auto result = workflow->run();
  if (!result) return std::fprintf(stderr, "%s\n", result.error().message.c_str()), 3;
  std::printf("%s", result->report.body.c_str());
}
