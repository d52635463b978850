// Timestamps as Go writes them in JSON.
#include "protobuf/time_text.hpp"

#include <doctest/doctest.h>

#include <limits>

using ktel::protobuf::time_text;

TEST_SUITE("core/protobuf/time_text") {
  TEST_CASE("seconds and nanoseconds to RFC 3339") {
    const struct {
      std::int64_t seconds;
      std::int64_t nanos;
      bool micro;
      const char* text;
    } rows[] = {
        {0, 0, false, "1970-01-01T00:00:00Z"},
        {1'199'149'261, 0, false, "2008-01-01T01:01:01Z"},
        {1'199'149'261, 999'999'999, false, "2008-01-01T01:01:01Z"},
        {1'199'149'261, 5'999, true, "2008-01-01T01:01:01.000005Z"},
        {1'709'251'199, 0, true, "2024-02-29T23:59:59.000000Z"},
        {-1, 0, false, "1969-12-31T23:59:59Z"},
        {-62'167'219'200, 0, false, "0000-01-01T00:00:00Z"},
        {-62'167'219'201, 0, false, ""},
        {253'402'300'799, 0, false, "9999-12-31T23:59:59Z"},
        {253'402'300'800, 0, false, ""},
        {0, -1, false, ""},
        {0, 1'000'000'000, true, ""},
        {std::numeric_limits<std::int64_t>::max(), 0, false, ""},
        {std::numeric_limits<std::int64_t>::min(), 0, false, ""},
    };
    for (const auto& row : rows) {
      CAPTURE(row.seconds);
      CHECK(time_text(row.seconds, row.nanos, row.micro) == row.text);
    }
  }
}
