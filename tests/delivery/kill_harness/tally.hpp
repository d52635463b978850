// The comparison the harness exists for: what producers know was accepted and what the ledger
// holds, against what the server took.
//
// Pure: three lists in, counts and sentences out. Fed by site.cpp, printed by report.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "delivery/ledger.hpp"

namespace ktel::test::harness {

// A row of the ledger when everything is over.
struct Kept {
  std::string id;
  std::string sha256;
  delivery::State state = delivery::State::queued;
  bool poison = false;  // the server does not take it
};

// An object in the server's journal.
struct Arrived {
  std::string id;
  std::string sha256;
  bool cut = false;  // taken, and then the connection was cut on purpose: nobody was told
};

struct Evidence {
  std::vector<std::string> accepted = {};  // ids for which append() has returned
  std::vector<Kept> kept = {};
  std::vector<Arrived> arrived = {};
  std::size_t left_open = 0;  // sessions of sending that ended without knowing what was taken
  std::size_t in_flight = 4;  // of one session, at most
};

struct Tally {
  std::size_t accepted = 0;
  std::size_t delivered = 0;  // different ones
  std::size_t lost = 0;       // accepted or kept, no poison, and never arrived
  std::size_t duplicates = 0;
  std::size_t most_duplicates = 0;  // that the disturbances explain
  std::size_t dead = 0;
  std::vector<std::string> problems;  // empty: all is well
};

Tally compare(const Evidence& evidence);

}  // namespace ktel::test::harness
