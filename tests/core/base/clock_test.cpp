// Times as they are written.
#include <doctest/doctest.h>

#include "base/clock.hpp"

using namespace ktel;

TEST_SUITE("core/base/clock") {
  TEST_CASE("a time is written in UTC, whole seconds") {
    using namespace std::chrono;
    CHECK(rfc3339(system_clock::time_point(1'764'031'260s)) == "2025-11-25T00:41:00Z");
    CHECK(rfc3339(system_clock::time_point(1'764'031'260s + 999ms)) == "2025-11-25T00:41:00Z");
    CHECK(rfc3339(system_clock::time_point{}) == "1970-01-01T00:00:00Z");
  }

  TEST_CASE("the system's clock moves") {
    const Clock clock = ktel::system_clock();
    CHECK(clock() > std::chrono::system_clock::time_point{});
  }
}
