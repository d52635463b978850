// `Discovery`: which groups, versions and resources a cluster serves.
//
// Parsed from the API server's documents: the aggregated ones, or those of servers before 1.26,
// which list groups and versions, and tell the resources of each version apart. Or made by a
// snapshot from what it holds. Asked by the read plan (read_plan.hpp) to choose versions, and by
// SERVED reads. Pure values.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

#include "cluster/read_result.hpp"
#include "json/projection.hpp"
#include "plugin/declaration.hpp"

namespace ktel::cluster {

// What reads ask of discovery: is the resource there, and in which of the versions?
struct DiscoveryQuestion {
  std::string group;
  std::vector<std::string> versions;  // best first; a last "*" is any other
  std::string resource;               // empty: whatever there is
  bool served = false;                // a SERVED read: it asks, but reads nothing
};

// Which documents a run needs: /apis, /api. Neither: no request at all.
struct DiscoveryNeed {
  bool groups = false;
  bool core = false;
  std::vector<DiscoveryQuestion> questions = {};
  bool any() const noexcept { return groups || core; }
};

struct ServedResource {
  std::string resource;
  std::string kind;
};

struct ServedVersion {
  std::string version;
  bool stale = false;  // its server does not answer: what it serves is unknown, not absent
  std::vector<ServedResource> resources;
  bool listed = true;  // false: its resources were not asked for
};

struct ServedGroup {
  std::string name;
  std::vector<ServedVersion> versions;  // in the server's order of preference
};

struct Resolution {
  enum class State {
    served,  // also: the version is, and nobody asked what is in it; a 404 will say if it is absent
    absent,
    stale,   // only a version that is stale can have it
    unknown  // what is known does not hold it, and is not all there is
  };
  State state = State::absent;
  std::string version;  // of served and stale
};

class Discovery {
 public:
  std::vector<ServedGroup> groups;  // "" is the core group
  // What is not in `groups` is absent where all is known, else unknown.
  struct Known {
    bool groups = false;
    bool core = false;
  } known;
  std::vector<std::string> unknown = {};  // groups that are so all the same
  // Why something is unknown: how the reads end that cannot do without. None: it was not asked for,
  // or this is a snapshot that does not say.
  std::optional<ReadResult> failed;

  // The first of `versions` ("*": any other) in which the resource is served.
  Resolution resolve(std::string_view group, std::span<const std::string> versions,
                     std::string_view resource) const;

  // Is all of the group known that there is? "*": of all groups.
  bool knows(std::string_view group) const noexcept;

  const ServedGroup* find(std::string_view group) const noexcept;
  void add(ServedGroup group);  // its versions replace those known
  void merge(Discovery other);  // adds its groups, and what is known by them

  // "/apis/apps/v1": whose resources must be asked for before the questions can be answered.
  std::vector<std::string> open_questions(std::span<const DiscoveryQuestion> questions) const;
};

// Takes the answer of GET `url` as it arrives: /apis, /api, or the resources of one version.
class DiscoveryParser {
 public:
  explicit DiscoveryParser(std::string url);
  Result<void> feed(std::string_view chunk) { return projection_.feed(chunk); }

  // Adds what came to `discovery`.
  Result<void> finish(Discovery& discovery);

 private:
  std::string url_;
  std::unique_ptr<std::vector<ServedGroup>> groups_;
  json::Projection projection_;
};

// The version at "/apis/apps/v1" does not answer: what it has is unknown.
void set_stale(Discovery& discovery, std::string_view url);

// Is it a group that every API server has, so that its kinds need no discovery?
bool built_in_group(std::string_view group) noexcept;

// Must discovery be asked to know in which version to read it?
bool needs_discovery(const plugin::Read& read) noexcept;

// The rows of a SERVED read: documents {group, version, resource, kind}; of a version whose
// resources nobody asked for, {group, version}; of one that is stale, {freshness, group, version}:
// it is there, and what it serves is unknown. Fails if what was asked for is unknown.
Result<std::vector<std::string>> served_documents(const Discovery& discovery,
                                                  std::string_view group,
                                                  std::span<const std::string> versions,
                                                  std::string_view resource);

}  // namespace ktel::cluster
