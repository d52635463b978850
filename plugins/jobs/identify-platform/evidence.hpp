// `Evidence`: what the reads say about a platform, gathered once; identify_platform.cpp concludes.
//
// gather() walks version, nodes and discovery and keeps which rules of signals.hpp fit. It
// concludes nothing: what was not read stays empty, and says so. Lives for one run of the job; one
// thread.
#pragma once

#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pattern.hpp"
#include "signals.hpp"

namespace platform {

// A cell of one text, or of the values of all keys with a prefix. Only text is a mark: labels and
// annotations of another type do not exist.
inline bool cell_matches(sdk::Cell cell, std::string_view pattern) {
  if (cell.type() == KTEL_V_STRING) return matches(cell.text(), pattern);
  for (const sdk::Cell item : cell.list()) {
    if (item.type() == KTEL_V_STRING && matches(item.text(), pattern)) return true;
  }
  return false;
}

inline bool fits(const NodeRule& rule, sdk::Row node) {
  return cell_matches(node[rule.cell], rule.pattern);
}

// Which rules of one tier something in the cluster fits.
class Tier {
 public:
  Tier(std::span<const TextRule> by_version, std::span<const NodeRule> by_node)
      : by_version_(by_version),
        by_node_(by_node),
        version_fits_(by_version.size()),
        node_fits_(by_node.size()) {}

  void note_version(std::string_view text) {
    for (std::size_t i = 0; i < by_version_.size(); ++i) {
      version_fits_[i] = version_fits_[i] || matches(text, by_version_[i].pattern);
    }
  }
  void note_node(sdk::Row node) {
    for (std::size_t i = 0; i < by_node_.size(); ++i) {
      node_fits_[i] = node_fits_[i] || fits(by_node_[i], node);
    }
  }

  // What the first rule that fits names; "" if none does.
  std::string_view by_version() const { return first_of(by_version_, version_fits_); }
  std::string_view by_node() const { return first_of(by_node_, node_fits_); }
  std::string_view first() const { return by_version().empty() ? by_node() : by_version(); }

  // Does no rule that fits name anything else?
  bool names_only(std::string_view name) const {
    return all_are(name, by_version_, version_fits_) && all_are(name, by_node_, node_fits_);
  }

 private:
  template <class Rule>
  static std::string_view first_of(std::span<const Rule> rules, const std::vector<bool>& fit) {
    const auto found = std::find(fit.begin(), fit.end(), true);
    if (found == fit.end()) return {};
    return rules[static_cast<std::size_t>(found - fit.begin())].name;
  }
  template <class Rule>
  static bool all_are(std::string_view name, std::span<const Rule> rules,
                      const std::vector<bool>& fit) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (fit[i] && rules[i].name != name) return false;
    }
    return true;
  }

  std::span<const TextRule> by_version_;
  std::span<const NodeRule> by_node_;
  std::vector<bool> version_fits_;
  std::vector<bool> node_fits_;
};

// Nodes vote with their provider ids: each for the first rule that its id fits.
class Vote {
 public:
  explicit Vote(std::span<const TextRule> rules) : rules_(rules), votes_(rules.size()) {}

  void cast(std::string_view id) {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (has_scheme(id) != has_scheme(rules_[i].pattern)) continue;
      if (!matches(id, rules_[i].pattern)) continue;
      ++votes_[i];
      return;
    }
  }

  // The name with the most votes, those of all its rules; among equals the first; "" without votes.
  std::string_view winner() const {
    std::string_view best;
    std::size_t most = 0;
    for (const TextRule& candidate : rules_) {
      std::size_t sum = 0;
      for (std::size_t i = 0; i < rules_.size(); ++i) {
        if (std::string_view(rules_[i].name) == candidate.name) sum += votes_[i];
      }
      if (sum <= most) continue;
      most = sum;
      best = candidate.name;
    }
    return best;
  }

 private:
  static bool has_scheme(std::string_view id) { return id.find("://") != id.npos; }

  std::span<const TextRule> rules_;
  std::vector<std::size_t> votes_;
};

struct Evidence {
  std::optional<std::string_view> git_version;
  std::string_view built_for;  // "linux/amd64"
  std::string major_minor;     // "1.24"; a vendor's can be "1.22+"

  // Was it read? Only then its absence says something.
  bool version_known = false;  // the server's, or that of a kubelet
  bool nodes_listed = false;
  bool discovery_known = false;

  Tier openshift{{}, openshift_marks};
  Tier overlays{overlay_versions, overlay_marks};
  Tier managed{managed_versions, managed_marks};
  Tier by_controller{{}, controller_marks};
  Tier installed{installed_versions, installed_marks};
  bool openshift_served = false;
  bool tanzu_served = false;
  bool control_plane_shown = false;
  bool only_simulated = false;  // nodes, and at least one
  Vote cloud{clouds};

  Tier provider{provider_versions, {}};
  Vote provider_vote{provider_ids};
  std::string_view provider_mark;  // of the first node that has one

  bool complete() const { return version_known && nodes_listed && discovery_known; }
};

inline bool is_served(const sdk::Run& run, std::uint32_t read) {
  return run.count(read).value_or(0) > 0;
}

namespace gathering {

// What tells OpenShift and Tanzu by being served. A group of such a name is not enough where
// anybody can make it: there the kind must be served too.
constexpr std::uint32_t openshift_reads[] = {
    sdk::index_of(reads, "clusterversions"), sdk::index_of(reads, "scc"),
    sdk::index_of(reads, "openshift-apps"), sdk::index_of(reads, "openshift-projects")};
constexpr std::uint32_t tanzu_reads[] = {sdk::index_of(reads, "tanzu"),
                                         sdk::index_of(reads, "tanzu-core")};

inline bool any_served(const sdk::Run& run, std::span<const std::uint32_t> served_reads) {
  return std::any_of(served_reads.begin(), served_reads.end(),
                     [&](std::uint32_t read) { return is_served(run, read); });
}
inline bool all_known(const sdk::Run& run, std::span<const std::uint32_t> served_reads) {
  return std::all_of(served_reads.begin(), served_reads.end(),
                     [&](std::uint32_t read) { return static_cast<bool>(run.state(read)); });
}

inline void note_version(Evidence& evidence, std::string_view text) {
  evidence.version_known = true;
  evidence.overlays.note_version(text);
  evidence.managed.note_version(text);
  evidence.installed.note_version(text);
  evidence.provider.note_version(text);
}

inline std::string in_lower_case(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

// A node of the cluster itself. Where the server's version is not known, that of a kubelet stands
// in.
inline void note_node(Evidence& evidence, sdk::Row node) {
  const std::string_view kubelet = node.text(kubelet_version);
  if (!evidence.git_version && !kubelet.empty()) note_version(evidence, kubelet);
  for (const std::uint32_t mark : control_plane_marks) {
    if (node.has(mark)) evidence.control_plane_shown = true;
  }
  evidence.openshift.note_node(node);
  evidence.overlays.note_node(node);
  evidence.managed.note_node(node);
  evidence.by_controller.note_node(node);
  evidence.installed.note_node(node);
  for (const NodeRule& rule : provider_marks) {
    if (evidence.provider_mark.empty() && fits(rule, node)) evidence.provider_mark = rule.name;
  }
  const std::string id = in_lower_case(node.text(provider_id));
  evidence.cloud.cast(id);
  evidence.provider_vote.cast(id);
}

}  // namespace gathering

inline Evidence gather(const sdk::Run& run) {
  Evidence evidence;
  if (const auto document = run.one(sdk::index_of(reads, "version"))) {
    evidence.built_for = document->text(1);
    evidence.major_minor.append(document->text(2)).append(1, '.').append(document->text(3));
    if (!document->text(0).empty()) {
      evidence.git_version = document->text(0);
      gathering::note_version(evidence, *evidence.git_version);
    }
  }
  std::size_t nodes = 0;
  std::size_t simulated = 0;
  // A list that ended halfway is no list: each() then calls nothing.
  evidence.nodes_listed =
      static_cast<bool>(run.each(sdk::index_of(reads, "nodes"), [&](sdk::Row node) {
        ++nodes;
        for (const NoEvidence& mark : no_evidence) {
          if (!cell_matches(node[mark.cell], mark.pattern)) continue;
          simulated += mark.simulated ? 1 : 0;
          return;
        }
        gathering::note_node(evidence, node);
      }));
  evidence.only_simulated = nodes > 0 && simulated == nodes;
  evidence.openshift_served = gathering::any_served(run, gathering::openshift_reads);
  evidence.tanzu_served = gathering::any_served(run, gathering::tanzu_reads);
  evidence.discovery_known = gathering::all_known(run, gathering::openshift_reads) &&
                             gathering::all_known(run, gathering::tanzu_reads);
  return evidence;
}

}  // namespace platform
