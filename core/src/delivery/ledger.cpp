// The ledger over SQLite: every function is one statement or one short transaction.
#include "delivery/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <mutex>
#include <type_traits>
#include <utility>

#include "base/hash.hpp"
#include "delivery/ledger_file.hpp"
#include "delivery/ledger_retention.hpp"
#include "delivery/ledger_views.hpp"
#include "delivery/sqlite.hpp"

namespace ktel::delivery {
namespace {

constexpr std::array<std::string_view, 7> state_names = {"local",   "queued",  "delivered", "dead",
                                                         "expired", "evicted", "withdrawn"};

struct UnknownState {
  std::string name;
};

State state_of(const std::string& name) {
  const auto* at = std::find(state_names.begin(), state_names.end(), name);
  if (at == state_names.end()) throw UnknownState{name};
  return static_cast<State>(at - state_names.begin());
}

// With the body, or with NULL where it is left out.
std::string select(std::string_view body, std::string_view rest) {
  return fmt::format(
      "SELECT d.seq, r.id, r.created_us, r.time_s, r.signal, r.sha256, r.record, r.decl, "
      "r.findings,"
      " d.destination, d.state, d.attempts, d.next_at_us, d.code, d.text, d.done_us,"
      " coalesce(length(r.body), 0), {} FROM delivery d JOIN report r ON r.ref = d.report {}",
      body, rest);
}

constexpr std::string_view no_body = "NULL";
constexpr std::string_view the_body = "r.body";

Row read(const Statement& from) {
  Row row;
  row.seq = from.integer(0);
  row.id = from.text(1);
  row.created_us = from.integer(2);
  row.time_s = from.integer(3);
  row.signal = from.text(4);
  row.sha256 = from.text(5);
  row.record = from.text(6);
  row.decl = from.text(7);
  row.findings = static_cast<std::uint32_t>(from.integer(8));
  row.destination = from.text(9);
  row.state = state_of(from.text(10));
  row.attempts = static_cast<std::uint32_t>(from.integer(11));
  row.next_at_us = from.integer(12);
  row.code = static_cast<std::uint32_t>(from.integer(13));
  row.text = from.text(14);
  row.done_us = from.integer(15);
  row.size = static_cast<std::uint64_t>(from.integer(16));
  if (!from.null(17)) {
    row.body = from.text(17);
    row.intact = sha256_hex(row.body) == row.sha256;
  }
  return row;
}

// Of work that gives a value, or a Result already.
template <class T>
struct ResultOf {
  using type = Result<T>;
};
template <class T>
struct ResultOf<Result<T>> {
  using type = Result<T>;
};

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(Options options, OpenedLedger opened)
      : options_(std::move(options)),
        db_(std::move(opened.db)),
        warning_(std::move(opened.warning)) {}

  const std::filesystem::path& file() const noexcept override { return options_.file; }

  std::string warning() const override {
    const std::lock_guard lock(mutex_);
    return warning_;
  }

  Result<std::vector<std::int64_t>> append(const Row& row,
                                           const std::vector<std::string>& destinations) override {
    const std::lock_guard lock(mutex_);
    if (row.body.size() > options_.max_report) {
      return Error{
          Errc::bad_input,
          fmt::format("report {} has {} bytes, a ledger keeps up to {} of one: select fewer "
                      "jobs or send less on stdin",
                      row.id, row.body.size(), options_.max_report)};
    }
    return attempt_append(row, destinations);
  }

  Result<bool> report_losses(
      const std::string& destination,
      const std::function<std::optional<Row>(const std::vector<Loss>&)>& make) override {
    return guarded([&]() -> Result<bool> {
      {
        Transaction transaction(db_);  // of its own: it makes room, even where the rest fails
        expire(db_, options_, now_us());
        transaction.commit();
      }
      Transaction transaction(db_);
      const std::vector<Loss> lost = losses(db_, destination);
      const std::optional<Row> row = lost.empty() ? std::nullopt : make(lost);
      if (row) {
        forget_losses(db_, destination);  // first: what gives way to the row is for the next
        const auto written = write(*row, {destination});
        if (!written) return written.error();
      }
      transaction.commit();
      return row.has_value();
    });
  }

  Result<std::vector<Row>> list(std::size_t newest) override {
    return guarded([&] {
      return rows(db_.query(select(no_body, "ORDER BY d.seq DESC LIMIT ?1"), clamp(newest)));
    });
  }

  Result<std::optional<Row>> at(std::int64_t seq) override {
    return guarded([&]() -> std::optional<Row> {
      Statement found = db_.query(select(no_body, "WHERE d.seq = ?1"), seq);
      if (!found.step()) return std::nullopt;
      return read(found);
    });
  }

  Result<std::optional<Row>> find(const std::string& id_or_prefix) override {
    std::string prefix = id_or_prefix;
    for (char& c : prefix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return guarded([&]() -> Result<std::optional<Row>> {
      // Ids are hexadecimal digits and dashes: all that begins so lies before prefix + 'g'.
      Statement ids = db_.query("SELECT id FROM report WHERE id >= ?1 AND id < ?2 LIMIT 2", prefix,
                                prefix + 'g');
      if (!ids.step()) return std::optional<Row>();
      const std::string id = ids.text(0);
      if (ids.step() && id != prefix) {
        return Error{
            Errc::bad_input,
            fmt::format("several reports begin with \"{}\", {} and {} among them: give more "
                        "characters",
                        id_or_prefix, id, ids.text(0))};
      }
      Statement row = db_.query(select(the_body, "WHERE r.id = ?1 ORDER BY d.seq LIMIT 1"), id);
      if (!row.step()) return std::optional<Row>();
      return std::optional<Row>(read(row));
    });
  }

  Result<std::vector<Row>> due(const std::string& destination, std::size_t most) override {
    for (;;) {
      Result<std::vector<Row>> found = guarded([&] {
        return rows(db_.query(
            select(the_body,
                   "WHERE d.destination = ?1 AND d.state = 'queued' ORDER BY d.seq LIMIT ?2"),
            destination, clamp(most)));
      });
      if (!found) return found;
      bool all_intact = true;
      for (const Row& row : *found) {
        if (row.intact && !row.body.empty()) continue;
        all_intact = false;
        Result<void> buried = dead(
            row.seq, row.attempts, 0,
            fmt::format("the body kept for report {} is not what was written, its SHA-256 "
                        "differs: it is never sent; check the disk, the next run reports again",
                        row.id),
            now_us());
        if (!buried) return std::move(buried).error();
      }
      if (all_intact) return found;
    }
  }

  Result<std::vector<std::string>> destinations_with_queued() override {
    return guarded([&] {
      std::vector<std::string> destinations;
      Statement found = db_.query(
          "SELECT DISTINCT destination FROM delivery WHERE state = 'queued' ORDER BY destination");
      while (found.step()) destinations.push_back(found.text(0));
      return destinations;
    });
  }

  Result<std::size_t> queued(const std::string& destination) override {
    return guarded([&] {
      return static_cast<std::size_t>(
          db_.integer("SELECT count(*) FROM delivery WHERE state = 'queued' AND destination = ?1",
                      destination));
    });
  }

  Result<std::int64_t> not_before_us(const std::string& destination) override {
    return guarded([&] {
      return db_.integer(
          "SELECT max(next_at_us) FROM delivery WHERE state = 'queued' AND destination = ?1",
          destination);
    });
  }

  Result<void> delivered(std::int64_t seq, std::uint32_t attempts, std::int64_t now_us) override {
    return changed(seq, Arrived::yes,
                   "UPDATE delivery SET state = 'delivered', attempts = ?2, done_us = ?3, "
                   "next_at_us = 0, code = 0, text = '', outcome = " +
                       std::string(next_outcome) + " WHERE seq = ?1",
                   attempts, now_us);
  }

  Result<void> retry_at(std::int64_t seq, std::uint32_t attempts, std::int64_t next_at_us,
                        std::uint32_t code, const std::string& text) override {
    return changed(seq, Arrived::no,
                   "UPDATE delivery SET attempts = ?2, next_at_us = ?3, code = ?4, text = ?5 "
                   "WHERE seq = ?1",
                   attempts, next_at_us, code, text);
  }

  Result<void> dead(std::int64_t seq, std::uint32_t attempts, std::uint32_t code,
                    const std::string& text, std::int64_t now_us) override {
    return changed(seq, Arrived::no,
                   "UPDATE delivery SET state = 'dead', attempts = ?2, code = ?3, text = ?4, "
                   "done_us = ?5, next_at_us = 0, outcome = " +
                       std::string(next_outcome) + " WHERE seq = ?1",
                   attempts, code, text, now_us);
  }

  Result<std::uint32_t> crashed(std::int64_t seq, const std::string& destination) override {
    return guarded([&]() -> std::uint32_t {
      Transaction transaction(db_);
      db_.run(
          "INSERT INTO crash (delivery, count)"
          " SELECT seq, 1 FROM delivery WHERE seq = ?1 AND state = 'queued' AND destination = ?2"
          " ON CONFLICT (delivery) DO UPDATE SET count = count + 1",
          seq, destination);
      const auto count =
          db_.changed() == 0 ? 0 : db_.integer("SELECT count FROM crash WHERE delivery = ?1", seq);
      transaction.commit();
      return static_cast<std::uint32_t>(count);
    });
  }

  Result<std::size_t> rejected_alike(const std::string& destination, std::uint32_t code) override {
    return guarded([&] {
      return static_cast<std::size_t>(db_.integer(
          "SELECT count(*) FROM delivery WHERE " + std::string(alike), destination, code));
    });
  }

  Result<void> requeue_alike(const std::string& destination, std::uint32_t code,
                             const std::string& text) override {
    return guarded([&] {
      Transaction transaction(db_);
      db_.run("UPDATE delivery SET state = 'queued', text = ?3 WHERE " + std::string(alike),
              destination, code, text);
      transaction.commit();
    });
  }

  Result<std::vector<DestinationState>> destinations() override {
    return guarded([&] { return destination_states(db_); });
  }

  Result<LedgerSize> size() override {
    return guarded([&] { return size_of(db_); });
  }

  Result<void> each(const std::function<void(const Row&)>& take) override {
    return guarded([&] {
      Statement found = db_.query(select(
          the_body,
          "WHERE d.seq = (SELECT min(seq) FROM delivery WHERE report = r.ref) ORDER BY r.ref"));
      while (found.step()) take(read(found));
    });
  }

  Result<std::size_t> put_back_dead(const std::string& id,
                                    const std::string& destination) override {
    return guarded([&] {
      Transaction transaction(db_);
      const std::size_t count = delivery::put_back_dead(db_, id, destination);
      transaction.commit();
      return count;
    });
  }

  Result<std::size_t> withdraw_queued(std::int64_t now_us) override {
    return guarded([&] {
      Transaction transaction(db_);
      db_.run("UPDATE delivery SET state = 'withdrawn', done_us = ?1 WHERE state = 'queued'",
              now_us);
      const auto count = static_cast<std::size_t>(db_.changed());
      db_.run(
          "UPDATE report SET body = NULL WHERE body IS NOT NULL AND ref IN"
          " (SELECT report FROM delivery WHERE state = 'withdrawn')");
      transaction.commit();
      return count;
    });
  }

 private:
  static constexpr std::string_view next_outcome = "(SELECT max(outcome) + 1 FROM delivery)";

  // Rejected with ?2 by ?1 since it last took a report. Rows that were put back keep the number of
  // their rejection and its code; an attempt that ends otherwise changes the code.
  static constexpr std::string_view alike =
      "destination = ?1 AND state IN ('dead', 'queued') AND code = ?2 AND outcome > coalesce("
      "(SELECT max(outcome) FROM delivery WHERE destination = ?1 AND state = 'delivered'), 0)";

  static std::int64_t clamp(std::size_t count) {
    return static_cast<std::int64_t>(
        std::min<std::size_t>(count, std::numeric_limits<std::int64_t>::max()));
  }

  static std::int64_t to_us(std::chrono::system_clock::time_point t) {
    return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
  }

  static std::vector<Row> rows(Statement found) {
    std::vector<Row> rows;
    while (found.step()) rows.push_back(read(found));
    return rows;
  }

  // Runs `work` under the mutex; what SQLite throws becomes the ledger's sentence.
  template <class Work>
  auto guarded(Work work) -> typename ResultOf<decltype(work())>::type {
    const std::lock_guard lock(mutex_);
    try {
      try {
        if constexpr (std::is_void_v<decltype(work())>) {
          work();
          return {};
        } else {
          return work();
        }
      } catch (const UnknownState& state) {
        return newer_ledger(options_, db_.integer("PRAGMA user_version"), state.name);
      }
    } catch (const SqliteError& error) {
      return failed(error);
    }
  }

  // What is damaged now fails every later use as well, so it is set aside at once.
  Error failed(const SqliteError& error) {
    if (!error.damaged()) return ledger_error(error, options_, Errc::undelivered);
    if (Result<void> done = replace(error); !done) return std::move(done).error();
    return {Errc::undelivered, warning_};
  }

  enum class Arrived { no, yes };

  template <class... T>
  Result<void> changed(std::int64_t seq, Arrived arrived, std::string_view update,
                       const T&... values) {
    Result<bool> known = guarded([&] {
      Transaction transaction(db_);
      if (arrived == Arrived::yes) found_again(db_, seq);
      db_.run(update, seq, values...);
      const bool there = db_.changed() == 1;
      transaction.commit();
      return there;
    });
    if (!known) return std::move(known).error();
    if (*known) return {};
    return Error{
        Errc::not_found,
        fmt::format("delivery {} is no longer in ledger {}: the file was replaced or trimmed "
                    "while a report was sent; `ktel reports list` shows what is in it",
                    seq, options_.file.string())};
  }

  Result<std::vector<std::int64_t>> attempt_append(const Row& row,
                                                   const std::vector<std::string>& destinations) {
    // An I/O error within the commit may have come after it took effect.
    constexpr std::string_view lost = "the report was not kept and is not sent";
    constexpr std::string_view unknown = "the report is not sent now and may not have been kept";

    if (db_.moved()) {
      if (Result<void> done = reopen(); !done) return done.error().context(lost);
    }
    for (bool again = false;; again = true) {
      try {
        Transaction transaction(db_);
        auto written = write(row, destinations);
        if (written) transaction.commit();
        return std::move(written).context(lost);
      } catch (const SqliteError& error) {
        if (!error.damaged() || again) {
          return ledger_error(error, options_, Errc::undelivered)
              .context(error.code() == SQLITE_IOERR ? unknown : lost);
        }
        if (Result<void> done = replace(error); !done) return done.error().context(lost);
      }
    }
  }

  // Within a transaction.
  Result<std::vector<std::int64_t>> write(const Row& row,
                                          const std::vector<std::string>& destinations) {
    bound_dead(db_, options_, now_us());
    const std::size_t bytes = row.body.size() + row.record.size() + row.decl.size();
    if (!make_room(db_, options_, bytes, now_us())) {
      return Error{
          Errc::undelivered,
          fmt::format("ledger {} is full, {} bytes of reports wait to be sent: see why with "
                      "`ktel reports list`, send them with `ktel reports send`",
                      options_.file.string(), options_.max_bytes)};
    }
    const std::string hash = sha256_hex(row.body);
    db_.run(
        "INSERT INTO report (id, created_us, time_s, signal, sha256, body, record, decl, findings)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
        row.id, row.created_us, row.time_s, row.signal, hash, Blob{row.body}, row.record, row.decl,
        row.findings);
    Statement kept = db_.query("SELECT ref, sha256 FROM report WHERE id = ?1", row.id);
    if (!kept.step() || kept.text(1) != hash || (!row.sha256.empty() && row.sha256 != hash)) {
      return Error{Errc::internal,
                   fmt::format("report {} has two bodies: report this as a bug of ktel", row.id)};
    }
    const auto report = kept.integer(0);
    std::vector<std::int64_t> seqs;
    for (const std::string& destination : destinations) {
      db_.run(
          "INSERT INTO delivery (report, destination, state, attempts, next_at_us, code, text, "
          "done_us, outcome)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
          report, destination, to_string(row.state), row.attempts, row.next_at_us, row.code,
          row.text, row.done_us);
      seqs.push_back(db_.last_row());
    }
    return seqs;
  }

  std::int64_t now_us() const { return to_us(options_.clock()); }

  Result<void> reopen() { return use(open_ledger_file(options_)); }

  Result<void> replace(const SqliteError& error) {
    return use(replace_ledger_file(options_, db_, error.what()));
  }

  Result<void> use(Result<OpenedLedger> opened) {
    if (!opened) return std::move(opened).error();
    db_ = std::move(opened->db);
    if (!opened->warning.empty()) warning_ = std::move(opened->warning);
    return {};
  }

  const Options options_;
  mutable std::mutex mutex_;  // guards what follows
  Connection db_;
  std::string warning_;
};

}  // namespace

std::string_view to_string(State state) { return state_names[static_cast<std::size_t>(state)]; }

Result<std::int64_t> Ledger::append(const Row& row) {
  auto seqs = append(row, {row.destination});
  if (!seqs) return std::move(seqs).error();
  return seqs->front();
}

Result<std::unique_ptr<Ledger>> Ledger::open(Options options) {
  Result<OpenedLedger> opened = open_ledger_file(options);
  if (!opened) return std::move(opened).error();
  return std::unique_ptr<Ledger>(
      std::make_unique<SqliteLedger>(std::move(options), std::move(opened).value()));
}

Result<std::unique_ptr<Ledger>> Ledger::in_memory() {
  try {
    return std::unique_ptr<Ledger>(std::make_unique<SqliteLedger>(
        Options{}, OpenedLedger{open_ledger_in_memory(), std::string()}));
  } catch (const SqliteError& error) {
    return Error{Errc::internal, fmt::format("a ledger in memory: {}", error.what())};
  }
}

}  // namespace ktel::delivery
