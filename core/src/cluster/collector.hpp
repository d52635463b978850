// `collect`: performs the reads of all jobs of a run against one source, each object once.
//
// The read plan (read_plan.hpp, pure) merges the reads; a `Source` (the API server or a snapshot)
// performs each merged fetch; results are fanned out to the (job, read) pairs that wanted them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "cluster/read_result.hpp"
#include "plugin/declaration.hpp"

namespace ktel::cluster {

// Where objects come from. Thread-safe; one may serve several runs at once.
class Source;

struct JobReads {
  std::string job;
  std::vector<plugin::Read> reads;  // ${param} already put in
  std::vector<bool> wanted;         // by read; not wanted (masked, or a param missing): SKIPPED
};

struct CollectStats {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
};

struct CollectEvents {
  // Once for each (job, read), in any order, from any thread but never two at a time, also before
  // collect() returns.
  std::function<void(std::size_t job, std::size_t read, ReadResult result)> read_ended;
  // Once, last; after it nothing of the run is held. `stats` are this run's.
  std::function<void(CollectStats stats)> finished;
};

struct CollectOptions {
  std::vector<std::string> namespaces = {};  // empty: all
  bool exact_counts = false;
  // What only reads ask for that turn out not to be made is left out, where that is known in time.
  // Whoever keeps the answers for later cannot leave that to chance.
  bool narrow = true;
  // Asked when a stop ended a read: who or what stopped it, as the read's finding shall say it.
  // Empty: "the run ended first".
  std::function<std::string()> why_stopped = {};
};

// Starts all reads and returns at once. A stop ends what is under way soon: those reads are FAILED
// with cause stopped, and finished() is still called.
void collect(std::shared_ptr<Source> source, std::vector<JobReads> jobs, CollectOptions options,
             std::stop_token stop, CollectEvents events);

}  // namespace ktel::cluster
