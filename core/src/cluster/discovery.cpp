// Reads aggregated discovery, versions v2 and v2beta1, whose members of interest are the same.
#include "cluster/discovery.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

#include "json/canonical.hpp"

namespace ktel::cluster {
namespace {

using json::Cell;

constexpr std::array<std::string_view, 20> built_in_groups = {"",
                                                              "admissionregistration.k8s.io",
                                                              "apiextensions.k8s.io",
                                                              "apiregistration.k8s.io",
                                                              "apps",
                                                              "authentication.k8s.io",
                                                              "authorization.k8s.io",
                                                              "autoscaling",
                                                              "batch",
                                                              "certificates.k8s.io",
                                                              "coordination.k8s.io",
                                                              "discovery.k8s.io",
                                                              "events.k8s.io",
                                                              "flowcontrol.apiserver.k8s.io",
                                                              "networking.k8s.io",
                                                              "node.k8s.io",
                                                              "policy",
                                                              "rbac.authorization.k8s.io",
                                                              "scheduling.k8s.io",
                                                              "storage.k8s.io"};

// Far beyond what a group of custom resources has, and still a bound.
constexpr json::CellLimits limits = {.text_bytes = 4096, .list_items = 100'000};

std::shared_ptr<const json::PathTrie> paths() {
  static const auto trie = std::make_shared<const json::PathTrie>(
      json::parse_paths("metadata.name versions[*].version versions[*].freshness "
                        "versions[*].resources[*].resource "
                        "versions[*].resources[*].responseKind.kind")
          .value());
  return trie;
}

ServedGroup group_of(std::span<const Cell> cells) {
  ServedGroup group;
  group.name = cells[0].text;
  for (std::size_t v = 0; v < cells[1].items.size(); ++v) {
    ServedVersion version;
    version.version = cells[1].items[v].text;
    version.stale = cells[2].items[v].text == "Stale";
    const std::vector<Cell>& resources = cells[3].items[v].items;
    const std::vector<Cell>& kinds = cells[4].items[v].items;
    for (std::size_t r = 0; r < resources.size(); ++r) {
      version.resources.push_back({resources[r].text, kinds[r].text});
    }
    group.versions.push_back(std::move(version));
  }
  return group;
}

bool has(const ServedVersion& version, std::string_view resource) {
  return std::any_of(version.resources.begin(), version.resources.end(),
                     [&](const ServedResource& r) { return r.resource == resource; });
}

bool listed(std::span<const std::string> versions, std::string_view version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

}  // namespace

bool built_in_group(std::string_view group) noexcept {
  return std::binary_search(built_in_groups.begin(), built_in_groups.end(), group);
}

bool needs_discovery(const plugin::Read& read) noexcept {
  if (read.verb == KTEL_READ_SERVED) return true;
  if (read.verb == KTEL_READ_RAW || read.verb == KTEL_READ_METRICS) return false;
  return read.versions.size() != 1 || read.versions[0] == "*" || !built_in_group(read.group);
}

const ServedGroup* Discovery::find(std::string_view group) const noexcept {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [group](const ServedGroup& g) { return g.name == group; });
  return found == groups.end() ? nullptr : &*found;
}

Resolution Discovery::resolve(std::string_view group, std::span<const std::string> versions,
                              std::string_view resource) const {
  if (too_old || !(group.empty() ? known.core : known.groups)) {
    return {Resolution::State::unknown, {}};
  }
  const ServedGroup* served = find(group);
  Resolution answer;
  const auto consider = [&](const ServedVersion& version) {
    if (has(version, resource) && !version.stale) {
      answer = {Resolution::State::served, version.version};
      return true;
    }
    if (version.stale && answer.state == Resolution::State::absent) {
      answer = {Resolution::State::stale, version.version};
    }
    return false;
  };
  for (const std::string& wanted : versions) {
    if (served == nullptr) break;
    for (const ServedVersion& version : served->versions) {
      const bool matches =
          wanted == "*" ? !listed(versions, version.version) : version.version == wanted;
      if (matches && consider(version)) return answer;
    }
  }
  const bool has_objects =
      served != nullptr && std::any_of(served->versions.begin(), served->versions.end(),
                                       [&](const auto& v) { return has(v, resource); });
  if (built_in_served && built_in_group(group) && !has_objects && !versions.empty()) {
    return {Resolution::State::served, versions[0] == "*" ? std::string("v1") : versions[0]};
  }
  return answer;
}

DiscoveryParser::DiscoveryParser()
    : groups_(std::make_unique<std::vector<ServedGroup>>()),
      projection_(
          paths(), json::Shape::either,
          [groups = groups_.get()](std::span<const Cell> cells) {
            groups->push_back(group_of(cells));
            return Result<void>();
          },
          limits) {}

Result<void> DiscoveryParser::finish(Discovery& discovery) {
  if (Result<void> done = projection_.finish(); !done) return done;
  const std::string& kind = projection_.envelope().kind;
  if (kind == "APIGroupList" || kind == "APIVersions") {
    discovery.too_old = true;
    return {};
  }
  if (kind != "APIGroupDiscoveryList") {
    return Error{Errc::no_result, fmt::format("it is a {}, no discovery document",
                                              kind.empty() ? "document without kind" : kind)};
  }
  std::move(groups_->begin(), groups_->end(), std::back_inserter(discovery.groups));
  return {};
}

Result<std::vector<std::string>> served_documents(const Discovery& discovery,
                                                  std::string_view group,
                                                  std::span<const std::string> versions,
                                                  std::string_view resource) {
  if (discovery.too_old) {
    return Error{Errc::no_result,
                 "the API server is older than 1.26 and has no aggregated discovery, so what it "
                 "serves is unknown: upgrade it"};
  }
  std::vector<std::string> documents;
  const auto add = [&](const ServedGroup& g, const ServedVersion& v, const ServedResource& r) {
    boost::json::object document = {{"group", g.name}, {"version", v.version}};
    if (!r.resource.empty()) document["resource"] = r.resource;
    if (!r.kind.empty()) document["kind"] = r.kind;
    documents.push_back(json::canonical(document));
  };
  for (const ServedGroup& g : discovery.groups) {
    if (group != "*" && g.name != group) continue;
    for (const ServedVersion& v : g.versions) {
      if (!versions.empty() && !listed(versions, "*") && !listed(versions, v.version)) continue;
      if (v.stale && !resource.empty()) {
        return Error{Errc::no_result,
                     fmt::format("the server of the API group {}/{} does not answer, so whether "
                                 "it has {} is unknown: look at its APIService",
                                 g.name, v.version, resource)};
      }
      // The group is registered; what it has is not known.
      if (v.stale && v.resources.empty()) add(g, v, {});
      for (const ServedResource& r : v.resources) {
        if (resource.empty() || r.resource == resource) add(g, v, r);
      }
    }
  }
  return documents;
}

}  // namespace ktel::cluster
