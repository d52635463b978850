// What befalls the programs while they work: kills, stops, a full disk, a disk that fails.
//
// Seeded; when it happens on the clock is up to the machine. Used on one thread, beside the
// workers.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string_view>
#include <vector>

#include "delivery/kill_harness/small_disk.hpp"
#include "delivery/kill_harness/worker.hpp"

namespace ktel::test::harness {

enum class Trouble { none, sigkill, sigstop, enospc, eio };

inline constexpr Trouble all_troubles[] = {Trouble::none, Trouble::sigkill, Trouble::sigstop,
                                           Trouble::enospc, Trouble::eio};

std::string_view to_string(Trouble trouble);

// A program lives so long before it is killed or stopped.
struct Lives {
  std::chrono::milliseconds least{50};
  std::chrono::milliseconds most{2'000};
};

class Troubler {
 public:
  // `disk`: for enospc. `longest_stop`: beyond 5 s others find the ledger locked for too long.
  Troubler(Trouble trouble, std::uint64_t seed, SmallDisk* disk, Lives lives,
           std::chrono::milliseconds longest_stop);

  // Before a program: for eio, the words that make a sync of it fail.
  Words before();

  void step(std::vector<Worker>& workers, Time now);

  // No more of it: all go on, the disk has room.
  void end(std::vector<Worker>& workers);

  std::size_t full_disks() const noexcept { return full_disks_; }

 private:
  struct Fate {
    std::size_t start = 0;  // of which start of it
    bool stopped = false;
    Time at{};
  };

  std::chrono::milliseconds between(std::chrono::milliseconds least,
                                    std::chrono::milliseconds most);
  void fill_or_empty(Time now);

  const Trouble trouble_;
  std::mt19937_64 random_;
  SmallDisk* const disk_;
  const Lives lives_;
  const std::chrono::milliseconds longest_stop_;
  std::map<std::size_t, Fate> fates_;  // by worker
  bool full_ = false;
  Time turn_{};  // when the disk is filled or emptied next
  std::size_t full_disks_ = 0;
};

}  // namespace ktel::test::harness
