// The breaker's transitions.
#include "delivery/retry_policy.hpp"

#include <algorithm>

namespace ktel::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

milliseconds doubled(milliseconds first, std::uint32_t times, milliseconds cap) {
  return std::min(cap, first * (std::int64_t{1} << std::min(times, 20u)));
}

}  // namespace

milliseconds backoff(std::uint32_t failures, double random) {
  const auto full = doubled(1s, failures, 60s);
  return milliseconds(
      static_cast<std::int64_t>((0.5 + 0.5 * random) * static_cast<double>(full.count())));
}

Breaker next(const Breaker& breaker, const Tried& tried, double random, unsigned most_in_flight) {
  const Attempt& attempt = tried.attempt;
  if (attempt.cause == Cause::stopped) return breaker;  // we hung up; it says nothing about them

  if (attempt.verdict == Verdict::up) {
    return {.width = std::clamp(2 * breaker.width, 1u, std::max(1u, most_in_flight))};
  }

  const milliseconds floor = std::clamp(attempt.after, milliseconds(0), longest_pause);
  const bool taken = attempt.outcome == Outcome::delivered || attempt.outcome == Outcome::pending;
  if (taken) return {.until = tried.ended + floor};

  const bool blocked = attempt.verdict == Verdict::blocked;
  const bool same_kind =
      breaker.state != Verdict::up && blocked == (breaker.state == Verdict::blocked);

  Breaker result = breaker;
  result.width = 1;
  if (same_kind && tried.started < breaker.opened) {
    result.until = std::max(breaker.until, tried.ended + floor);
    return result;
  }
  const std::uint32_t before = same_kind ? breaker.failures : 0;
  const milliseconds delay = blocked ? doubled(30s, before, 10min) : backoff(before, random);
  result.state = attempt.verdict;
  result.failures = before + 1;
  result.opened = tried.ended;
  result.until = tried.ended + std::max(delay, floor);
  return result;
}

Breaker resumed(std::chrono::microseconds left, SteadyTime now) {
  return {.until = now + std::clamp<std::chrono::microseconds>(left, 0us, longest_pause)};
}

}  // namespace ktel::delivery
