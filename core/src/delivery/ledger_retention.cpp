// Retention: see the header.
#include "delivery/ledger_retention.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace ktel::delivery {
namespace {

constexpr std::size_t batch = 1000;  // in one statement

// Deliveries, as a list for SQL: "1, 2, 3". Their bodies go with them, unless the report is still
// kept for another destination.
void give_up(Connection& db, State state, const std::string& seqs, const std::string& why,
             std::int64_t now_us) {
  db.run(
      fmt::format("INSERT INTO loss (destination, state, count, first_us, last_us)"
                  " SELECT d.destination, '{}', count(*), min(r.created_us), max(r.created_us)"
                  " FROM delivery d JOIN report r ON r.ref = d.report"
                  " WHERE d.seq IN ({}) GROUP BY d.destination"
                  " ON CONFLICT (destination, state) DO UPDATE SET count = count + excluded.count,"
                  " first_us = min(first_us, excluded.first_us),"
                  " last_us = max(last_us, excluded.last_us)",
                  to_string(state), seqs));
  db.run(fmt::format("UPDATE delivery SET state = '{}', done_us = ?1, next_at_us = 0,"
                     " text = ?2 || CASE text WHEN '' THEN '' ELSE '; before that: ' || text END"
                     " WHERE seq IN ({})",
                     to_string(state), seqs),
         now_us, why);
  db.run(
      fmt::format("UPDATE report SET body = NULL"
                  " WHERE ref IN (SELECT report FROM delivery WHERE seq IN ({})) AND NOT EXISTS"
                  " (SELECT 1 FROM delivery WHERE report = ref"
                  " AND state IN ('queued', 'dead', 'delivered'))",
                  seqs));
}

// Those that `victims`, a query for their seqs with the parameter ?1, finds.
void give_up_all(Connection& db, State state, std::string_view victims, std::int64_t parameter,
                 const std::string& why, std::int64_t now_us) {
  std::vector<std::int64_t> all;
  for (Statement found = db.query(victims, parameter); found.step();) {
    all.push_back(found.integer(0));
  }
  for (std::size_t at = 0; at < all.size(); at += batch) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(batch, all.size() - at));
    give_up(db, state, fmt::format("{}", fmt::join(first, last, ", ")), why, now_us);
  }
}

std::string as_text(std::chrono::milliseconds age) {
  const double hours = std::chrono::duration<double, std::ratio<3600>>(age).count();
  if (hours >= 48) return fmt::format("{:g} days", hours / 24);
  if (hours >= 1) return fmt::format("{:g} h", hours);
  return fmt::format("{:g} s", hours * 3600);
}

// What tells of losses is no loss itself: with it, all it was to tell would be forgotten.
constexpr std::string_view not_telling = "signal <> 'ktel-loss'";

bool evict_oldest_queued(Connection& db, std::int64_t now_us) {
  const std::int64_t oldest = db.integer(
      fmt::format("SELECT coalesce(min(seq), 0) FROM delivery JOIN report ON ref = report"
                  " WHERE state = 'queued' AND {}",
                  not_telling));
  if (oldest == 0) return false;
  give_up(db, State::evicted, std::to_string(oldest),
          "given up unsent: the ledger was full, and newer reports were to be kept", now_us);
  return true;
}

}  // namespace

void expire(Connection& db, const Ledger::Options& options, std::int64_t now_us) {
  if (options.max_age.count() <= 0) return;
  const auto oldest =
      now_us - std::chrono::duration_cast<std::chrono::microseconds>(options.max_age).count();
  give_up_all(db, State::expired,
              fmt::format("SELECT seq FROM delivery JOIN report ON ref = report"
                          " WHERE state = 'queued' AND created_us < ?1 AND {}",
                          not_telling),
              oldest, fmt::format("given up after {} unsent", as_text(options.max_age)), now_us);
}

void bound_dead(Connection& db, const Ledger::Options& options, std::int64_t now_us) {
  give_up_all(db, State::evicted,
              "SELECT seq FROM (SELECT d.seq, row_number() OVER newest AS n,"
              " sum(length(r.body) + length(r.record) + length(r.decl)) OVER newest AS bytes"
              " FROM delivery d JOIN report r ON r.ref = d.report WHERE d.state = 'dead'"
              " WINDOW newest AS (ORDER BY d.outcome DESC, d.seq DESC)) WHERE bytes > ?1 AND n > 1",
              static_cast<std::int64_t>(options.max_bytes / 10),
              "given up: rejected reports are kept up to a tenth of the ledger, the newest",
              now_us);
}

bool make_room(Connection& db, const Ledger::Options& options, std::size_t bytes,
               std::int64_t now_us) {
  const std::int64_t page = db.integer("PRAGMA page_size");
  for (;;) {
    const std::int64_t used =
        (db.integer("PRAGMA page_count") - db.integer("PRAGMA freelist_count")) * page;
    const auto needed = static_cast<std::uint64_t>(used + 4 * page) + bytes;  // 4: index splits
    if (needed <= options.max_bytes) return true;
    db.run(
        "DELETE FROM report WHERE ref IN (SELECT ref FROM report r WHERE NOT EXISTS"
        " (SELECT 1 FROM delivery d WHERE d.report = r.ref AND d.state IN ('queued', 'dead'))"
        " ORDER BY ref LIMIT 16)");
    if (db.changed() > 0) continue;
    if (!options.drop_oldest || !evict_oldest_queued(db, now_us)) return false;
  }
}

std::vector<Loss> losses(Connection& db, const std::string& destination) {
  std::vector<Loss> all;
  const std::int64_t told = db.integer(
      "SELECT count(*) FROM delivery JOIN report ON ref = report"
      " WHERE destination = ?1 AND state = 'queued' AND signal = 'ktel-loss'",
      destination);
  if (told > 0) return all;
  Statement found = db.query(
      "SELECT state, count, first_us, last_us FROM loss WHERE destination = ?1 ORDER BY state",
      destination);
  while (found.step()) {
    all.push_back(
        {.state = found.text(0) == to_string(State::expired) ? State::expired : State::evicted,
         .count = static_cast<std::uint64_t>(found.integer(1)),
         .first_us = found.integer(2),
         .last_us = found.integer(3)});
  }
  return all;
}

void found_again(Connection& db, std::int64_t seq) {
  db.run(
      "UPDATE loss SET count = count - 1 WHERE count > 0 AND (destination, state) IN"
      " (SELECT destination, state FROM delivery WHERE seq = ?1)",
      seq);
  db.run("DELETE FROM loss WHERE count = 0");
}

void forget_losses(Connection& db, const std::string& destination) {
  db.run("DELETE FROM loss WHERE destination = ?1", destination);
}

}  // namespace ktel::delivery
