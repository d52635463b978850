// routes: which types of routes there are, and how many of each.
//
// Counts alone, of every class and of any controller. A type that the cluster does not serve, or
// that may not be counted, is left out; one that is served and not used is 0.
#include <ktel/sdk/job.hpp>

#include <string_view>

#include "signals.hpp"

namespace routes {
namespace {

constexpr ktel_field fields[] = {
    {.name = "routes_count",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(kinds),
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{route}",
     .from = from_all,
     .description = "Routes per type, in all namespaces and of every class; a type that is not "
                    "served, or cannot be counted, is left out.",
     .example = R"({"HTTPRoute": 12, "Ingress": 40})",
     .absent_when = "No type of route is served, or none can be counted.",
     .metric = KTEL_M_GAUGE},
};

void collect(sdk::Run& run) {
  std::string_view last;
  for (const Counted& type : counted) {
    const auto count = run.count(type.read);
    if (!count || type.kind == last) continue;
    run.put_entry(sdk::index_of(fields, "routes_count"), type.kind, *count);
    last = type.kind;
  }
}

constexpr ktel_job jobs[] = {
    {.name = "routes",
     .title = "Route types",
     .summary = "How many routes there are of each type, from Ingress to Gateway API.",
     .question = "Which types of routes do people use, and how far are they on the way from "
                 "Ingress to Gateway API?",
     .benefit = "The types of routes you use stay supported, and are tested at your size.",
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
}  // namespace routes

KTEL_PLUGIN(.id = "io.ktel.routes", .version = "0.1.0", .vendor = "ktel",
            .summary = "Which types of routes there are", .license = "Apache-2.0",
            KTEL_JOBS(routes::jobs));
