// Reads aggregated discovery, versions v2 and v2beta1, whose members of interest are the same, and
// the plain documents of older servers.
#include "cluster/discovery.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

#include "base/one_line.hpp"
#include "cluster/finding.hpp"
#include "cluster/kinds.hpp"
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

// The cells of all documents, and of the items of the aggregated ones.
struct At {
  enum : std::size_t {
    kind,
    group_name,
    plain_versions,
    version,
    freshness,
    version_resource,
    version_kind,
    plain_group,
    plain_group_version,
    group_version,
    resource_name,
    resource_kind
  };
};

const std::shared_ptr<const json::PathTrie>& paths() {
  static const auto trie = std::make_shared<const json::PathTrie>(
      json::parse_paths("kind metadata.name versions[*] versions[*].version versions[*].freshness "
                        "versions[*].resources[*].resource "
                        "versions[*].resources[*].responseKind.kind "
                        "groups[*].name groups[*].versions[*].version "
                        "groupVersion resources[*].name resources[*].kind")
          .value());
  return trie;
}

ServedVersion unlisted(const Cell& name) {
  ServedVersion version;
  version.version = name.text;
  version.listed = false;
  return version;
}

// Subresources are named RESOURCE/SUB.
std::vector<ServedResource> resources_of(const Cell& names, const Cell& kinds) {
  std::vector<ServedResource> resources;
  for (std::size_t r = 0; r < names.items.size(); ++r) {
    if (names.items[r].text.find('/') != std::string::npos) continue;
    resources.push_back({names.items[r].text, kinds.items[r].text});
  }
  return resources;
}

// Cells of paths over one array line up once check_sizes() has passed.
std::vector<ServedGroup> groups_of(std::span<const Cell> cells) {
  std::vector<ServedGroup> groups;
  const std::string& document = cells[At::kind].text;
  if (document == "APIGroupList") {
    for (std::size_t g = 0; g < cells[At::plain_group].items.size(); ++g) {
      ServedGroup& group = groups.emplace_back();
      group.name = cells[At::plain_group].items[g].text;
      for (const Cell& v : cells[At::plain_group_version].items[g].items) {
        group.versions.push_back(unlisted(v));
      }
    }
  } else if (document == "APIVersions") {
    ServedGroup& core = groups.emplace_back();
    for (const Cell& v : cells[At::plain_versions].items) core.versions.push_back(unlisted(v));
  } else if (document == "APIResourceList") {
    const GroupVersion at = split_api_version(cells[At::group_version].text);
    groups.push_back(
        {at.group,
         {{at.version, false, resources_of(cells[At::resource_name], cells[At::resource_kind])}}});
  } else {
    ServedGroup& group = groups.emplace_back();
    group.name = cells[At::group_name].text;
    for (std::size_t v = 0; v < cells[At::version].items.size(); ++v) {
      group.versions.push_back(
          {cells[At::version].items[v].text, cells[At::freshness].items[v].text == "Stale",
           resources_of(cells[At::version_resource].items[v], cells[At::version_kind].items[v])});
    }
  }
  return groups;
}

bool has(const ServedVersion& version, std::string_view resource) {
  return std::any_of(version.resources.begin(), version.resources.end(),
                     [&](const ServedResource& r) { return r.resource == resource; });
}

bool listed(std::span<const std::string> versions, std::string_view version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

// The versions of the group that are among the wanted, best first.
std::vector<const ServedVersion*> candidates(const ServedGroup& group,
                                             std::span<const std::string> versions) {
  std::vector<const ServedVersion*> found;
  for (const std::string& wanted : versions) {
    for (const ServedVersion& v : group.versions) {
      const bool matches = wanted == "*" ? !listed(versions, v.version) : v.version == wanted;
      if (matches) found.push_back(&v);
    }
  }
  return found;
}

std::string url_of(const ServedGroup& group, const ServedVersion& version) {
  return group.name.empty() ? "/api/" + version.version
                            : fmt::format("/apis/{}/{}", group.name, version.version);
}

bool plain(std::string_view url) {
  return std::all_of(url.begin(), url.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '/';
  });
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

void Discovery::add(ServedGroup group) {
  const auto known_group = std::find_if(groups.begin(), groups.end(),
                                        [&](const ServedGroup& g) { return g.name == group.name; });
  if (known_group == groups.end()) {
    groups.push_back(std::move(group));
    return;
  }
  for (ServedVersion& version : group.versions) {
    auto& versions = known_group->versions;
    const auto same = std::find_if(versions.begin(), versions.end(), [&](const ServedVersion& v) {
      return v.version == version.version;
    });
    if (same == versions.end()) {
      versions.push_back(std::move(version));
    } else {
      *same = std::move(version);
    }
  }
}

void Discovery::merge(Discovery other) {
  for (ServedGroup& group : other.groups) add(std::move(group));
  known.groups = known.groups || other.known.groups;
  known.core = known.core || other.known.core;
}

bool Discovery::knows(std::string_view group) const noexcept {
  if (group == "*") return known.groups && known.core && unknown.empty();
  if (std::find(unknown.begin(), unknown.end(), group) != unknown.end()) return false;
  return group.empty() ? known.core : known.groups;
}

Resolution Discovery::resolve(std::string_view group, std::span<const std::string> versions,
                              std::string_view resource) const {
  Resolution answer;
  if (!knows(group)) answer.state = Resolution::State::unknown;
  const ServedGroup* served = find(group);
  if (served == nullptr) return answer;
  for (const ServedVersion* version : candidates(*served, versions)) {
    if (!version->stale && (!version->listed || has(*version, resource))) {
      return {Resolution::State::served, version->version};
    }
    if (version->stale && answer.state == Resolution::State::absent) {
      answer = {Resolution::State::stale, version->version};
    }
  }
  return answer;
}

std::vector<std::string> Discovery::open_questions(
    std::span<const DiscoveryQuestion> questions) const {
  std::vector<std::string> urls;
  for (const DiscoveryQuestion& question : questions) {
    if (question.resource.empty()) continue;
    for (const ServedGroup& group : groups) {
      if (question.group != "*" && question.group != group.name) continue;
      const auto asked = candidates(
          group, question.versions.empty() ? std::vector<std::string>{"*"} : question.versions);
      if (!question.served && asked.size() == 1) continue;  // reading it will tell
      for (const ServedVersion* version : asked) {
        const std::string url = url_of(group, *version);
        if (version->listed || version->stale || !plain(url)) continue;
        if (std::find(urls.begin(), urls.end(), url) == urls.end()) urls.push_back(url);
      }
    }
  }
  return urls;
}

DiscoveryParser::DiscoveryParser(std::string url)
    : url_(std::move(url)),
      groups_(std::make_unique<std::vector<ServedGroup>>()),
      projection_(
          paths(), json::Shape::either,
          [groups = groups_.get()](std::span<const Cell> cells) -> Result<void> {
            if (Result<void> whole = json::check_sizes(cells, *paths()); !whole) return whole;
            for (ServedGroup& group : groups_of(cells)) groups->push_back(std::move(group));
            return {};
          },
          limits) {}

Result<void> DiscoveryParser::finish(Discovery& discovery) {
  if (Result<void> done = projection_.finish(); !done) return done;
  const std::string& document = projection_.envelope().kind;
  const bool version_alone = url_ != "/api" && url_ != "/apis";
  const std::string_view older = version_alone     ? "APIResourceList"
                                 : url_ == "/apis" ? "APIGroupList"
                                                   : "APIVersions";
  if (document != older && (version_alone || document != "APIGroupDiscoveryList")) {
    return Error{Errc::no_result,
                 fmt::format("it is a {}, no discovery document",
                             document.empty() ? "document without kind" : one_line(document, 64))};
  }
  for (ServedGroup& group : *groups_) discovery.add(std::move(group));
  if (url_ == "/apis") discovery.known.groups = true;
  if (url_ == "/api") discovery.known.core = true;
  return {};
}

void set_stale(Discovery& discovery, std::string_view url) {
  for (ServedGroup& group : discovery.groups) {
    for (ServedVersion& version : group.versions) {
      if (url_of(group, version) == url) version.stale = true;
    }
  }
}

Result<std::vector<std::string>> served_documents(const Discovery& discovery,
                                                  std::string_view group,
                                                  std::span<const std::string> versions,
                                                  std::string_view resource) {
  std::vector<std::string> documents;
  const auto add = [&](const ServedGroup& g, const ServedVersion& v, const ServedResource& r) {
    boost::json::object document = {{"group", g.name}, {"version", v.version}};
    if (v.stale) document["freshness"] = "Stale";
    if (!r.resource.empty()) document["resource"] = r.resource;
    if (!r.kind.empty()) document["kind"] = r.kind;
    documents.push_back(json::canonical(document));
  };
  for (const ServedGroup& g : discovery.groups) {
    if (group != "*" && g.name != group) continue;
    for (const ServedVersion& v : g.versions) {
      if (!versions.empty() && !listed(versions, "*") && !listed(versions, v.version)) continue;
      if (v.stale && !resource.empty()) {
        return Error{Errc::no_result, does_not_answer(g.name, v.version)};
      }
      if (!v.listed && !resource.empty() && !has(v, resource)) {
        return Error{Errc::no_result,
                     fmt::format("the snapshot does not say whether {}/{} has {}; {}", g.name,
                                 v.version, resource, how_to_save(url_of(g, v)))};
      }
      // The group is registered; what it has is not known.
      if ((v.stale || !v.listed) && v.resources.empty()) add(g, v, {});
      for (const ServedResource& r : v.resources) {
        if (resource.empty() || r.resource == resource) add(g, v, r);
      }
    }
  }
  if (!discovery.knows(group) && (group == "*" || documents.empty())) {
    return Error{
        Errc::no_result,
        fmt::format("the snapshot does not say what the cluster served; {}",
                    how_to_save(group.empty() || discovery.known.groups ? "/api" : "/apis"))};
  }
  return documents;
}

}  // namespace ktel::cluster
