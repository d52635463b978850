// Sums over all rows, and the last word of each destination.
#include "delivery/ledger_views.hpp"

namespace ktel::delivery {
namespace {

constexpr std::string_view sums = R"(
  SELECT d.destination, d.state, count(*), coalesce(sum(length(r.body)), 0), min(r.created_us),
         max(d.next_at_us), max(d.done_us)
  FROM delivery d JOIN report r ON r.ref = d.report
  WHERE d.destination != '' GROUP BY d.destination, d.state ORDER BY d.destination)";

// Of the oldest that was tried: what holds it up holds up the others.
constexpr std::string_view held_up = R"(
  SELECT text FROM delivery WHERE destination = ?1 AND state = 'queued' AND text != ''
  ORDER BY seq LIMIT 1)";

constexpr std::string_view rejected = R"(
  SELECT text FROM delivery WHERE destination = ?1 AND state = 'dead'
  ORDER BY outcome DESC LIMIT 1)";

std::string one_text(Connection& db, std::string_view query, const std::string& destination) {
  Statement found = db.query(query, destination);
  return found.step() ? found.text(0) : std::string();
}

}  // namespace

std::vector<DestinationState> destination_states(Connection& db) {
  std::vector<DestinationState> all;
  Statement found = db.query(sums);
  while (found.step()) {
    const std::string destination = found.text(0);
    if (all.empty() || all.back().destination != destination) {
      all.emplace_back().destination = destination;
    }
    DestinationState& state = all.back();
    const std::string name = found.text(1);
    state.counts[name] = static_cast<std::size_t>(found.integer(2));
    if (name == to_string(State::queued)) {
      state.queued_bytes = static_cast<std::uint64_t>(found.integer(3));
      state.oldest_queued_us = found.integer(4);
      state.not_before_us = found.integer(5);
    } else if (name == to_string(State::delivered)) {
      state.last_delivered_us = found.integer(6);
    }
  }
  for (DestinationState& state : all) {
    state.held_up = one_text(db, held_up, state.destination);
    state.rejected = one_text(db, rejected, state.destination);
  }
  return all;
}

std::size_t put_back_dead(Connection& db, const std::string& id, const std::string& destination) {
  db.run(
      "DELETE FROM crash WHERE delivery IN (SELECT seq FROM delivery JOIN report ON ref = report"
      " WHERE state = 'dead' AND (?2 = '' OR destination = ?2) AND (?1 = '' OR id = ?1))",
      id, destination);
  db.run(
      "UPDATE delivery SET state = 'queued', code = 0, text = '', done_us = 0, next_at_us = 0"
      " WHERE state = 'dead' AND (?2 = '' OR destination = ?2) AND report IN"
      " (SELECT ref FROM report WHERE body IS NOT NULL AND (?1 = '' OR id = ?1))",
      id, destination);
  return static_cast<std::size_t>(db.changed());
}

LedgerSize size_of(Connection& db) {
  const std::int64_t pages = db.integer("PRAGMA page_count") - db.integer("PRAGMA freelist_count");
  return {.reports = static_cast<std::size_t>(db.integer("SELECT count(*) FROM report")),
          .bytes = static_cast<std::uint64_t>(pages * db.integer("PRAGMA page_size"))};
}

}  // namespace ktel::delivery
