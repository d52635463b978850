// Sets of ids, compared.
#include "delivery/kill_harness/tally.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace ktel::test::harness {
namespace {

using Ids = std::set<std::string>;

// "3 reports were lost: A, B, C": some are named, so that a ledger that was kept can be searched.
void tell(Tally& tally, const Ids& ids, std::string_view what) {
  if (ids.empty()) return;
  std::string sentence =
      fmt::format("{} {} {}", ids.size(), ids.size() == 1 ? "report" : "reports", what);
  std::size_t named = 0;
  for (const std::string& id : ids) {
    if (named++ == 3) break;
    sentence += (named == 1 ? ": " : ", ") + id;
  }
  tally.problems.push_back(std::move(sentence));
}

}  // namespace

Tally compare(const Evidence& evidence) {
  Tally tally;
  std::map<std::string, const Kept*> kept;
  for (const Kept& row : evidence.kept) kept[row.id] = &row;

  std::map<std::string, std::size_t> arrived;
  Ids unrecorded;
  Ids changed;
  std::size_t cut = 0;
  for (const Arrived& object : evidence.arrived) {
    ++arrived[object.id];
    cut += object.cut ? 1 : 0;
    const auto row = kept.find(object.id);
    if (row == kept.end()) {
      unrecorded.insert(object.id);
    } else if (row->second->sha256 != object.sha256) {
      changed.insert(object.id);
    }
  }
  tally.delivered = arrived.size();
  tally.duplicates = evidence.arrived.size() - arrived.size();
  tally.most_duplicates = evidence.left_open * evidence.in_flight + cut;

  Ids lost;
  Ids forgotten;
  const Ids accepted(evidence.accepted.begin(), evidence.accepted.end());
  tally.accepted = accepted.size();
  for (const std::string& id : accepted) {
    if (kept.contains(id)) continue;
    forgotten.insert(id);
    if (!arrived.contains(id)) lost.insert(id);
  }
  Ids unfinished;
  Ids alive;
  Ids wrongly_dead;
  for (const Kept& row : evidence.kept) {
    const bool dead = row.state == delivery::State::dead;
    tally.dead += dead ? 1 : 0;
    if (row.poison) {
      if (!dead) alive.insert(row.id);
      continue;
    }
    if (!arrived.contains(row.id)) lost.insert(row.id);
    if (dead) wrongly_dead.insert(row.id);
    if (!dead && row.state != delivery::State::delivered) unfinished.insert(row.id);
  }
  tally.lost = lost.size();

  tell(tally, lost, "never arrived");
  tell(tally, forgotten, "accepted, but not in the ledger");
  tell(tally, unrecorded, "arrived, but not in the ledger");
  tell(tally, changed, "arrived with other bytes than the ledger's");
  tell(tally, unfinished, "neither delivered nor dead in the end");
  tell(tally, alive, "that the server rejects, not dead");
  tell(tally, wrongly_dead, "dead, which the server takes");
  if (tally.duplicates > tally.most_duplicates) {
    tally.problems.push_back(
        fmt::format("{} duplicates, {} can be explained", tally.duplicates, tally.most_duplicates));
  }
  if (accepted.empty()) tally.problems.push_back("nothing was accepted");
  return tally;
}

}  // namespace ktel::test::harness
