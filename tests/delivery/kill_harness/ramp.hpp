// How many reports were in flight, by the order of the lines in the server's journal.
//
// Pure: no clock. A line says that a request came or that its answer is about to be written, so at
// most as many are in flight as have come and have no answer yet.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ktel::test::harness {

struct Event {
  bool answer = false;  // else: a request has come
  bool good = false;    // the answer: 200
};

struct Ramp {
  std::size_t most = 0;    // in flight at any time
  std::size_t first = 0;   // before the first good answer,
  std::size_t second = 0;  // and before the second
  std::string problem;     // empty: 1, then 2, then 4 at most, and 4 was reached
};

Ramp ramp_of(const std::vector<Event>& events, std::size_t in_flight);

// The lines of a journal (support/hec_strictd/journal.hpp) that are events. Throws where a line is
// none of a journal.
std::vector<Event> events_of(const std::string& journal);

}  // namespace ktel::test::harness
