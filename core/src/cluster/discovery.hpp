// `Discovery`: which groups, versions and resources a cluster serves.
//
// Parsed from the API server's aggregated documents, or made by a snapshot from its objects. Asked
// by the read plan (read_plan.hpp) to choose versions, and by SERVED reads. Pure values.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

#include "json/projection.hpp"
#include "plugin/declaration.hpp"

namespace ktel::cluster {

// Which documents a run needs: /apis, /api. Neither: no request at all.
struct DiscoveryNeed {
  bool groups = false;
  bool core = false;
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
};

struct ServedGroup {
  std::string name;
  std::vector<ServedVersion> versions;  // in the server's order of preference
};

struct Resolution {
  enum class State {
    served,
    absent,
    stale,   // only a version that is stale can have it
    unknown  // the document for its group was not asked for, or the server is too old to give one
  };
  State state = State::absent;
  std::string version;  // of served and stale
};

class Discovery {
 public:
  std::vector<ServedGroup> groups;  // "" is the core group
  DiscoveryNeed known;              // what the answers below are based on
  bool too_old = false;             // the server is older than 1.26 and has no aggregated discovery
  // A snapshot without served.json: built-in kinds are served though there is no object of them.
  bool built_in_served = false;

  // The first of `versions` ("*": any other) in which the resource is served.
  Resolution resolve(std::string_view group, std::span<const std::string> versions,
                     std::string_view resource) const;

  const ServedGroup* find(std::string_view group) const noexcept;
};

// Takes the answer of GET /apis or /api as it arrives.
class DiscoveryParser {
 public:
  DiscoveryParser();
  Result<void> feed(std::string_view chunk) { return projection_.feed(chunk); }

  // Adds what came to `discovery`; a plain APIGroupList or APIVersions makes it too_old.
  Result<void> finish(Discovery& discovery);

 private:
  std::unique_ptr<std::vector<ServedGroup>> groups_;
  json::Projection projection_;
};

// Is it a group that every API server has, so that its kinds need no discovery?
bool built_in_group(std::string_view group) noexcept;

// Must discovery be asked to know in which version to read it?
bool needs_discovery(const plugin::Read& read) noexcept;

// The rows of a SERVED read: documents {group, version, resource, kind}. Fails if a resource was
// asked for in a group that is stale.
Result<std::vector<std::string>> served_documents(const Discovery& discovery,
                                                  std::string_view group,
                                                  std::span<const std::string> versions,
                                                  std::string_view resource);

}  // namespace ktel::cluster
