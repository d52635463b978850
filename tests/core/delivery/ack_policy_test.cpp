// When a destination is asked after what it took.
#include "delivery/ack_policy.hpp"

#include <doctest/doctest.h>

using namespace ktel::delivery;
using namespace std::chrono_literals;

TEST_SUITE("core/delivery/ack_policy") {
  TEST_CASE("a second after a report was taken, then ever more rarely, until there is news") {
    AckClock clock;
    const SteadyTime start{1000h};
    clock.sent(start);
    CHECK(clock.next() == start + 1s);
    clock.sent(start + 500ms);
    CHECK(clock.next() == start + 1s);  // one that comes after holds up none before it

    SteadyTime now = start;
    for (const auto wait : {2s, 4s, 8s, 10s, 10s}) {
      now = clock.next();
      clock.asked(now, false);
      CHECK(clock.next() == now + wait);
    }
    clock.asked(now, true);
    CHECK(clock.next() == now + 1s);
  }

  TEST_CASE("a report that was just taken is worth asking soon, whatever the others do") {
    AckClock clock;
    const SteadyTime start{1000h};
    clock.sent(start);
    for (int i = 0; i < 5; ++i) clock.asked(start, false);
    CHECK(clock.next() == start + 10s);
    clock.sent(start + 2s);
    CHECK(clock.next() == start + 3s);
  }
}
