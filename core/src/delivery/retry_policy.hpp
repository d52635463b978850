// When a destination is tried again: one breaker a destination, not one a report.
//
// Pure: (breaker, attempt, clock, random) -> breaker. The courier keeps one while it sends. There
// is no limit to attempts or to elapsed time: what cannot be delivered today stays in the ledger.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "delivery/outcome.hpp"

namespace ktel::delivery {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Breaker {
  Verdict state = Verdict::up;
  std::uint32_t failures = 0;  // in a row, of the same kind: busy or down, or blocked
  unsigned width = 1;          // so many reports may be in flight; ramps up, 1, 2, 4
  SteadyTime opened{};         // when it last turned away from up
  SteadyTime until{};          // nothing is sent before
  bool operator==(const Breaker&) const = default;
};

struct Tried {
  Attempt attempt;
  SteadyTime started;
  SteadyTime ended;
};

// No destination keeps us away for longer.
inline constexpr std::chrono::milliseconds longest_pause = std::chrono::hours(1);

// `random` is from 0 to 1. Attempts that were on their way when the breaker opened are the same
// failure again: they do not lengthen the delay, but their Retry-After counts. A report that was
// taken is no failure, whatever pause was asked for with it.
Breaker next(const Breaker& breaker, const Tried& tried, double random, unsigned most_in_flight);

// random(0.5..1.0) x min(60 s, 1 s doubled `failures` times).
std::chrono::milliseconds backoff(std::uint32_t failures, double random);

// The breaker of a session that begins while the destination still wants to be left alone.
Breaker resumed(std::chrono::microseconds left, SteadyTime now);

// So many different reports rejected with one code, and none taken in between, is configuration.
inline constexpr std::size_t rejected_alike_limit = 20;

}  // namespace ktel::delivery
