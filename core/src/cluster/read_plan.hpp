// `plan_reads`: which fetches serve the reads of all jobs of a run. Pure.
//
// Reads of the same objects become one fetch that holds the paths of all; a count of objects that
// are listed anyway is free. `collect` (collector.hpp) performs the plan; `workflows plan` shows
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/collector.hpp"
#include "cluster/discovery.hpp"
#include "cluster/read_result.hpp"
#include "json/path.hpp"

namespace ktel::cluster {

// How the API server is asked for a list: the cheapest form that holds all paths. The answer's own
// type decides how it is read. (Protobuf for built-in kinds belongs here, between metadata and
// json.)
enum class Representation {
  table,     // a count alone: one row without its object
  metadata,  // all paths lie in metadata: PartialObjectMetadataList
  json       // whole objects
};

// A (job, read), by index, that waits for a fetch.
struct Consumer {
  std::size_t job = 0;
  std::size_t read = 0;
  std::vector<std::uint32_t> columns{};  // its path i is path columns[i] of the fetch
  bool count_only = false;
  bool get = false;  // no object is ABSENT
  // Made only if that read of the same job has (has no) row.
  std::optional<std::size_t> when{};
  bool when_absent = false;
};

struct Fetch {
  enum class Kind { list, count, raw, served, metrics };
  Kind kind = Kind::list;
  std::string group;
  std::string version;  // as served; of lists and counts
  std::string resource;
  bool cluster_scoped = false;
  std::vector<std::string> namespaces;  // one request each; "" alone: all at once
  std::string name;                     // of a single object; goes into the field selector
  std::string label_selector;
  std::string field_selector;
  std::string url;                    // raw, metrics
  std::vector<std::string> versions;  // served: as declared
  std::vector<json::Path> paths;      // of all consumers, each once
  Representation representation = Representation::json;
  std::vector<Consumer> consumers;

  // Is there a consumer that does not wait for another read?
  bool unconditional() const noexcept;
  // "pods", "deployments.apps": for messages.
  std::string what() const;
};

struct Settled {
  std::size_t job = 0;
  std::size_t read = 0;
  ReadResult result{};
};

struct ReadPlan {
  std::vector<Fetch> fetches;
  std::vector<Settled> settled;  // reads that end without a fetch
};

// What must be known of the cluster before reads can be planned.
DiscoveryNeed discovery_need(const std::vector<JobReads>& jobs);

// `discovery`: empty if none was needed, or the reason why there is none.
ReadPlan plan_reads(const std::vector<JobReads>& jobs, const std::vector<std::string>& namespaces,
                    const std::optional<Result<Discovery>>& discovery);

}  // namespace ktel::cluster
