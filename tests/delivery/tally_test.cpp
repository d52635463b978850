// The harness sees what it is there to see.
#include "delivery/kill_harness/tally.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using namespace ktel::test::harness;
using delivery::State;

namespace {

Kept kept(const std::string& id, State state = State::delivered, bool poison = false) {
  return {.id = id, .sha256 = "sha-" + id, .state = state, .poison = poison};
}

Arrived arrived(const std::string& id, bool cut = false) {
  return {.id = id, .sha256 = "sha-" + id, .cut = cut};
}

using Problems = std::vector<std::string>;

}  // namespace

TEST_SUITE_BEGIN("delivery/tally");

TEST_CASE("all arrived, once or again, poison is dead: nothing to say") {
  const Tally tally = compare(
      {.accepted = {"a", "b"},
       .kept = {kept("a"), kept("b"), kept("c"), kept("p", State::dead, true)},
       .arrived = {arrived("a"), arrived("b", true), arrived("b"), arrived("c"), arrived("c")},
       .left_open = 1});
  CHECK(tally.problems == Problems{});
  CHECK(tally.accepted == 2);
  CHECK(tally.delivered == 3);
  CHECK(tally.lost == 0);
  CHECK(tally.duplicates == 2);
  CHECK(tally.most_duplicates == 5);
  CHECK(tally.dead == 1);
}

TEST_CASE("what never arrived is lost, though the ledger calls it delivered or has it no more") {
  const Tally tally = compare(
      {.accepted = {"a", "b", "c"}, .kept = {kept("a"), kept("b")}, .arrived = {arrived("a")}});
  CHECK(tally.lost == 2);
  CHECK(tally.problems ==
        Problems{"2 reports never arrived: b, c", "1 report accepted, but not in the ledger: c"});
}

TEST_CASE("a row that nobody was promised counts as well") {
  const Tally tally = compare({.accepted = {"a"},
                               .kept = {kept("a"), kept("b", State::queued)},
                               .arrived = {arrived("a")}});
  CHECK(tally.lost == 1);
  CHECK(tally.problems ==
        Problems{"1 report never arrived: b", "1 report neither delivered nor dead in the end: b"});
}

TEST_CASE("what was sent without being recorded, or as other bytes") {
  Arrived other = arrived("a");
  other.sha256 = "another";
  const Tally tally =
      compare({.accepted = {"a"}, .kept = {kept("a")}, .arrived = {other, arrived("x")}});
  CHECK(tally.problems == Problems{"1 report arrived, but not in the ledger: x",
                                   "1 report arrived with other bytes than the ledger's: a"});
}

TEST_CASE("exactly the poison is dead") {
  const Tally tally = compare({.accepted = {"a", "p"},
                               .kept = {kept("a", State::dead), kept("p", State::queued, true)},
                               .arrived = {arrived("a")}});
  CHECK(tally.problems == Problems{"1 report that the server rejects, not dead: p",
                                   "1 report dead, which the server takes: a"});
}

TEST_CASE("more duplicates than the disturbances explain") {
  const Tally tally = compare({.accepted = {"a"},
                               .kept = {kept("a")},
                               .arrived = {arrived("a", true), arrived("a"), arrived("a")}});
  CHECK(tally.duplicates == 2);
  CHECK(tally.problems == Problems{"2 duplicates, 1 can be explained"});
}

TEST_CASE("of many some are named, and a run in which nothing happened proves nothing") {
  const Tally tally = compare({.kept = {kept("1"), kept("2"), kept("3"), kept("4"), kept("5")}});
  CHECK(tally.problems == Problems{"5 reports never arrived: 1, 2, 3", "nothing was accepted"});
}

TEST_SUITE_END();
