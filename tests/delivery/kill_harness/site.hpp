// `Site`: where one scenario takes place: a report server, a ledger, and the programs that use it.
//
// Made and used on one thread: the programs die with the thread that started them. Throws
// std::runtime_error where it cannot be set up.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "delivery/kill_harness/setup.hpp"
#include "delivery/kill_harness/small_disk.hpp"
#include "delivery/kill_harness/tally.hpp"
#include "support/hec_strictd/server.hpp"
#include "support/process.hpp"

namespace ktel::test::harness {

struct Production {
  std::size_t producers = 1;
  std::size_t each = 100;  // reports
  std::size_t pause_ms = 0;
  std::size_t poison_every = 0;
};

class Site {
 public:
  // `max_event`: of the server's own rules. `small_disk`: the ledger lies on one.
  Site(const Setup& setup, std::size_t max_event, bool small_disk);

  hec::Server& server() noexcept { return server_; }
  SmallDisk* disk() noexcept { return disk_ ? &*disk_ : nullptr; }
  std::filesystem::path ledger() const { return directory_ / "disk/ledger.db"; }
  std::map<std::string, std::string> environment() const;

  Words producer(std::size_t which, const Production& production) const;
  Words send(const std::string& wait) const;  // ktel reports send
  Words run(const std::string& wait) const;   // ktel workflows run, on the embedded snapshot

  // With this site's environment, to its end.
  RunResult finish(const Words& words) const;

  std::size_t queued() const;
  // What the ledger, the server and the producers hold; accepted ids of others can be added.
  Evidence evidence(std::size_t producers) const;
  // Nothing was set aside as damaged, and `ktel reports verify` passes. Empty: so it is.
  std::string ledger_problem() const;
  // The lines of the server's journal.
  std::string journal() const;

 private:
  std::filesystem::path producers_journal(std::size_t which) const;

  const Setup& setup_;
  TempDir directory_{"ktel-kill"};
  std::optional<SmallDisk> disk_;
  mutable hec::Server server_;
};

}  // namespace ktel::test::harness
