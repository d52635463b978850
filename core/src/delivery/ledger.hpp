// `Ledger`: the SQLite database that is outbox, audit log and history in one.
//
// Any process may write; each change is one short transaction, committed and synced when the function
// returns. Only sending is exclusive: see courier_lock.hpp. One connection, one internal mutex: may be
// used from any thread, but blocks on disk, so never from a pool thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ktel/report.hpp>
#include <ktel/result.hpp>

namespace ktel::delivery {

enum class State { local, queued, delivered, dead, expired, evicted, withdrawn };

std::string_view to_string(State state);

struct Row {
  std::int64_t seq = 0;
  std::string id;            // UUIDv7 text
  std::int64_t created_us = 0;
  std::int64_t time_s = 0;
  std::string signal;
  std::string body;          // exact bytes; empty when erased
  std::string sha256;
  std::string record;        // run record as canonical JSON
  std::string decl;          // fields sent as canonical JSON
  std::uint32_t findings = 0;
  std::string destination;   // redacted URL; empty: a local report
  State state = State::queued;
  std::uint32_t attempts = 0;
  std::int64_t next_at_us = 0;
  std::uint32_t code = 0;
  std::string text;          // of the last attempt, scrubbed
  std::int64_t done_us = 0;
};

class Ledger {
 public:
  struct Options {
    std::filesystem::path file;
    std::uint64_t max_bytes = 256u << 20;
    std::uint64_t max_report = 1'000'000;
  };

  // Creates it (file 0600, directory 0700) if it is not there. bad_input: cannot be opened, locked,
  // of a newer ktel. A corrupt one is renamed to `.corrupt-TIME`, a new one is made, and `warning()`
  // says so.
  static Result<std::unique_ptr<Ledger>> open(Options options);
  virtual ~Ledger() = default;

  virtual const std::string& warning() const noexcept = 0;

  // Commits and syncs the row before it returns; gives its seq. undelivered: disk full, I/O error.
  virtual Result<std::int64_t> append(const Row& row) = 0;

  virtual Result<std::vector<Row>> list(std::size_t newest) = 0;  // newest first, bodies left out
  virtual Result<std::optional<Row>> find(const std::string& id_or_prefix) = 0;
  virtual Result<std::vector<Row>> due(const std::string& destination, std::int64_t now_us,
                                       std::size_t most) = 0;  // queued, oldest first
  virtual Result<std::vector<std::string>> destinations_with_queued() = 0;

  virtual Result<void> delivered(std::int64_t seq, std::uint32_t attempts, std::int64_t now_us) = 0;
  virtual Result<void> retry_at(std::int64_t seq, std::uint32_t attempts, std::int64_t next_at_us,
                                std::uint32_t code, const std::string& text) = 0;
  virtual Result<void> dead(std::int64_t seq, std::uint32_t attempts, std::uint32_t code,
                            const std::string& text, std::int64_t now_us) = 0;
};

}  // namespace ktel::delivery
