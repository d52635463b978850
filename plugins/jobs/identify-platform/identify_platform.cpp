// identify-platform: which kind of cluster the product runs on.
//
// Three views of one question. `provider` has the names and the order of Kong's own telemetry, so
// that old and new numbers add up: version text, then a vote over provider ids, then marks.
// `distribution` is what Kubernetes is installed, by signals.hpp's order. `cloud` is whose
// machines, by provider ids alone. Node names and provider ids are looked at and never reported.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

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
     .question = "For which operating systems must images be built?"},
    {.name = "provider",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(providers),
     .other = "UNKNOWN",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "version nodes clusterversions scc openshift-apps openshift-projects tanzu tanzu-core",
     .description =
         "Provider in the names of Kong's own telemetry: from the version text, else from "
         "what most provider ids of nodes say, else from marks on nodes.",
     .example = "GKE",
     .absent_when = "The version names no provider and nodes cannot be listed.",
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
     .absent_when =
         "Nothing names a distribution, and version, nodes or discovery cannot be read."},
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
};

// '*' is any text, '#' one or more digits; the whole text must match.
bool like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    pattern.remove_prefix(1);
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (like(text.substr(skip), pattern)) return true;
    }
    return false;
  }
  if (pattern.front() == '#') {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return digits > 0 && like(text.substr(digits), pattern.substr(1));
  }
  return !text.empty() && text.front() == pattern.front() &&
         like(text.substr(1), pattern.substr(1));
}

// A cell of one text, or of the values of all keys with a prefix.
bool hit(sdk::Cell cell, std::string_view pattern) {
  if (cell.type() != KTEL_V_LIST) return cell.has() && like(cell.text(), pattern);
  for (const sdk::Cell item : cell.list()) {
    if (like(item.text(), pattern)) return true;
  }
  return false;
}

template <std::size_t n>
bool any(sdk::Row node, const Rule (&rules)[n]) {
  return std::any_of(std::begin(rules), std::end(rules),
                     [&](const Rule& rule) { return hit(node[rule.cell], rule.pattern); });
}

// Which lines of a table some node, or the version, has hit.
template <std::size_t n>
class Hits {
 public:
  explicit Hits(const Rule (&rules)[n]) : rules_(rules) {}

  void version(std::string_view text) {
    for (std::size_t i = 0; i < n; ++i) {
      hits_[i] = hits_[i] || (rules_[i].cell == version_text && like(text, rules_[i].pattern));
    }
  }
  void node(sdk::Row node) {
    for (std::size_t i = 0; i < n; ++i) {
      hits_[i] = hits_[i] ||
                 (rules_[i].cell != version_text && hit(node[rules_[i].cell], rules_[i].pattern));
    }
  }
  // The distribution of the first line that was hit; "" if none was.
  std::string_view first() const {
    for (std::size_t i = 0; i < n; ++i) {
      if (hits_[i]) return rules_[i].distribution;
    }
    return {};
  }
  // Do all lines that were hit name the same one?
  bool agree() const {
    for (std::size_t i = 0; i < n; ++i) {
      if (hits_[i] && rules_[i].distribution != first()) return false;
    }
    return true;
  }

 private:
  const Rule (&rules_)[n];
  std::array<bool, n> hits_{};
};

// The name with the most votes; among equals the first. Lines of one name are counted together.
template <class Line, std::size_t n>
std::string_view winner(const Line (&lines)[n], const std::array<std::size_t, n>& votes,
                        const char* const Line::*name) {
  std::string_view best;
  std::size_t most = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (std::string_view(lines[k].*name) == lines[i].*name) sum += votes[k];
    }
    if (sum > most) {
      most = sum;
      best = lines[i].*name;
    }
  }
  return best;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

// What all signals together say, filled once and then only asked.
class Evidence {
 public:
  explicit Evidence(const sdk::Run& run) : run_(run) {
    read_version();
    // A list that ended halfway is no list: each() then calls nothing.
    nodes_read_ = static_cast<bool>(
        run_.each(sdk::index_of(reads, "nodes"), [this](sdk::Row node) { add(node); }));
  }

  std::optional<std::string_view> git_version() const { return git_version_; }
  std::string_view platform() const { return platform_; }

  // Nothing: not known.
  std::optional<std::string_view> provider() const {
    for (const Provider& line : by_version) {
      if (git_version_ && like(*git_version_, line.pattern)) return line.provider;
    }
    const std::string_view voted = winner(by_vote, votes_, &Provider::provider);
    if (!voted.empty()) return voted;
    if (marked_ != nullptr) return marked_;
    if (!openshift_served().empty()) return "OpenShift";
    if (tanzu_served()) return "Tanzu";
    return complete() ? std::optional<std::string_view>("UNKNOWN") : std::nullopt;
  }

  std::optional<std::string_view> distribution() const {
    if (const auto found = openshift_family(); !found.empty()) return found;
    if (const auto found = overlays_.first(); !found.empty()) return found;
    if (tanzu_served()) return "tkg";
    if (const auto found = managed_.first(); !found.empty()) {
      return plausible(found) ? found : "unknown";
    }
    if (const auto found = installed_.first(); !found.empty()) return found;
    if (simulated_ > 0 && simulated_ == nodes_) return "kwok";
    const bool all = complete() && run_.state(sdk::index_of(reads, "clusterversions"));
    return all ? std::optional<std::string_view>("unknown") : std::nullopt;
  }

  std::optional<std::string_view> cloud() const {
    if (!nodes_read_) return std::nullopt;
    const std::string_view most = majority_cloud();
    return most.empty() ? "unknown" : most;
  }

 private:
  void read_version() {
    const auto document = run_.one(sdk::index_of(reads, "version"));
    if (!document || document->text(0).empty()) return;
    git_version_ = document->text(0);
    platform_ = document->text(1);
    overlays_.version(*git_version_);
    managed_.version(*git_version_);
    installed_.version(*git_version_);
  }

  void add(sdk::Row node) {
    for (std::size_t i = 0; i < std::size(by_vote); ++i) {
      if (hit(node[by_vote[i].cell], by_vote[i].pattern)) ++votes_[i];
    }
    for (const Provider& line : by_mark) {
      if (marked_ == nullptr && hit(node[line.cell], line.pattern)) marked_ = line.provider;
    }
    ++nodes_;
    for (const Rule& rule : no_evidence) {
      if (!hit(node[rule.cell], rule.pattern)) continue;
      if (*rule.distribution != '\0') ++simulated_;
      return;
    }
    control_plane_ = control_plane_ || any(node, control_plane);
    openshift_.node(node);
    overlays_.node(node);
    managed_.node(node);
    installed_.node(node);
    const std::string id = lower(node.text(provider_id));
    for (std::size_t i = 0; i < std::size(clouds); ++i) {
      if (!like(id, clouds[i].pattern)) continue;
      ++cloud_votes_[i];
      break;
    }
  }

  bool complete() const { return nodes_read_ && git_version_.has_value(); }

  bool is_served(std::uint32_t read) const { return run_.count(read).value_or(0) > 0; }

  bool tanzu_served() const {
    return is_served(sdk::index_of(reads, "tanzu")) ||
           is_served(sdk::index_of(reads, "tanzu-core"));
  }

  // A group of such a name is not enough where anybody can make it: the kind must be there too.
  std::string_view openshift_served() const {
    const bool served = is_served(sdk::index_of(reads, "clusterversions")) ||
                        is_served(sdk::index_of(reads, "scc")) ||
                        is_served(sdk::index_of(reads, "openshift-apps")) ||
                        is_served(sdk::index_of(reads, "openshift-projects"));
    return served ? "openshift" : "";
  }

  std::string_view openshift_family() const {
    const std::string_view by_node = openshift_.first();
    if (openshift_served().empty() && by_node.empty()) return {};
    if (run_.one(sdk::index_of(reads, "microshift"))) return "microshift";
    if (is_served(sdk::index_of(reads, "aro")) || is_served(sdk::index_of(reads, "aro-preview"))) {
      return "aro";
    }
    if (rosa()) return "rosa";
    return by_node.empty() ? "openshift" : by_node;
  }

  bool rosa() const {
    const auto infrastructure = run_.one(sdk::index_of(reads, "infrastructure"));
    if (!infrastructure) return false;
    const sdk::List keys = infrastructure->list(0);
    const sdk::List values = infrastructure->list(1);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].text() == "red-hat-clustertype" && values[i].text() == "rosa") return true;
    }
    return false;
  }

  std::string_view majority_cloud() const { return winner(clouds, cloud_votes_, &Cloud::cloud); }

  // A managed service must be the only one, at home, and EKS hides its control plane.
  bool plausible(std::string_view service) const {
    if (!managed_.agree()) return false;
    if (service == "eks" && control_plane_) return false;
    const std::string_view cloud = majority_cloud();
    return cloud.empty() || std::any_of(std::begin(homes), std::end(homes), [&](const Home& home) {
             return home.distribution == service && home.cloud == cloud;
           });
  }

  const sdk::Run& run_;
  std::optional<std::string_view> git_version_;
  std::string_view platform_;
  bool nodes_read_ = false;
  std::size_t nodes_ = 0;
  std::size_t simulated_ = 0;
  bool control_plane_ = false;
  std::array<std::size_t, std::size(by_vote)> votes_{};
  std::array<std::size_t, std::size(clouds)> cloud_votes_{};
  const char* marked_ = nullptr;
  Hits<std::size(openshift)> openshift_{openshift};
  Hits<std::size(overlays)> overlays_{overlays};
  Hits<std::size(managed)> managed_{managed};
  Hits<std::size(installed)> installed_{installed};
};

void put(const sdk::Run& run, std::uint32_t field, std::optional<std::string_view> value) {
  if (value && !value->empty()) run.put(field, *value);
}

void identify(sdk::Run& run) {
  const Evidence evidence(run);

  const std::string_view platform = evidence.platform();  // "linux/amd64"
  const std::size_t slash = std::min(platform.find('/'), platform.size());
  put(run, sdk::index_of(fields, "os"), platform.substr(0, slash));
  put(run, sdk::index_of(fields, "arch"),
      slash < platform.size() ? platform.substr(slash + 1) : std::string_view());
  put(run, sdk::index_of(fields, "kubernetes_version"), evidence.git_version());
  put(run, sdk::index_of(fields, "provider"), evidence.provider());
  put(run, sdk::index_of(fields, "distribution"), evidence.distribution());
  put(run, sdk::index_of(fields, "cloud"), evidence.cloud());
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
