// gateway-api: which Gateway API there is, how much it is used, and how much of that is Kong's.
//
// Each kind is a field, so that one that is forbidden does not take the others along. A Gateway is
// Kong's through its class, and a class through the controller it names: so those numbers need both
// lists whole. Names and controllers are looked at and never reported.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "signals.hpp"

namespace gateway_api {
namespace {

constexpr ktel_param params[] = {
    {.name = "controller_name",
     .type = KTEL_T_TEXT,
     .description = "A controller that is Kong's too, as classes name it in spec.controllerName: "
                    "for those that were told to call themselves otherwise than konghq.com/..."}};

constexpr ktel_field objects(const char* name, const char* unit, const char* from,
                             const char* description, const char* example, const char* alias) {
  return {.name = name,
          .type = KTEL_T_COUNT,
          .sensitivity = KTEL_S_SCALE,
          .granularity = KTEL_G_EXACT,
          .unit = unit,
          .from = from,
          .description = description,
          .example = example,
          .absent_when = "The cluster does not serve the kind, or its objects cannot be counted.",
          .alias = alias,
          .question = "Which kinds of Gateway API are used, and at which sizes?",
          .metric = KTEL_M_GAUGE};
}

constexpr const char* no_classes =
    "The cluster does not serve GatewayClasses, or they cannot be listed.";
constexpr const char* no_gateways =
    "The cluster does not serve GatewayClasses or Gateways, or one of them cannot be listed.";

constexpr ktel_field of_kong(const char* name, const char* unit, const char* from,
                             const char* description, const char* example,
                             const char* alias = nullptr) {
  ktel_field field = objects(name, unit, from, description, example, alias);
  field.absent_when = std::string_view(from) == "classes" ? no_classes : no_gateways;
  field.question = "How much of Gateway API is Kong's to serve, and does it work?";
  return field;
}

constexpr ktel_field fields[] = {
    {.name = "installed",
     .type = KTEL_T_BOOL,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "served served-before-0-4",
     .description = "Whether the cluster serves any kind of Gateway API, of whatever release.",
     .example = "true",
     .absent_when = "It cannot be found out what the cluster serves.",
     .question = "Can the product rely on Gateway API being there?"},
    {.name = "bundle_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .granularity = KTEL_G_PATCH,
     .from = "crds",
     .description = "Release of Gateway API that its definitions are stamped with, the highest "
                    "where several installers brought some; builds from its main branch say 0.0.0.",
     .example = "v1.4.1",
     .absent_when =
         "Gateway API is not known to be installed, its definitions cannot be listed, or none of "
         "them says, as before release 0.5."},
    {.name = "channel",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(channels),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "crds",
     .description = "Channel of Gateway API that its definitions are stamped with.",
     .example = "standard",
     .absent_when =
         "Gateway API is not known to be installed, or its definitions cannot be listed.",
     .question = "Can the product rely on experimental kinds being there?"},
    {.name = "served_versions",
     .type = KTEL_T_LIST,
     .item = KTEL_T_ENUM,
     KTEL_VALUES(versions),
     .other = "other",
     .max_items = std::size(versions),
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "served served-before-0-4",
     .description = "Versions in which the cluster serves kinds of Gateway API, each kind in some.",
     .example = R"(["v1", "v1beta1"])",
     .absent_when = "Gateway API is not installed, or it cannot be found out what the cluster "
                    "serves."},
    objects("gatewayclasses_count", "{class}", "gatewayclasses",
            "GatewayClasses of all controllers.", "2", "k8s_gatewayclasses_count"),
    objects("gateways_count", "{gateway}", "gateways", "Gateways of all classes.", "3",
            "k8s_gateways_count"),
    objects("httproutes_count", "{route}", "httproutes", "HTTPRoutes of all Gateways.", "42",
            "k8s_httproutes_count"),
    objects("grpcroutes_count", "{route}", "grpcroutes", "GRPCRoutes of all Gateways.", "5",
            "k8s_grpcroutes_count"),
    objects("tlsroutes_count", "{route}", "tlsroutes", "TLSRoutes of all Gateways.", "1",
            "k8s_tlsroutes_count"),
    objects("tcproutes_count", "{route}", "tcproutes", "TCPRoutes of all Gateways.", "1",
            "k8s_tcproutes_count"),
    objects("udproutes_count", "{route}", "udproutes", "UDPRoutes of all Gateways.", "0",
            "k8s_udproutes_count"),
    objects("referencegrants_count", "{grant}", "referencegrants referencepolicies",
            "ReferenceGrants, and ReferencePolicies, as they were called before release 0.5.", "4",
            "k8s_referencegrants_count"),
    objects("backendtlspolicies_count", "{policy}", "backendtlspolicies",
            "BackendTLSPolicies in all namespaces.", "1", nullptr),
    objects("listenersets_count", "{set}", "listenersets xlistenersets",
            "ListenerSets, and XListenerSets, as they are called while an experiment.", "0",
            nullptr),
    of_kong("kong_gatewayclasses_count", "{class}", "classes",
            "GatewayClasses that name a controller of Kong's.", "1"),
    of_kong("kong_gateways_count", "{gateway}", "classes gateway-states",
            "Gateways whose class names a controller of Kong's.", "2",
            "k8s_gateways_reconciled_count"),
    of_kong("kong_unmanaged_gateways_count", "{gateway}", "classes gateway-states",
            "Kong's Gateways whose class is marked as unmanaged: their data planes were there "
            "before them, and are not made for them.",
            "1"),
    of_kong("kong_programmed_gateways_count", "{gateway}", "classes gateway-states",
            "Kong's Gateways that have the condition Programmed, before release 0.6 Ready.", "2",
            "k8s_gateways_programmed_count"),
    of_kong("kong_attached_routes_count", "{route}", "classes gateway-states",
            "Routes attached to listeners of Kong's programmed Gateways; a route counts once for "
            "each listener it is attached to.",
            "42", "k8s_gateways_attached_routes_count"),
};

// ---- whether it is there ----

// Which line of `versions`; the last one for what has none.
std::size_t version_index(std::string_view version) {
  for (std::size_t i = 0; i < std::size(versions); ++i) {
    if (version == versions[i].value) return i;
  }
  return std::size(versions) - 1;
}

struct ServedVersions {
  std::array<bool, std::size(versions)> found{};
  bool all = true;  // that there are

  bool any() const { return std::find(found.begin(), found.end(), true) != found.end(); }
};

ServedVersions served_versions(const sdk::Run& run) {
  ServedVersions known;
  const sdk::Status now = run.each(served, [&](sdk::Row row) {
    const bool stale = row.text(served_cell("freshness")) == "Stale";
    if (!stale) known.found[version_index(row.text(served_cell("version")))] = true;
    known.all = known.all && !stale;
  });
  const auto before = run.count(served_before_0_4);
  if (before.value_or(0) > 0) known.found[version_index("x-v1alpha1")] = true;
  known.all = known.all && now && before;
  return known;
}

void put_served(const sdk::Run& run, const ServedVersions& known) {
  if (known.any() || known.all) run.put(sdk::index_of(fields, "installed"), known.any());
  if (!known.any() || !known.all) return;

  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < known.found.size(); ++i) {
    if (known.found[i]) values.emplace_back(versions[i].value);
  }
  run.put_list(sdk::index_of(fields, "served_versions"), values);
}

// ---- which release ----

// "v1.4.1-rc.1": its numbers, and the text that they are. What follows may be a name.
struct Release {
  std::array<int, 3> numbers{};
  std::string_view text{};  // "": it is no release
};

Release parse_release(std::string_view text) {
  Release release;
  std::size_t at = text.starts_with('v') ? 1 : 0;
  for (std::size_t i = 0; i < release.numbers.size(); ++i) {
    if (i > 0 && (at >= text.size() || text[at++] != '.')) return {};
    const std::size_t begin = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (at - begin == 5) return {};
      release.numbers[i] = 10 * release.numbers[i] + (text[at] - '0');
    }
    if (at == begin) return {};
  }
  const bool ends = at == text.size() || text[at] == '-' || text[at] == '+';
  if (ends) release.text = text.substr(0, at);
  return release;
}

void put_release(const sdk::Run& run) {
  Release highest;
  bool standard = false;
  bool experimental = false;
  const sdk::Status listed = run.each(crds, [&](sdk::Row crd) {
    const Release release = parse_release(
        crd.text(crd_cell("metadata.annotations['gateway.networking.k8s.io/bundle-version']")));
    const bool higher = highest.text.empty() || release.numbers > highest.numbers;
    if (!release.text.empty() && higher) highest = release;
    const std::string_view channel =
        crd.text(crd_cell("metadata.annotations['gateway.networking.k8s.io/channel']"));
    standard = standard || channel == "standard";
    experimental = experimental || channel == "experimental";
  });
  if (!listed) return;

  if (!highest.text.empty()) run.put(sdk::index_of(fields, "bundle_version"), highest.text);
  run.put(sdk::index_of(fields, "channel"), standard && experimental ? "mixed"
                                            : standard               ? "standard"
                                            : experimental           ? "experimental"
                                                                     : "unknown");
}

// ---- how much it is used ----

// A kind, and what it was called before or is called elsewhere: objects of their own.
struct Kind {
  std::uint32_t field;
  std::uint32_t read;
  std::optional<std::uint32_t> also = std::nullopt;
};
constexpr Kind kinds[] = {
    {sdk::index_of(fields, "gatewayclasses_count"), sdk::index_of(reads, "gatewayclasses")},
    {sdk::index_of(fields, "gateways_count"), sdk::index_of(reads, "gateways")},
    {sdk::index_of(fields, "httproutes_count"), sdk::index_of(reads, "httproutes")},
    {sdk::index_of(fields, "grpcroutes_count"), sdk::index_of(reads, "grpcroutes")},
    {sdk::index_of(fields, "tlsroutes_count"), sdk::index_of(reads, "tlsroutes")},
    {sdk::index_of(fields, "tcproutes_count"), sdk::index_of(reads, "tcproutes")},
    {sdk::index_of(fields, "udproutes_count"), sdk::index_of(reads, "udproutes")},
    {sdk::index_of(fields, "referencegrants_count"), sdk::index_of(reads, "referencegrants"),
     sdk::index_of(reads, "referencepolicies")},
    {sdk::index_of(fields, "backendtlspolicies_count"), sdk::index_of(reads, "backendtlspolicies")},
    {sdk::index_of(fields, "listenersets_count"), sdk::index_of(reads, "listenersets"),
     sdk::index_of(reads, "xlistenersets")},
};

// The sum over what is served; nothing where none of it is, or where one part is not known.
std::optional<std::uint64_t> count_kind(const sdk::Run& run, const Kind& kind) {
  std::optional<std::uint64_t> sum;
  for (const auto& read : {std::optional(kind.read), kind.also}) {
    if (!read || run.state(*read) == sdk::Status(KTEL_E_ABSENT)) continue;
    const auto count = run.count(*read);
    if (!count) return std::nullopt;
    sum = sum.value_or(0) + *count;
  }
  return sum;
}

void put_counts(const sdk::Run& run) {
  for (const Kind& kind : kinds) {
    if (const auto count = count_kind(run, kind)) run.put(kind.field, *count);
  }
}

// ---- what is Kong's ----

struct Class {
  std::string_view name;
  bool unmanaged;
};

bool is_kongs(std::string_view controller, std::string_view also) {
  return controller.starts_with(kongs_domain) || (!also.empty() && controller == also);
}

// Kong's classes. Nothing: they could not be listed.
std::optional<std::vector<Class>> kongs_classes(const sdk::Run& run) {
  const std::string_view also =
      run.param(sdk::index_of(params, "controller_name")).value_or(std::string_view());
  std::vector<Class> found;
  const sdk::Status listed = run.each(classes, [&](sdk::Row row) {
    if (!is_kongs(row.text(class_cell("spec.controllerName")), also)) return;
    const std::string_view unmanaged =
        row.text(class_cell("metadata.annotations['konghq.com/gatewayclass-unmanaged']"));
    found.push_back({row.text(class_cell("metadata.name")), !unmanaged.empty()});
  });
  return listed ? std::optional(std::move(found)) : std::nullopt;
}

bool is_programmed(sdk::Row gateway) {
  const sdk::List types = gateway.list(gateway_cell("status.conditions[*].type"));
  const sdk::List states = gateway.list(gateway_cell("status.conditions[*].status"));
  bool before_0_6 = false;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const bool holds = states[i].text() == "True";
    if (types[i].text() == programmed) return holds;
    if (types[i].text() == programmed_before_0_6) before_0_6 = holds;
  }
  return before_0_6;
}

// What is no number of routes counts as none.
std::int64_t attached_routes(sdk::Row gateway) {
  std::int64_t sum = 0;
  for (const sdk::Cell attached :
       gateway.list(gateway_cell("status.listeners[*].attachedRoutes"))) {
    const std::int64_t n = attached.i64();
    if (n > 0 && n <= std::numeric_limits<std::int32_t>::max()) sum += n;
  }
  return sum;
}

void put_kongs(const sdk::Run& run) {
  const auto kongs = kongs_classes(run);
  if (!kongs) return;
  run.put(sdk::index_of(fields, "kong_gatewayclasses_count"), kongs->size());

  std::int64_t all = 0;
  std::int64_t unmanaged = 0;
  std::int64_t working = 0;
  std::int64_t attached = 0;
  const sdk::Status listed = run.each(gateways, [&](sdk::Row gateway) {
    const auto own = std::find_if(kongs->begin(), kongs->end(), [&](const Class& candidate) {
      return !candidate.name.empty() &&
             candidate.name == gateway.text(gateway_cell("spec.gatewayClassName"));
    });
    if (own == kongs->end()) return;
    ++all;
    unmanaged += own->unmanaged ? 1 : 0;
    if (!is_programmed(gateway)) return;
    ++working;
    attached += attached_routes(gateway);
  });
  if (!listed) return;

  run.put(sdk::index_of(fields, "kong_gateways_count"), all);
  run.put(sdk::index_of(fields, "kong_unmanaged_gateways_count"), unmanaged);
  run.put(sdk::index_of(fields, "kong_programmed_gateways_count"), working);
  run.put(sdk::index_of(fields, "kong_attached_routes_count"), attached);
}

void collect(sdk::Run& run) {
  const ServedVersions known = served_versions(run);
  put_served(run, known);
  if (known.any()) put_release(run);
  put_counts(run);
  put_kongs(run);
}

constexpr ktel_job jobs[] = {
    {.name = "gateway-api",
     .title = "Gateway API",
     .summary = "Which release of Gateway API there is, how many objects of each kind, and how "
                "many Gateways are Kong's.",
     .question = "Which releases and versions of Gateway API must the product work with?",
     .benefit = "The release and the kinds you use stay supported and tested.",
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
}  // namespace gateway_api

KTEL_PLUGIN(.id = "io.ktel.gateway-api", .version = "0.1.0", .vendor = "ktel",
            .summary = "Which Gateway API there is, and what is Kong's in it",
            .license = "Apache-2.0", KTEL_JOBS(gateway_api::jobs));
