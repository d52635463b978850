// What a ledger gives up: by age, for room, of what was rejected; and that it is told, once.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "delivery/ledger.hpp"
#include "delivery/sqlite.hpp"
#include "ledger_dir.hpp"

using namespace ktel;
using namespace ktel::delivery;
using namespace std::chrono_literals;
using ktel::test::LedgerDir;
using ktel::test::row;
using ktel::test::there;

namespace {

constexpr std::int64_t day_us = std::int64_t{86'400} * 1'000'000;
constexpr const char* elsewhere = "file:///var/log/ktel";

// A ledger whose clock stands at `now_us`.
struct Kept {
  LedgerDir dir;
  std::int64_t now_us = row(0).created_us;
  std::unique_ptr<Ledger> ledger;

  explicit Kept(Ledger::Options options) {
    options.file = dir.options().file;
    options.clock = [this] {
      return std::chrono::system_clock::time_point(std::chrono::microseconds(now_us));
    };
    ledger = Ledger::open(options).value();
  }

  std::int64_t add(int n, std::size_t size = 0) { return ledger->append(row(n, size)).value(); }
  State state(int n) { return ledger->find(row(n).id).value().value().state; }
  std::string text(int n) { return ledger->find(row(n).id).value().value().text; }
  bool has_body(int n) { return !ledger->find(row(n).id).value().value().body.empty(); }
  bool is_there(int n) { return ledger->find(row(n).id).value().has_value(); }

  // What it tells `there`; the report is row 999 and its successors.
  std::vector<Loss> told() {
    std::vector<Loss> losses;
    const auto made = ledger->report_losses(there, [&](const std::vector<Loss>& lost) {
      losses = lost;
      return std::optional(row(999 + reports++));
    });
    CHECK(made.value() == !losses.empty());
    return losses;
  }
  int reports = 0;
};

}  // namespace

TEST_SUITE("core/delivery/retention") {
  TEST_CASE("what waits for longer than max_age is given up, and its bytes are erased") {
    Kept kept({.max_age = 48h});
    const auto first = kept.add(1);
    kept.add(2);
    REQUIRE(kept.ledger->retry_at(first, 3, 0, 503, "Server is busy").has_value());
    kept.now_us += 2 * day_us + 2;  // row 1 is older than that, row 2 just so old

    const auto lost = kept.told();

    CHECK(kept.state(1) == State::expired);
    CHECK(kept.text(1) == "given up after 2 days unsent; before that: Server is busy");
    CHECK_FALSE(kept.has_body(1));
    CHECK(kept.state(2) == State::queued);
    CHECK(kept.has_body(2));
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].state == State::expired);
    CHECK(lost[0].count == 1);
    CHECK(lost[0].first_us == row(1).created_us);
  }

  TEST_CASE("without max_age nothing is too old") {
    Kept kept({});
    kept.add(1);
    kept.now_us += 10'000 * day_us;
    CHECK(kept.told().empty());
    CHECK(kept.state(1) == State::queued);
  }

  TEST_CASE("delivered, dead and local reports do not expire") {
    Kept kept({.max_age = 1h});
    REQUIRE(kept.ledger->delivered(kept.add(1), 1, 1).has_value());
    REQUIRE(kept.ledger->dead(kept.add(2), 1, 6, "no", 1).has_value());
    Row local = row(3);
    local.destination.clear();
    local.state = State::local;
    REQUIRE(kept.ledger->append(local).has_value());
    kept.now_us += 10 * day_us;
    CHECK(kept.told().empty());
    CHECK(kept.state(1) == State::delivered);
    CHECK(kept.state(2) == State::dead);
    CHECK(kept.state(3) == State::local);
  }

  TEST_CASE("a loss is told once, with all that came together until then") {
    Kept kept({.max_age = 24h});
    for (int n : {1, 2, 3}) kept.add(n);
    kept.now_us += day_us + 10;
    const auto none = kept.ledger->report_losses(there, [](const auto&) { return std::nullopt; });
    CHECK_FALSE(none.value());  // nobody told it: it is still to be told
    const auto lost = kept.told();
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].count == 3);
    CHECK(lost[0].first_us == row(1).created_us);
    CHECK(lost[0].last_us == row(3).created_us);
    CHECK(kept.state(999) == State::queued);
    CHECK(kept.told().empty());
  }

  TEST_CASE("a loss is told to the destination that has it") {
    Kept kept({.max_age = 24h});
    REQUIRE(kept.ledger->append(row(1), {there, elsewhere}).has_value());
    Row other = row(2);
    other.destination = elsewhere;
    REQUIRE(kept.ledger->append(other).has_value());
    kept.now_us += 2 * day_us;
    CHECK(kept.told().at(0).count == 1);
    std::uint64_t others = 0;
    REQUIRE(kept.ledger
                ->report_losses(elsewhere,
                                [&](const std::vector<Loss>& lost) {
                                  others = lost.at(0).count;
                                  return std::optional<Row>();
                                })
                .has_value());
    CHECK(others == 2);
  }

  TEST_CASE("a report given up for one destination keeps its bytes for another") {
    Kept kept({.max_age = 24h});
    const auto seqs = kept.ledger->append(row(1), {there, elsewhere}).value();
    REQUIRE(kept.ledger->delivered(seqs[1], 1, 1).has_value());
    kept.now_us += 2 * day_us;
    CHECK(kept.told().size() == 1);
    CHECK(kept.has_body(1));
  }

  TEST_CASE("a full ledger gives up the oldest that wait, where the operator chose so") {
    Kept kept({.max_bytes = 256 * 1024, .drop_oldest = true});
    for (int n = 1; n <= 40; ++n) REQUIRE(kept.ledger->append(row(n, 20'000)).has_value());

    CHECK(std::filesystem::file_size(kept.dir.options().file) <= 256 * 1024);
    const auto queued = kept.ledger->due(there, 100).value();
    REQUIRE(!queued.empty());
    CHECK(queued.back().id == row(40).id);
    const auto lost = kept.told();
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].state == State::evicted);
    CHECK(lost[0].first_us == row(1).created_us);
    CHECK(lost[0].count + kept.ledger->queued(there).value() >= 40);
  }

  TEST_CASE("what gives way to the report of a loss is a loss that the next one tells") {
    Kept kept({.max_bytes = 256 * 1024, .drop_oldest = true});
    for (int n = 1; n <= 40; ++n) kept.add(n, 20'000);
    const auto before = kept.ledger->queued(there).value();
    const auto made = kept.ledger->report_losses(
        there, [](const auto&) { return std::optional(row(2000, 60'000)); });
    REQUIRE(made.has_value());
    const auto given_up = before + 1 - kept.ledger->queued(there).value();
    REQUIRE(given_up > 0);
    CHECK(kept.told().at(0).count == given_up);
  }

  TEST_CASE("what tells of losses is not given up, and has no second one behind it") {
    Kept kept({.max_bytes = 256 * 1024, .drop_oldest = true, .max_age = 24h});
    const auto tell = [&](int n) {
      std::uint64_t count = 0;
      const auto made = kept.ledger->report_losses(there, [&](const std::vector<Loss>& lost) {
        for (const Loss& loss : lost) count += loss.count;
        Row row = test::row(n);
        row.created_us = kept.now_us;
        row.signal = "ktel-loss";
        return std::optional(row);
      });
      CHECK(made.value() == (count > 0));
      return count;
    };
    kept.add(1);
    kept.now_us += 2 * day_us;
    CHECK(tell(900) == 1);
    kept.now_us += 2 * day_us;
    for (int n = 2; n <= 40; ++n) kept.add(n, 20'000);  // full, and all of it too old
    CHECK(tell(901) == 0);
    CHECK(kept.state(900) == State::queued);

    const auto telling = kept.ledger->due(there, 1).value().at(0);
    CHECK(telling.signal == "ktel-loss");
    REQUIRE(kept.ledger->delivered(telling.seq, 1, 1).has_value());
    CHECK(tell(902) == 39);
  }

  TEST_CASE("what arrives after it was given up is no loss after all") {
    Kept kept({.max_age = 24h});
    const auto seq = kept.add(1);
    kept.add(2);
    kept.now_us += 2 * day_us;
    const auto none = kept.ledger->report_losses(there, [](const auto&) { return std::nullopt; });
    REQUIRE(none.has_value());
    CHECK(kept.state(1) == State::expired);
    REQUIRE(kept.ledger->delivered(seq, 1, kept.now_us).has_value());  // it was on its way
    CHECK(kept.state(1) == State::delivered);
    const auto lost = kept.told();
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].count == 1);
  }

  TEST_CASE("finished reports go before any that wait") {
    Kept kept({.max_bytes = 256 * 1024, .drop_oldest = true});
    kept.add(1, 20'000);
    for (int n = 2; n <= 40; ++n) {
      REQUIRE(kept.ledger->delivered(kept.add(n, 20'000), 1, n).has_value());
    }
    CHECK(kept.state(1) == State::queued);
    CHECK_FALSE(kept.is_there(2));
    CHECK(kept.told().empty());
  }

  TEST_CASE("of what was rejected the newest tenth is kept, and the rest is a loss") {
    Kept kept({.max_bytes = 400 * 1024});
    for (int n = 1; n <= 8; ++n) {
      REQUIRE(kept.ledger->dead(kept.add(n, 10'000), 1, 6, "Invalid data format", n).has_value());
    }
    kept.add(9);
    for (int n = 1; n <= 4; ++n) {
      CHECK(kept.state(n) == State::evicted);
      CHECK_FALSE(kept.has_body(n));
      CHECK(kept.text(n) ==
            "given up: rejected reports are kept up to a tenth of the ledger, the newest; before "
            "that: Invalid data format");
    }
    for (int n = 5; n <= 8; ++n) CHECK(kept.state(n) == State::dead);
    CHECK(kept.told().at(0).count == 4);
  }

  TEST_CASE("one rejected report is kept whatever its size") {
    Kept kept({.max_bytes = 400 * 1024});
    REQUIRE(kept.ledger->dead(kept.add(1, 100'000), 1, 6, "no", 1).has_value());
    kept.add(2);
    CHECK(kept.state(1) == State::dead);
  }

  TEST_CASE("what rejected reports take is not given up for room") {
    Kept kept({.max_bytes = 128 * 1024});
    REQUIRE(kept.ledger->dead(kept.add(1, 10'000), 1, 6, "no", 1).has_value());
    for (int n = 2; n <= 40; ++n) {
      REQUIRE(kept.ledger->delivered(kept.add(n, 20'000), 1, n).has_value());
    }
    CHECK(kept.state(1) == State::dead);
    CHECK(kept.has_body(1));
  }

  TEST_CASE("a full ledger in which reports expire has room again, and is told what for") {
    Kept kept({.max_bytes = 128 * 1024, .max_age = 24h});
    int n = 1;
    while (kept.ledger->append(row(n, 20'000))) ++n;
    kept.now_us += 2 * day_us;
    CHECK(kept.told().at(0).count == static_cast<std::uint64_t>(n - 1));
    CHECK(kept.ledger->append(row(n + 1, 20'000)).has_value());
  }

  TEST_CASE("a ledger of an earlier ktel gets what it lacks") {
    const LedgerDir dir;
    REQUIRE(dir.open()->append(row(1)).has_value());
    Connection(dir.options().file.string(), 0ms).script("DROP TABLE loss");
    const auto ledger = dir.open();
    CHECK(ledger->find(row(1).id).value().has_value());
    CHECK_FALSE(
        ledger->report_losses(there, [](const auto&) { return std::optional(row(2)); }).value());
  }
}
