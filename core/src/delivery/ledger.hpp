// `Ledger`: the SQLite database that is outbox, audit log and history in one.
//
// Any process may write; each change is one short transaction, committed and synced when the
// function returns. Only sending is exclusive: see courier_lock.hpp. One connection, one internal
// mutex: may be used from any thread, but blocks on disk, so never from a pool thread.
#pragma once

#include <ktel/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace ktel::delivery {

enum class State { local, queued, delivered, dead, expired, evicted, withdrawn };

std::string_view to_string(State state);

struct Row {
  std::int64_t seq = 0;
  std::string id;  // UUIDv7 text
  std::int64_t created_us = 0;
  std::int64_t time_s = 0;
  std::string signal;
  std::string body;        // exact bytes; empty when erased
  std::uint64_t size = 0;  // of the body, read back: also where the body is left out
  std::string sha256;
  std::string record;  // run record as canonical JSON
  std::string decl;    // fields sent as canonical JSON
  std::uint32_t findings = 0;
  std::string destination;  // redacted URL; empty: a local report
  State state = State::queued;
  std::uint32_t attempts = 0;
  std::int64_t next_at_us = 0;  // its destination asked not to be called before
  std::uint32_t code = 0;
  std::string text;          // of the last attempt, scrubbed
  std::int64_t done_us = 0;  // delivered, or last rejected
  bool intact = true;        // read back: the body, if it is there, has the SHA-256 of the row
};

// How things stand with one destination, by all that is in the ledger.
struct DestinationState {
  std::string destination;
  std::map<std::string, std::size_t> counts;  // deliveries by state
  std::uint64_t queued_bytes = 0;
  std::int64_t oldest_queued_us = 0;   // when it was recorded; 0: nothing is queued
  std::int64_t not_before_us = 0;      // its destination asked for that; 0: it did not
  std::int64_t last_delivered_us = 0;  // 0: never, as far as is known here
  std::string held_up;                 // why the oldest that was tried is still queued
  std::string rejected;                // why the last that is dead is
};

// Reports that one destination never got and never will: given up unsent, for this reason.
struct Loss {
  State state = State::expired;  // or evicted
  std::uint64_t count = 0;
  std::int64_t first_us = 0;  // when the first and the last of them were recorded
  std::int64_t last_us = 0;
};

struct LedgerSize {
  std::size_t reports = 0;
  std::uint64_t bytes = 0;  // on disk, less what is free for new reports
};

class Ledger {
 public:
  struct Options {
    std::filesystem::path file = {};
    std::uint64_t max_bytes = 256u << 20;  // on disk; finished rows make room, from the old end
    std::uint64_t max_report = 1'000'000;  // bytes of one body
    bool drop_oldest = false;  // a full ledger gives up the oldest that wait, instead of refusing
    std::chrono::milliseconds max_age{0};  // what is queued for longer is given up; 0: nothing is
    std::chrono::milliseconds busy_timeout{5'000};
    Clock clock = system_clock();
  };

  // Creates it (file 0600, directory 0700) if it is not there. bad_input: cannot be opened, locked,
  // of a newer ktel. A corrupt one is renamed to `.corrupt-TIME`, a new one is made, and
  // `warning()` says so. Where damage shows only later, the same happens then, and the function
  // that met it fails with those words, append() excepted: it goes on with the new file.
  static Result<std::unique_ptr<Ledger>> open(Options options);

  // One that ends with this object: for sending without keeping.
  static Result<std::unique_ptr<Ledger>> in_memory();

  virtual ~Ledger() = default;

  virtual const std::filesystem::path& file() const noexcept = 0;  // empty: in memory
  virtual std::string warning() const = 0;

  // Commits and syncs the row, once for each destination and all at once, before it returns; gives
  // their seqs. An id that is there already gets further destinations. undelivered: disk full, I/O
  // error, locked, all of max_bytes queued; bad_input: larger than max_report. Then nothing was
  // kept, and nothing may be sent.
  virtual Result<std::vector<std::int64_t>> append(
      const Row& row, const std::vector<std::string>& destinations) = 0;
  Result<std::int64_t> append(const Row& row);  // to row.destination

  // Gives up what is older than max_age, and where this destination has lost reports that it was
  // not told of, and none that tells it of others waits, appends the one that tells it: what `make`
  // makes of them, which must not call the ledger. False: nothing was lost, or `make` made nothing.
  virtual Result<bool> report_losses(
      const std::string& destination,
      const std::function<std::optional<Row>(const std::vector<Loss>&)>& make) = 0;

  virtual Result<std::vector<Row>> list(std::size_t newest) = 0;  // newest first, bodies left out
  virtual Result<std::optional<Row>> at(std::int64_t seq) = 0;    // body left out

  // By id, or by the beginning of one if no other begins so: bad_input.
  virtual Result<std::optional<Row>> find(const std::string& id_or_prefix) = 0;

  // Queued, oldest first. A row whose body is not what was written is dead from here on, and says
  // so.
  virtual Result<std::vector<Row>> due(const std::string& destination, std::size_t most) = 0;
  virtual Result<std::vector<std::string>> destinations_with_queued() = 0;
  virtual Result<std::size_t> queued(const std::string& destination) = 0;          // how many
  virtual Result<std::int64_t> not_before_us(const std::string& destination) = 0;  // of any; or 0

  // What became of a delivery. not_found: it is gone, trimmed by another process or with its file.
  virtual Result<void> delivered(std::int64_t seq, std::uint32_t attempts, std::int64_t now_us) = 0;
  virtual Result<void> retry_at(std::int64_t seq, std::uint32_t attempts, std::int64_t next_at_us,
                                std::uint32_t code, const std::string& text) = 0;
  virtual Result<void> dead(std::int64_t seq, std::uint32_t attempts, std::uint32_t code,
                            const std::string& text, std::int64_t now_us) = 0;

  // A process ended while a backend was at work on it. Gives how often so far; 0: it is not queued
  // for this destination.
  virtual Result<std::uint32_t> crashed(std::int64_t seq, const std::string& destination) = 0;

  // Reports this destination has rejected with `code` since it last took one, in the order in which
  // that became known; and those back in the queue, because that many are no fault of theirs.
  virtual Result<std::size_t> rejected_alike(const std::string& destination,
                                             std::uint32_t code) = 0;
  virtual Result<void> requeue_alike(const std::string& destination, std::uint32_t code,
                                     const std::string& text) = 0;

  virtual Result<std::vector<DestinationState>> destinations() = 0;  // by name
  virtual Result<LedgerSize> size() = 0;

  // Every report once, oldest first, with its body. `take` must not call the ledger.
  virtual Result<void> each(const std::function<void(const Row&)>& take) = 0;

  // Dead reports go back to the queue: the one with this id, or all ("") whose body is there; for
  // this destination, or all (""). Gives how many deliveries that were.
  virtual Result<std::size_t> put_back_dead(const std::string& id,
                                            const std::string& destination) = 0;

  // Consent is off: queued rows become withdrawn, their bodies are overwritten. Gives how many.
  virtual Result<std::size_t> withdraw_queued(std::int64_t now_us) = 0;
};

}  // namespace ktel::delivery
