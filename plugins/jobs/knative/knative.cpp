// knative: whether Knative is there, how much it is used, and which networking class serves it.
//
// Knative makes an ingress of its own kind for whatever is reached from outside, and its class says
// who serves it. Kong's controllers 0.8 to 2.12 did, under the class kong; later ones do not, so
// what still has that class is left over. Which controller runs is identify-deployment's to say.
#include <ktel/sdk/job.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "signals.hpp"

namespace knative {
namespace {

constexpr ktel_param params[] = {{.name = "ingress_class",
                                  .type = KTEL_T_TEXT,
                                  .description = "The class that Kong's controller was told to "
                                                 "serve.",
                                  .default_text = "kong",
                                  .env = "CONTROLLER_INGRESS_CLASS"}};

constexpr ktel_field fields[] = {
    {.name = "installed",
     .type = KTEL_T_BOOL,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "serving eventing messaging",
     .description = "Whether the cluster serves Knative, Serving or Eventing.",
     .example = "true",
     .absent_when = "It cannot be found out what the cluster serves."},
    {.name = "components",
     .type = KTEL_T_LIST,
     .item = KTEL_T_ENUM,
     KTEL_VALUES(components),
     .other = "other",
     .max_items = std::size(components),
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "serving eventing messaging",
     .description = "Parts of Knative that the cluster serves; without Serving there is nothing to "
                    "route to.",
     .example = R"(["eventing", "serving"])",
     .absent_when = "Knative is not installed, or it cannot be found out what the cluster serves."},
    {.name = "serving_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .granularity = KTEL_G_PATCH,
     .from = "namespace",
     .description = "Version of Knative Serving, as the labels of its namespace have it.",
     .example = "1.12.3",
     .absent_when =
         "Knative Serving is not installed, its namespace is not knative-serving, cannot "
         "be read, or is labelled without a version, as when an operator installed it.",
     .question = "Which releases of Knative must the product work with?"},
    {.name = "services_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{service}",
     .from = "services",
     .description = "Services of Knative Serving in all namespaces, not those of Kubernetes.",
     .example = "12",
     .absent_when = "Knative Serving is not installed, or its Services cannot be counted.",
     .metric = KTEL_M_GAUGE},
    {.name = "default_class",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(class_names),
     .other = "other",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "network-settings",
     .description = "Networking class of what names none: from Knative's network settings, which "
                    "mean Istio where they name none.",
     .example = "kong",
     .absent_when = "Knative Serving is not installed, or its network settings are not in the "
                    "namespace knative-serving or cannot be read.",
     .question = "Which networking layers of Knative are in use?"},
    {.name = "ingresses_by_class",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(class_names),
     .other = "other",
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{ingress}",
     .from = "ingresses",
     .description = "Knative's own ingresses by networking class, as Knative reads it: where the "
                    "two annotations differ, the dotted one counts.",
     .example = R"({"kong": 12, "kourier": 1})",
     .absent_when = "Knative Serving is not installed, or its ingresses cannot be listed, or there "
                    "are none.",
     .question = "Which networking layers of Knative are in use?",
     .metric = KTEL_M_GAUGE},
    {.name = "kong_ingresses_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{ingress}",
     .from = "ingresses",
     .description =
         "Knative's own ingresses that are of Kong's class as its controller read it, by "
         "either annotation; controllers from 3.0 on serve none of them.",
     .example = "12",
     .absent_when = "Knative Serving is not installed, or its ingresses cannot be listed.",
     .question =
         "How many ingresses wait for Kong, whose support of Knative ended with controller 2.12?",
     .metric = KTEL_M_GAUGE},
};

// ---- what is there ----

// Is there a row? Nothing: that is not known.
std::optional<bool> has_rows(const sdk::Run& run, std::uint32_t read) {
  const auto count = run.count(read);
  return count ? std::optional(*count > 0) : std::nullopt;
}

// One of the two is there; or neither, which is to be known of both.
std::optional<bool> either(std::optional<bool> a, std::optional<bool> b) {
  if (a.value_or(false) || b.value_or(false)) return true;
  return a && b ? std::optional(false) : std::nullopt;
}

void put_components(const sdk::Run& run) {
  const auto has_serving = has_rows(run, serving);
  const auto has_eventing = either(has_rows(run, eventing), has_rows(run, messaging));
  const auto installed = either(has_serving, has_eventing);
  if (installed) run.put(sdk::index_of(fields, "installed"), *installed);
  if (!installed.value_or(false) || !has_serving || !has_eventing) return;

  std::vector<std::string_view> found;
  if (*has_serving) found.emplace_back("serving");
  if (*has_eventing) found.emplace_back("eventing");
  run.put_list(sdk::index_of(fields, "components"), found);
}

// "1.12.3" and "v0.22.0" without what follows the numbers, which may be a name. "": no version.
std::string_view version_of(std::string_view text) {
  std::size_t at = text.starts_with('v') ? 1 : 0;
  for (int numbers = 0; numbers < 3; ++numbers) {
    if (numbers > 0 && (at >= text.size() || text[at++] != '.')) return {};
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == begin || at - begin > 5) return {};
  }
  const bool ends = at == text.size() || text[at] == '-' || text[at] == '+';
  return ends ? text.substr(0, at) : std::string_view();
}

// The spelling that wins, where it is there.
std::string_view text_of(sdk::Row row, const Spellings& spellings) {
  const std::string_view first = row.text(spellings.first);
  return first.empty() ? row.text(spellings.second) : first;
}

void put_version(const sdk::Run& run) {
  const auto object = run.one(serving_namespace);
  if (!object) return;
  const std::string_view version = version_of(text_of(*object, version_of_serving));
  if (!version.empty()) run.put(sdk::index_of(fields, "serving_version"), version);
}

// ---- classes ----

class ClassNames {
 public:
  explicit ClassNames(const sdk::Run& run)
      : kongs_(run.param(sdk::index_of(params, "ingress_class")).value_or(std::string_view())) {}

  bool is_kongs(std::string_view written) const { return !written.empty() && written == kongs_; }

  std::string_view name_of(std::string_view written) const {
    if (is_kongs(written)) return "kong";
    for (const Class& known : classes) {
      if (written == known.written) return known.name;
    }
    return "other";
  }

 private:
  std::string_view kongs_;
};

void put_default_class(const sdk::Run& run, const ClassNames& names) {
  const auto settings = run.one(network_settings);
  if (!settings) return;
  const std::string_view written = text_of(*settings, default_class);
  run.put(sdk::index_of(fields, "default_class"),
          written.empty() ? std::string_view(class_without_setting) : names.name_of(written));
}

void count_ingresses(const sdk::Run& run, const ClassNames& names) {
  std::uint64_t kongs = 0;
  const sdk::Status listed = run.each(ingresses, [&](sdk::Row ingress) {
    run.add(sdk::index_of(fields, "ingresses_by_class"),
            names.name_of(text_of(ingress, class_of_ingress)));
    const bool kongs_own = names.is_kongs(ingress.text(class_of_ingress.first)) ||
                           names.is_kongs(ingress.text(class_of_ingress.second));
    kongs += kongs_own ? 1 : 0;
  });
  if (listed) run.put(sdk::index_of(fields, "kong_ingresses_count"), kongs);
}

void collect(sdk::Run& run) {
  const ClassNames names(run);
  put_components(run);
  put_version(run);
  if (const auto count = run.count(services)) {
    run.put(sdk::index_of(fields, "services_count"), *count);
  }
  put_default_class(run, names);
  count_ingresses(run, names);
}

constexpr ktel_job jobs[] = {
    {.name = "knative",
     .title = "Knative",
     .summary = "Whether Knative is there, how many Services it has, and which networking classes.",
     .question = "How much is Knative used beside the product, and must the product serve it?",
     .benefit = "Knative keeps working beside the product, where it is used.",
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
}  // namespace knative

KTEL_PLUGIN(.id = "io.ktel.knative", .version = "0.1.0", .vendor = "ktel",
            .summary = "Whether Knative is there, and which networking class serves it",
            .license = "Apache-2.0", KTEL_JOBS(knative::jobs));
