// Stampedes are seen, by the order of requests and answers alone.
#include "delivery/kill_harness/ramp.hpp"

#include <doctest/doctest.h>

using namespace ktel::test::harness;

namespace {

// "r": a request, "a": a good answer, "n": another answer.
Ramp ramp(std::string_view text) {
  std::vector<Event> events;
  for (const char c : text) events.push_back({.answer = c != 'r', .good = c == 'a'});
  return ramp_of(events, 4);
}

}  // namespace

TEST_SUITE_BEGIN("delivery/ramp");

TEST_CASE("one, then two, then four") {
  const Ramp seen = ramp(
      "r"
      "n"
      "r"
      "a"
      "rr"
      "a"
      "rrr"
      "aaaa"
      "ra");
  CHECK(seen.problem == "");
  CHECK(seen.first == 1);
  CHECK(seen.second == 2);
  CHECK(seen.most == 4);
}

TEST_CASE("too many too early, too many, and too few") {
  CHECK(ramp("rr").problem == "2 reports in flight before the first was taken");
  CHECK(ramp("rnrr").problem == "2 reports in flight before the first was taken");
  CHECK(ramp("rarrr").problem == "3 reports in flight before the second was taken");
  CHECK(ramp("rarrarrrr").problem == "5 reports in flight at most, 4 was expected");
  CHECK(ramp("rararara").problem == "1 reports in flight at most, 4 was expected");
}

TEST_CASE("a journal's lines") {
  const auto events = events_of(R"({"kind":"request","request":0})"
                                "\n"
                                R"({"kind":"accepted","request":0})"
                                "\n"
                                R"({"kind":"answer","request":0,"status":200})"
                                "\n"
                                R"({"kind":"answer","request":1,"status":503})"
                                "\n");
  REQUIRE(events.size() == 3);
  CHECK_FALSE(events[0].answer);
  CHECK(events[1].good);
  CHECK(events[2].answer);
  CHECK_FALSE(events[2].good);
}

TEST_SUITE_END();
