// `SavedReads`: what a snapshot that ktel saved holds, read for read: its _snapshot.json.
//
// Made by `RecordingSource` (recording_source.hpp) from what a run's fetches gave, asked by
// `SnapshotSource`. A saved snapshot knows the answers to these questions and to no other: what
// was not asked, or not with these paths, is unknown. Values, no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ktel/result.hpp>

#include "cluster/discovery.hpp"
#include "cluster/read_plan.hpp"

namespace ktel::cluster {

struct SavedRead {
  Fetch fetch;  // as asked; no consumers
  bool absent = false;
  std::uint64_t count = 0;
  std::string file;  // of the rows, relative to the snapshot; empty: there are none to keep
  // Cells that were too large, of which nothing is kept: row, and path of the fetch.
  std::vector<std::pair<std::uint64_t, json::Path>> too_large = {};
};

struct SavedReads {
  std::string time;  // when they were made, RFC 3339
  std::vector<SavedRead> reads;
  std::vector<DiscoveryQuestion> asked;  // of discovery
  std::vector<ServedGroup> served;       // of the groups asked after, what was asked after

  // The read that answers all a fetch asks; nullptr: none does.
  const SavedRead* find(const Fetch& fetch) const;

  // What can be said of these questions. Groups that were not asked after are unknown, and why.
  Discovery discovery(const std::vector<DiscoveryQuestion>& questions) const;
};

// What of a discovery was asked after.
std::vector<ServedGroup> answers(const Discovery& discovery,
                                 const std::vector<DiscoveryQuestion>& asked);

std::string to_json(const SavedReads& saved);
Result<SavedReads> parse_saved_reads(std::string_view json);  // bad_input

}  // namespace ktel::cluster
