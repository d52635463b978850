// `plan_reads`: which fetches serve the reads of all jobs of a run. Pure.
//
// Reads of the same objects become one fetch that holds the paths of all; a count of objects that
// are listed anyway is free, also where it turns out only later that they are. So do reads of
// metrics at one URL, whatever metrics they name. What needs no discovery does not wait for it.
// `collect` (collector.hpp) performs the plan; `workflows plan` shows it.
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

// What the API server is asked for: the least that holds all paths.
enum class Representation {
  table,     // a count alone: one row without its object
  metadata,  // all paths lie in metadata: PartialObjectMetadataList
  objects    // whole objects
};

// A read of a job, both by index.
struct ReadAt {
  std::size_t job = 0;
  std::size_t read = 0;
};

// Made only if that read of the same job has (has no) row.
struct Condition {
  std::optional<std::size_t> read{};  // none: made in any case
  bool absent = false;
};

// A read that waits for a fetch.
struct Consumer {
  ReadAt at{};
  Condition when{};
  std::vector<std::uint32_t> columns{};  // its path i is path columns[i] of the fetch
  std::vector<std::string> metrics{};    // metrics: the names that it declares
  bool count_only = false;
  bool get = false;  // no object is ABSENT
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
  std::vector<std::string> metrics;   // metrics: the names of all consumers, each once
  std::vector<json::Path> paths;      // of all consumers, each once; of metrics `name` is the first
  Representation representation = Representation::objects;
  // Metadata and objects are asked for as protobuf, which costs the server the least, and as JSON
  // only where that will not do. How an answer is read is decided by its own type.
  bool protobuf = false;
  std::vector<Consumer> consumers;
  // A count: the fetch of the same plan that may list the same objects. That one counts, too; this
  // one is made where it is not made, or fails.
  std::optional<std::size_t> instead_of;

  // Is there a consumer that does not wait for another read?
  bool unconditional() const noexcept;
  // "pods", "deployments.apps": for messages.
  std::string what() const;
};

// The fetch as it is without the consumers `refused` says, whose condition does not hold: what they
// alone asked for is not asked, which may leave a cheaper form. All consumers keep their places.
Fetch narrowed(Fetch fetch, const std::vector<bool>& refused);

// A read that ends without a fetch.
struct Settled {
  ReadAt at{};
  Condition when{};
  ReadResult result{};
};

struct ReadPlan {
  std::vector<Fetch> fetches;
  std::vector<Settled> settled;
};

// Reads that can be planned at once, and those that wait until discovery has answered `need`: they
// ask after versions, or may turn out to want the same objects as one that does.
struct ReadOrder {
  std::vector<ReadAt> at_once;
  std::vector<ReadAt> after_discovery;
  DiscoveryNeed need;
};

ReadOrder order_reads(const std::vector<JobReads>& jobs);

// `namespaces`: empty for all; an empty name among them is none. `discovery`: as far as it has
// answered.
ReadPlan plan_reads(const std::vector<JobReads>& jobs, const std::vector<ReadAt>& reads,
                    const std::vector<std::string>& namespaces, const Discovery& discovery);

}  // namespace ktel::cluster
