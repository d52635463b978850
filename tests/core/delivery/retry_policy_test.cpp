// The breaker, as a table of what happened and what follows.
#include "delivery/retry_policy.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace ktel::delivery;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

const SteadyTime start{1000h};

Attempt attempt(Verdict verdict, milliseconds after = 0ms) {
  Attempt attempt;
  attempt.verdict = verdict;
  attempt.after = after;
  return attempt;
}

// Attempts one after the other, each begun when the last delay was over; gives the delays.
std::vector<milliseconds> delays(const std::vector<Attempt>& attempts, double random) {
  std::vector<milliseconds> delays;
  Breaker breaker;
  SteadyTime now = start;
  for (const Attempt& one : attempts) {
    breaker = next(breaker, {one, now, now}, random, 4);
    delays.push_back(std::chrono::duration_cast<milliseconds>(
        breaker.until > now ? breaker.until - now : SteadyTime::duration{}));
    now = std::max(now, breaker.until);
  }
  return delays;
}

}  // namespace

TEST_SUITE("core/delivery/retry_policy") {
  TEST_CASE("delays follow the verdicts") {
    const Attempt up = attempt(Verdict::up), down = attempt(Verdict::down),
                  busy = attempt(Verdict::throttled), blocked = attempt(Verdict::blocked);
    Attempt slow = attempt(Verdict::throttled, 1s);
    slow.outcome = Outcome::delivered;
    Attempt slow_ack = slow;
    slow_ack.outcome = Outcome::pending;
    struct {
      const char* what;
      std::vector<Attempt> attempts;
      double random;
      std::vector<milliseconds> delays;
    } const table[] = {
        {"up goes on", {up, up}, 1, {0ms, 0ms}},
        {"down doubles to a minute",
         {down, down, down, down, down, down, down, down},
         1,
         {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}},
        {"jitter takes up to half", {down, down, down}, 0, {500ms, 1s, 2s}},
        {"busy is as down", {busy, down, busy}, 1, {1s, 2s, 4s}},
        {"a success starts again", {down, down, up, down}, 1, {1s, 2s, 0ms, 1s}},
        {"blocked doubles to ten minutes, without jitter",
         {blocked, blocked, blocked, blocked, blocked, blocked, blocked},
         0,
         {30s, 60s, 120s, 240s, 480s, 600s, 600s}},
        {"another kind starts again", {down, down, blocked, down}, 1, {1s, 2s, 30s, 1s}},
        {"what was taken is no failure: the pause asked for, every time",
         {slow, slow, slow},
         1,
         {1s, 1s, 1s}},
        {"nor is what has yet to be acknowledged", {slow_ack, slow_ack}, 1, {1s, 1s}},
        {"and ends those before", {down, down, slow, down}, 1, {1s, 2s, 1s, 1s}},
        {"Retry-After is a floor",
         {attempt(Verdict::throttled, 7s), attempt(Verdict::throttled, 1s)},
         1,
         {7s, 2s}},
        {"Retry-After is capped at an hour", {attempt(Verdict::throttled, 24h)}, 1, {1h}},
        {"a negative Retry-After is none", {attempt(Verdict::down, -5s)}, 1, {1s}},
        {"there is no limit", std::vector<Attempt>(100, down), 1, {}},
    };
    for (const auto& line : table) {
      CAPTURE(line.what);
      const auto seen = delays(line.attempts, line.random);
      if (line.delays.empty()) {
        CHECK(seen.back() == 60s);
      } else {
        CHECK(seen == line.delays);
      }
    }
  }

  TEST_CASE("what may be in flight ramps up with each success and falls to one") {
    Breaker breaker;
    std::vector<unsigned> widths = {breaker.width};
    for (const Verdict verdict :
         {Verdict::up, Verdict::up, Verdict::up, Verdict::down, Verdict::up}) {
      breaker = next(breaker, {attempt(verdict), start, start}, 1, 4);
      widths.push_back(breaker.width);
    }
    CHECK(widths == std::vector<unsigned>{1, 2, 4, 4, 1, 2});
    CHECK(next({}, {attempt(Verdict::up), start, start}, 1, 1).width == 1);
  }

  TEST_CASE("four that were on their way when it broke are one failure") {
    Breaker breaker{.width = 4};
    for (int i = 0; i < 4; ++i) {
      breaker = next(breaker, {attempt(Verdict::down), start, start + 5s}, 1, 4);
    }
    CHECK(breaker.failures == 1);
    CHECK(breaker.until == start + 6s);

    breaker = next(breaker, {attempt(Verdict::throttled, 30s), start, start + 5s}, 1, 4);
    CHECK(breaker.failures == 1);
    CHECK(breaker.until == start + 35s);
  }

  TEST_CASE("a later session keeps to what was asked for, an hour at most") {
    CHECK(resumed(7s, start).until == start + 7s);
    CHECK(resumed(-7s, start).until == start);
    CHECK(resumed(std::chrono::microseconds::max(), start).until == start + 1h);
    CHECK(resumed(7s, start).state == Verdict::up);
  }

  TEST_CASE("our own hanging up says nothing about the destination") {
    Attempt stopped = attempt(Verdict::down);
    stopped.cause = Cause::stopped;
    const Breaker breaker{.width = 2};
    CHECK(next(breaker, {stopped, start, start}, 1, 4) == breaker);
  }
}
