// identify-platform: which kind of cluster the product runs on.
//
// Several views of one question, all from the same evidence (evidence.hpp). `provider` has the
// names and the order of Kong's own telemetry, so that old and new numbers add up: version text,
// then a vote over provider ids, then marks. `distribution` is what Kubernetes is installed, by the
// order of signals.hpp. `cloud` is whose machines, by provider ids alone. `management` is what is
// above the cluster. Names and ids of nodes are looked at and never reported.
//
// Unknown is a finding too: it is reported where everything was read, else the field stays away.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "evidence.hpp"
#include "pattern.hpp"
#include "signals.hpp"

namespace platform {
namespace {

constexpr ktel_field fields[] = {
    {.name = "arch",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(archs),
     .other = "other",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "version",
     .description = "Processor for which the API server was built; nodes may differ.",
     .example = "amd64",
     .absent_when = "The API server's version document cannot be read.",
     .alias = "k8s_arch",
     .question = "For which processors must images be built?"},
    {.name = "os",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(systems),
     .other = "other",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "version",
     .description = "Operating system for which the API server was built; nodes may differ.",
     .example = "linux",
     .absent_when = "The API server's version document cannot be read.",
     .alias = "k8s_arch",
     .question = "For which operating systems must images be built?"},
    {.name = "provider",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(providers),
     .other = "UNKNOWN",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "version nodes clusterversions scc openshift-apps openshift-projects tanzu tanzu-core",
     .description =
         "Provider in the names of Kong's own telemetry: from the version text, else from what "
         "most provider ids of nodes say, else from marks on nodes; signals that contradict each "
         "other give UNKNOWN.",
     .example = "GKE",
     .absent_when = "The version names no provider and nodes cannot be listed; or nothing names "
                    "one, or what does contradicts itself, and version or discovery cannot be "
                    "read.",
     .alias = "k8s_provider"},
    {.name = "kubernetes_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .granularity = KTEL_G_FULL,
     .from = "version",
     .description = "The API server's own gitVersion, with the suffix its vendor gave it.",
     .example = "v1.24.1-gke.1400",
     .absent_when = "The API server's version document cannot be read.",
     .alias = "k8sv",
     .question = "Which Kubernetes versions must each release support?",
     .benefit = "Your version is not dropped while you run it."},
    {.name = "kubernetes_release",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .granularity = KTEL_G_PATCH,
     .from = "version",
     .description =
         "The numbers that the API server's gitVersion begins with; where it does not begin with "
         "two at least, major and minor.",
     .example = "v1.24.1",
     .absent_when = "The API server's version document cannot be read, or has no numbers.",
     .alias = "k8sv_semver",
     .question = "Which Kubernetes releases must each release support?",
     .benefit = "Your version is not dropped while you run it."},
    {.name = "distribution",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(distributions),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "version nodes clusterversions scc openshift-apps openshift-projects aro aro-preview "
             "tanzu tanzu-core microshift infrastructure",
     .description =
         "Which Kubernetes is installed, from the version text, the APIs that are served "
         "and the marks on nodes; signals that contradict each other give unknown.",
     .example = "gke",
     .absent_when = "Nothing names a distribution, or what does contradicts itself, and version, "
                    "nodes or discovery cannot be read; or it is OpenShift or one of its "
                    "relatives, and what tells them apart cannot be read."},
    {.name = "cloud",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(cloud_names),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "nodes",
     .description = "Whose machines the nodes are, from the scheme of most of their provider ids.",
     .example = "gcp",
     .absent_when = "Nodes cannot be listed.",
     .question = "On whose machines does the product run?"},
    {.name = "management",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(managers),
     .other = "none",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "node-info tanzu tanzu-core rancher open-cluster-management kubesphere arc",
     .description =
         "What manages the cluster from above, from marks on nodes and the APIs that are "
         "served; of several the one that made it, before those it was attached to.",
     .example = "rancher",
     .absent_when = "Nothing names a manager, and nodes or discovery cannot be read.",
     .question = "Through which managers must installing and upgrading work?"},
    {.name = "openshift_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .granularity = KTEL_G_FULL,
     .from = "openshift-version",
     .description = "OpenShift's own version, the one its cluster version operator works towards.",
     .example = "4.15.12",
     .absent_when = "The cluster is not OpenShift, or its version cannot be read or is none.",
     .alias = "openshift_version",
     .question = "Which OpenShift versions must each release support?",
     .benefit = "Your version is not dropped while you run it."},
    {.name = "nodes_by_arch",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(archs),
     .other = "other",
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{node}",
     .from = "node-info",
     .description = "Nodes per processor, as each says of itself; one that does not say is other.",
     .example = R"({"amd64": 3, "arm64": 2})",
     .absent_when = "Nodes cannot be listed, or there are none.",
     .question = "For which processors must images be built?",
     .metric = KTEL_M_GAUGE},
    {.name = "nodes_by_os",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(node_systems),
     .other = "other",
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{node}",
     .from = "node-info",
     .description =
         "Nodes per operating system, as each says of itself; one that does not say is other.",
     .example = R"({"linux": 4, "windows": 1})",
     .absent_when = "Nodes cannot be listed, or there are none.",
     .question = "For which operating systems must images be built?",
     .metric = KTEL_M_GAUGE},
};

// ---- what the cluster's Kubernetes is: provider and distribution both come from here ----

// What is named before any service or installer, whatever those say. "": nothing.
std::string_view overlay(const Evidence& evidence) {
  if (evidence.openshift_served || !evidence.openshift.first().empty()) return "openshift";
  if (const auto found = evidence.overlays.first(); !found.empty()) return found;
  return evidence.tanzu_served ? "tkg" : "";
}

// Is it known to be no service? kubeadm is inside of services too.
bool self_installed(const Evidence& evidence) {
  const std::string_view installer = evidence.installed.first();
  return evidence.control_plane_shown || !(installer.empty() || installer == "kubeadm");
}

// The managed service that marks name, plausible or not. "": none.
std::string_view service(const Evidence& evidence) {
  if (const auto found = evidence.managed.first(); !found.empty()) return found;
  return self_installed(evidence) ? std::string_view() : evidence.by_controller.first();
}

bool at_home(std::string_view named, std::string_view cloud) {
  return std::any_of(std::begin(homes), std::end(homes), [&](const Home& home) {
    return home.service == named && home.cloud == cloud;
  });
}

// A managed service must be the only one, at home, and run its own Kubernetes; EKS hides its
// control plane.
bool contradicted(const Evidence& evidence) {
  const std::string_view named = service(evidence);
  if (named.empty() || !overlay(evidence).empty()) return false;

  const std::string_view installer = evidence.installed.by_version();
  const bool builds_on_it = named == built_on.service && installer == built_on.installer;
  if (!installer.empty() && !builds_on_it) return true;
  if (!evidence.managed.names_only(named)) return true;
  if (!self_installed(evidence) && !evidence.by_controller.names_only(named)) return true;
  if (named == "eks" && evidence.control_plane_shown) return true;
  const std::string_view cloud = evidence.cloud.winner();
  return !cloud.empty() && !at_home(named, cloud);
}

// "": nothing names it. To be asked only where nothing is contradicted; OpenShift's relatives are
// not told apart yet.
std::string_view family(const Evidence& evidence) {
  if (const auto found = overlay(evidence); !found.empty()) return found;
  if (const auto found = service(evidence); !found.empty()) return found;
  if (const auto found = evidence.installed.first(); !found.empty()) return found;
  return evidence.only_simulated ? "kwok" : "";
}

// ---- the fields; nothing: not known ----

using Answer = std::optional<std::string_view>;

Answer provider(const Evidence& evidence) {
  const Answer unknown = evidence.complete() ? Answer("UNKNOWN") : std::nullopt;
  if (contradicted(evidence)) return unknown;
  if (const auto named = evidence.provider.by_version(); !named.empty()) return named;
  if (!evidence.nodes_listed) return std::nullopt;
  if (const auto voted = evidence.provider_vote.winner(); !voted.empty()) return voted;
  if (!evidence.provider_mark.empty()) return evidence.provider_mark;
  const std::string_view found = family(evidence);
  if (found == "openshift") return "OpenShift";
  if (found == "tkg") return "Tanzu";
  return unknown;
}

bool is_rosa(const sdk::Run& run) {
  const auto infrastructure = run.one(sdk::index_of(reads, "infrastructure"));
  if (!infrastructure) return false;
  const sdk::List keys = infrastructure->list(0);
  const sdk::List values = infrastructure->list(1);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text() == "red-hat-clustertype" && values[i].text() == "rosa") return true;
  }
  return false;
}

// What tells OpenShift's relatives apart; it is read only where there is something to tell.
constexpr std::uint32_t relatives[] = {
    sdk::index_of(reads, "microshift"), sdk::index_of(reads, "aro"),
    sdk::index_of(reads, "aro-preview"), sdk::index_of(reads, "infrastructure")};

bool is_known(const sdk::Run& run, std::uint32_t read) {
  const sdk::Status state = run.state(read);
  return state || state == sdk::Status(KTEL_E_ABSENT) || state == sdk::Status(KTEL_E_SKIPPED);
}

Answer openshift_relative(const sdk::Run& run, const Evidence& evidence) {
  if (run.one(sdk::index_of(reads, "microshift"))) return "microshift";
  if (is_served(run, sdk::index_of(reads, "aro"))) return "aro";
  if (is_served(run, sdk::index_of(reads, "aro-preview"))) return "aro";
  if (is_rosa(run)) return "rosa";
  // A read that waits for another is not made either where nobody knows whether that is there.
  const sdk::Status cluster_versions = run.state(sdk::index_of(reads, "clusterversions"));
  const bool may_be_microshift = !run.state(sdk::index_of(reads, "scc")) &&
                                 !is_served(run, sdk::index_of(reads, "clusterversions"));
  const bool all_known = evidence.nodes_listed && cluster_versions && !may_be_microshift &&
                         std::all_of(std::begin(relatives), std::end(relatives),
                                     [&](std::uint32_t read) { return is_known(run, read); });
  if (!all_known) return std::nullopt;  // it may be one of them, or OKD
  return evidence.openshift.first().empty() ? "openshift" : evidence.openshift.first();
}

Answer distribution(const sdk::Run& run, const Evidence& evidence) {
  const std::string_view found = contradicted(evidence) ? "" : family(evidence);
  if (found == "openshift") return openshift_relative(run, evidence);
  if (!found.empty()) return found;
  return evidence.complete() ? Answer("unknown") : std::nullopt;
}

Answer cloud(const Evidence& evidence) {
  if (!evidence.nodes_listed) return std::nullopt;
  if (evidence.only_simulated) return "none";
  const std::string_view most = evidence.cloud.winner();
  return most.empty() ? "unknown" : most;
}

Answer management(const sdk::Run& run) {
  std::size_t first = std::size(managers);
  const auto note = [&first](std::string_view name) {
    for (std::size_t i = 0; i < first; ++i) {
      if (name == managers[i].value) first = i;
    }
  };
  bool all_read = static_cast<bool>(run.each(sdk::index_of(reads, "node-info"), [&](sdk::Row node) {
    for (const NodeRule& rule : manager_marks) {
      if (fits(rule, node)) note(rule.name);
    }
  }));
  for (const ServedRule& rule : served_managers) {
    all_read = all_read && run.state(rule.read);
    if (is_served(run, rule.read)) note(rule.name);
  }
  if (first < std::size(managers)) return managers[first].value;
  return all_read ? Answer("none") : std::nullopt;
}

// Where the numbers begin; the host cuts behind them. Builds of one's own may be named anything:
// major and minor are numbers even then.
std::string release(const Evidence& evidence) {
  const std::string_view version = evidence.git_version.value_or("");
  if (matches(version, "v#.#*")) return std::string(version);
  if (matches(version, "#.#*")) return "v" + std::string(version);
  return matches(evidence.major_minor, "#.#*") ? "v" + evidence.major_minor : "";
}

// Three numbers, and at most a suffix of what versions are made of.
Answer openshift_version(const sdk::Run& run) {
  const auto object = run.one(sdk::index_of(reads, "openshift-version"));
  if (!object) return std::nullopt;
  const std::string_view text = object->text(0);
  constexpr std::string_view allowed =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.+-";
  const bool fits_in = text.size() <= 64 && text.find_first_not_of(allowed) == text.npos;
  const bool version =
      matches(text, "#.#.#") || matches(text, "#.#.#-*") || matches(text, "#.#.#+*");
  return fits_in && version ? Answer(text) : std::nullopt;
}

void count_nodes(const sdk::Run& run) {
  // Labels say it where nodeInfo is empty, as on simulated nodes.
  const auto say = [](sdk::Row node, std::initializer_list<std::uint32_t> cells) {
    for (const std::uint32_t at : cells) {
      if (!node.text(at).empty()) return node.text(at);
    }
    return std::string_view("other");
  };
  run.each(sdk::index_of(reads, "node-info"), [&](sdk::Row node) {
    run.add(sdk::index_of(fields, "nodes_by_arch"),
            say(node, {info_cell("status.nodeInfo.architecture"),
                       info_cell("metadata.labels['kubernetes.io/arch']"),
                       info_cell("metadata.labels['beta.kubernetes.io/arch']")}));
    run.add(sdk::index_of(fields, "nodes_by_os"),
            say(node, {info_cell("status.nodeInfo.operatingSystem"),
                       info_cell("metadata.labels['kubernetes.io/os']"),
                       info_cell("metadata.labels['beta.kubernetes.io/os']")}));
  });
}

void put(const sdk::Run& run, std::uint32_t field, Answer value) {
  if (value && !value->empty()) run.put(field, *value);
}

void identify(sdk::Run& run) {
  const Evidence evidence = gather(run);

  const std::string_view built_for = evidence.built_for;  // "linux/amd64"
  const std::size_t slash = std::min(built_for.find('/'), built_for.size());
  put(run, sdk::index_of(fields, "os"), built_for.substr(0, slash));
  put(run, sdk::index_of(fields, "arch"),
      slash < built_for.size() ? built_for.substr(slash + 1) : std::string_view());
  put(run, sdk::index_of(fields, "kubernetes_version"), evidence.git_version);
  put(run, sdk::index_of(fields, "kubernetes_release"), release(evidence));
  put(run, sdk::index_of(fields, "provider"), provider(evidence));
  put(run, sdk::index_of(fields, "distribution"), distribution(run, evidence));
  put(run, sdk::index_of(fields, "cloud"), cloud(evidence));
  put(run, sdk::index_of(fields, "management"), management(run));
  put(run, sdk::index_of(fields, "openshift_version"), openshift_version(run));
  count_nodes(run);
}

constexpr ktel_job jobs[] = {
    {.name = "identify-platform",
     .title = "Platform identity",
     .summary =
         "Which kind of cluster the product runs on: provider, distribution, cloud, version.",
     .question = "On which platforms must each release be tested?",
     .benefit = "Your platform and version stay in the tested matrix.",
     .owner = "team-platform",
     .contact = "https://ktel.io/telemetry",
     .since = "0.1.0",
     .expires = "2028-06-30",
     .stability = KTEL_STABLE,
     .flags = KTEL_JOB_REENTRANT,
     .timeout_ms = 10'000,
     KTEL_FIELDS(fields),
     KTEL_READS(reads),
     .run = sdk::executor<identify>}};
static_assert(sdk::check(jobs));

}  // namespace
}  // namespace platform

KTEL_PLUGIN(.id = "io.ktel.identify-platform", .version = "0.1.0", .vendor = "ktel",
            .summary = "Which kind of cluster the product runs on", .license = "Apache-2.0",
            KTEL_JOBS(platform::jobs));
