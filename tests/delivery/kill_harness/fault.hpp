// What the report server does wrong, as a script of the strict HEC server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "support/hec_strictd/faults.hpp"

namespace ktel::test::harness {

enum class Fault {
  none,
  busy,       // 503 to one request in a hundred
  cut,        // takes one in ten, then cuts the connection instead of answering
  outage,     // takes no connection and no request for a while
  flapping,   // such outages, as long as the times between them
  revoked,    // the token is unknown for a while
  poison,     // rejects one report in ten (code 6)
  too_large,  // the same with 413
  slow        // lets some requests wait
};

inline constexpr Fault all_faults[] = {Fault::none,   Fault::busy,      Fault::cut,
                                       Fault::outage, Fault::flapping,  Fault::revoked,
                                       Fault::poison, Fault::too_large, Fault::slow};

// As in the output: "outage_10s".
std::string_view to_string(Fault fault);

// Every server is so far away: a courier that is killed has mostly reports in flight.
hec::Fault distance();

struct Faulty {
  hec::FaultScript script;
  std::size_t max_event = 5'000'000;
  std::size_t poison_every = 0;        // reports that are to be rejected
  std::chrono::milliseconds lasts{0};  // until the last of its times
};

// `full`: times of ten seconds, not of one.
Faulty faulty(Fault fault, bool full, std::uint64_t seed);

}  // namespace ktel::test::harness
