// Times: what is read, and the one form that leaves.
#include "standard/time_value.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

using ktel::standard::parse_time;
using ktel::standard::time_text;

TEST_SUITE_BEGIN("core/standard/time_value");

TEST_CASE("RFC 3339 and the form that leaves are read") {
  constexpr std::int64_t expected = 1651567582;  // date -ud '2022-05-03 08:46:22' +%s
  for (const char* text : {"2022-05-03T08:46:22Z", "2022-05-03t08:46:22z", "2022-05-03 08:46:22Z",
                           "2022-05-03T10:46:22+02:00", "2022-05-03T00:16:22-08:30",
                           "2022-05-03T08:46:22.999999Z", "2022-05-03 08:46:22"}) {
    CAPTURE(text);
    CHECK(parse_time(text) == expected);
  }
  CHECK(parse_time("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_time("2016-12-31T23:59:60Z") == parse_time("2017-01-01T00:00:00Z"));
  CHECK(parse_time("2024-02-29T00:00:00Z") == 1709164800);
  CHECK(parse_time("0001-01-01T00:00:00Z").value() < 0);  // Kubernetes' zero time
}

TEST_CASE("what is no time is not read") {
  for (const char* text :
       {"", "now", "2022-05-03", "2022-05-03T08:46Z", "2022-05-03T08:46:22", "2022-13-03T08:46:22Z",
        "2023-02-29T00:00:00Z", "2022-05-03T24:00:00Z", "2022-05-03T08:60:00Z",
        "2022-05-03T08:46:61Z", "2022-05-03T08:46:22.Z", "2022-05-03T08:46:22+2:00",
        "2022-05-03T08:46:22+24:00", "2022-05-03T08:46:22ZZ", " 2022-05-03T08:46:22Z",
        "2022-05-03 08:46:22 ", "22-05-03T08:46:22Z", "1651567582"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text).has_value());
  }
}

TEST_CASE("a coarser time keeps the form") {
  const std::int64_t time = parse_time("2022-05-03T08:46:22Z").value();

  CHECK(time_text(time, 0) == "2022-05-03 08:46:22");
  CHECK(time_text(time, KTEL_G_SECOND) == "2022-05-03 08:46:22");
  CHECK(time_text(time, KTEL_G_HOUR) == "2022-05-03 08:00:00");
  CHECK(time_text(time, KTEL_G_DAY) == "2022-05-03 00:00:00");
}

TEST_CASE("a time outside 1970 to 9999 does not leave") {
  CHECK(time_text(0, 0) == "1970-01-01 00:00:00");
  CHECK(time_text(253402300799, 0) == "9999-12-31 23:59:59");
  CHECK_FALSE(time_text(-1, 0).has_value());
  CHECK_FALSE(time_text(253402300800, 0).has_value());
  CHECK_FALSE(time_text(INT64_MIN, 0).has_value());
  CHECK_FALSE(time_text(INT64_MAX, 0).has_value());
}

TEST_SUITE_END();
