// ingress: how Ingress is used, how much of it is Kong's, and through which versions of its API.
//
// An Ingress is Kong's by the rule of Kong's controller: it names the controller's class in its
// spec or in the old annotation, or names none at all and that class is the default. One object is
// visible under every version that is served, so Ingresses are read under one of them, and never
// added up.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signals.hpp"

namespace ingress {
namespace {

constexpr ktel_field fields[] = {
    {.name = "ingresses_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{ingress}",
     .from = from_counts,
     .description = "Ingresses in all namespaces and of every class, each once whatever versions "
                    "serve it.",
     .example = "40",
     .absent_when = "Ingresses are not served, or cannot be counted.",
     .metric = KTEL_M_GAUGE},
    {.name = "kong_ingresses_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{ingress}",
     .from = from_class_marks,
     .description = "Ingresses that are Kong's: by their class, by the old annotation, or because "
                    "they name none and Kong's class is the default.",
     .example = "32",
     .absent_when = "Ingresses are not served, or they or IngressClasses cannot be listed.",
     .metric = KTEL_M_GAUGE},
    {.name = "kong_ingresses_by_mark",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(marks),
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{ingress}",
     .from = from_class_marks,
     .description =
         "Ingresses that are Kong's, per mark that makes them so; the first counts of those that "
         "one has.",
     .example = R"({"annotation": 5, "class_name": 27})",
     .absent_when = "No Ingress is Kong's, or Ingresses or IngressClasses cannot be listed.",
     .question = "How long must the old annotation be supported?",
     .metric = KTEL_M_GAUGE},
    {.name = "ingresses_by_written_version",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(written_versions),
     .other = not_told,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{ingress}",
     .from = "writers",
     .description =
         "Ingresses per version of the API that somebody wrote them through, their status aside, "
         "which servers tell from 1.22 on: a hint, for they keep writers and not what they wrote. "
         "One that was written through several counts for each.",
     .example = R"({"networking.k8s.io/v1": 38, "networking.k8s.io/v1beta1": 4})",
     .absent_when = "There is no Ingress, or Ingresses cannot be listed.",
     .question = "Through which versions of the API are Ingresses written?",
     .metric = KTEL_M_GAUGE},
    {.name = "served_versions",
     .type = KTEL_T_LIST,
     .item = KTEL_T_ENUM,
     KTEL_VALUES(served_versions),
     .other = "other",
     .max_items = 4,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "served old-served",
     .description = "Versions of the Ingress API that the cluster serves, used or not.",
     .example = R"(["networking.k8s.io/v1"])",
     .absent_when = "No version is served, or discovery cannot be read.",
     .question = "Which versions of the API must each release work with?"},
};

// ---- which Ingresses are Kong's ----

struct KongsClasses {
  std::vector<std::string_view> names;  // none is empty
  bool is_default = false;              // one of them

  bool has(std::string_view name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
};

// Nothing: not known.
std::optional<KongsClasses> kongs_classes(const sdk::Run& run) {
  KongsClasses classes;
  const auto told = run.param(sdk::index_of(params, "ingress_class"));
  if (told && !told->empty()) classes.names.push_back(*told);
  const sdk::Status listed =
      run.each(sdk::index_of(reads, "ingress-classes"), [&](sdk::Row ingress_class) {
        const std::string_view name = ingress_class.text(of_class.name);
        const bool is_kongs =
            ingress_class.text(of_class.controller) == kongs_controller || classes.has(name);
        if (!is_kongs || name.empty()) return;
        classes.names.push_back(name);
        classes.is_default =
            classes.is_default || ingress_class.text(of_class.is_default) == "true";
      });
  // Skipped where there is no Ingress to judge, or the server is older than classes are.
  const bool none = listed == sdk::Status(KTEL_E_ABSENT) || listed == sdk::Status(KTEL_E_SKIPPED);
  return listed || none ? std::optional(std::move(classes)) : std::nullopt;
}

// "": it is not Kong's. An empty name is a name: it asks for no class, not for the default one.
std::string_view mark_of(sdk::Row ingress, const KongsClasses& classes) {
  if (classes.has(ingress.text(of_ingress.class_name))) return "class_name";
  if (classes.has(ingress.text(of_ingress.annotation))) return "annotation";
  const bool names_none =
      !ingress.has(of_ingress.class_name) && !ingress.has(of_ingress.annotation);
  return names_none && classes.is_default ? "default_class" : "";
}

// Every Ingress once. False: they are not all known.
template <class Fn>
bool each_ingress(const sdk::Run& run, Fn fn) {
  const sdk::Status listed = run.each(sdk::index_of(reads, "class-marks"), fn);
  if (listed != sdk::Status(KTEL_E_ABSENT)) return static_cast<bool>(listed);
  return static_cast<bool>(run.each(sdk::index_of(reads, "old-class-marks"), fn));
}

void count_kongs(const sdk::Run& run) {
  const auto classes = kongs_classes(run);
  if (!classes) return;
  std::uint64_t count = 0;
  const bool all = each_ingress(run, [&](sdk::Row ingress) {
    const std::string_view mark = mark_of(ingress, *classes);
    if (mark.empty()) return;
    ++count;
    run.add(sdk::index_of(fields, "kong_ingresses_by_mark"), mark);
  });
  if (all) run.put(sdk::index_of(fields, "kong_ingresses_count"), count);
}

// ---- versions ----

void count_all(const sdk::Run& run) {
  auto count = run.count(sdk::index_of(reads, "ingresses"));
  if (!count) count = run.count(sdk::index_of(reads, "old-ingresses"));
  if (count) run.put(sdk::index_of(fields, "ingresses_count"), *count);
}

bool written_through(sdk::Row ingress, std::string_view version) {
  const sdk::List versions = ingress.list(of_writers.versions);
  const sdk::List subresources = ingress.list(of_writers.subresources);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].text() == version && subresources[i].text().empty()) return true;
  }
  return false;
}

void count_written_versions(const sdk::Run& run) {
  const std::uint32_t field = sdk::index_of(fields, "ingresses_by_written_version");
  run.each(sdk::index_of(reads, "writers"), [&](sdk::Row ingress) {
    bool told = false;
    for (const ktel_label& version : written_versions) {
      if (!written_through(ingress, version.value)) continue;
      run.add(field, version.value);
      told = true;
    }
    if (!told) run.add(field, not_told);
  });
}

void list_served_versions(const sdk::Run& run) {
  std::vector<std::string> served;
  for (const std::uint32_t read : served_reads) {
    const sdk::Status known = run.each(read, [&](sdk::Row row) {
      served.push_back(
          std::string(row.text(of_served.group)).append("/").append(row.text(of_served.version)));
    });
    if (!known) return;
  }
  if (!served.empty()) run.put_list(sdk::index_of(fields, "served_versions"), served);
}

void collect(sdk::Run& run) {
  count_all(run);
  count_kongs(run);
  count_written_versions(run);
  list_served_versions(run);
}

constexpr ktel_job jobs[] = {
    {.name = "ingress",
     .title = "Use of Ingress",
     .summary = "How many Ingresses there are, which of them are Kong's, and through which "
                "versions of the API they are used.",
     .question = "How much do people rely on Ingress, and how do they name its class?",
     .benefit = "The way you use Ingress keeps working.",
     .owner = "team-platform",
     .contact = "https://ktel.io/telemetry",
     .since = "0.1.0",
     .expires = "2028-06-30",
     .stability = KTEL_STABLE,
     .flags = KTEL_JOB_REENTRANT,
     .timeout_ms = 10'000,
     KTEL_FIELDS(fields),
     KTEL_READS(reads),
     KTEL_PARAMS(params),
     .run = sdk::executor<collect>}};
static_assert(sdk::check(jobs));

}  // namespace
}  // namespace ingress

KTEL_PLUGIN(.id = "io.ktel.ingress", .version = "0.1.0", .vendor = "ktel",
            .summary = "How Ingress is used", .license = "Apache-2.0", KTEL_JOBS(ingress::jobs));
