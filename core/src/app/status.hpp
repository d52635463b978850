// How things stand with what was recorded: of each destination what waits there, and why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

namespace ktel::app {

struct DestinationStatus {
  std::string destination;
  std::string state;                          // "empty", "sending", "waiting", "held up", "queued"
  std::map<std::string, std::size_t> counts;  // reports by what became of them
  std::uint64_t queued_bytes = 0;
  std::string oldest_queued;   // RFC 3339, as all times here; empty: nothing is queued
  std::string not_before;      // it asked not to be called before; empty: it did not
  std::string last_delivered;  // empty: never
  std::string held_up;         // what came of the last attempt, where the oldest is still queued
  std::string rejected;        // why the last report that is dead is
};

// A part of what confines a plugin in a child, and why it does not hold on this machine; "": it
// does.
struct Confinement {
  std::string part;
  std::string missing;
};

struct Status {
  std::filesystem::path ledger;
  std::size_t reports = 0;
  std::uint64_t bytes = 0;
  std::vector<DestinationStatus> destinations;
};

// Of ktel-child on this machine; empty: it cannot be started, and no plugin runs in a child.
std::vector<Confinement> confinement();

// Connects to nobody. not_found: there is no ledger.
Result<Status> status_of(const std::filesystem::path& ledger, LogSink log);

}  // namespace ktel::app
