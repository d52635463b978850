// Troubler: see the header.
#include "delivery/kill_harness/trouble.hpp"

#include <fmt/format.h>

namespace ktel::test::harness {

using std::chrono::milliseconds;

std::string_view to_string(Trouble trouble) {
  constexpr std::string_view names[] = {"no_kill", "sigkill", "sigstop", "enospc", "eio"};
  return names[static_cast<std::size_t>(trouble)];
}

Troubler::Troubler(Trouble trouble, std::uint64_t seed, SmallDisk* disk, Lives lives,
                   milliseconds longest_stop)
    : trouble_(trouble), random_(seed), disk_(disk), lives_(lives), longest_stop_(longest_stop) {}

milliseconds Troubler::between(milliseconds least, milliseconds most) {
  return milliseconds(
      std::uniform_int_distribution<milliseconds::rep>(least.count(), most.count())(random_));
}

// SQLite syncs with fdatasync here. A quarter of the programs go without; of the others half find
// one sync that fails, half a disk that is broken from there on.
Words Troubler::before() {
  if (trouble_ != Trouble::eio || random_() % 4 == 0) return {};
  const std::uint64_t which = 1 + random_() % 12;
  return {
      "strace",
      "-f",
      "-qq",
      "-o",
      "/dev/null",
      "-e",
      "trace=fdatasync",
      "-e",
      fmt::format("inject=fdatasync:error=EIO:when={}{}", which, random_() % 2 == 0 ? "" : "+")};
}

void Troubler::step(std::vector<Worker>& workers, Time now) {
  if (trouble_ == Trouble::enospc) fill_or_empty(now);
  if (trouble_ != Trouble::sigkill && trouble_ != Trouble::sigstop) return;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    Worker& worker = workers[i];
    if (!worker.running()) continue;
    Fate& fate = fates_[i];
    if (fate.start != worker.counts().starts) {
      fate = {.start = worker.counts().starts, .at = now + between(lives_.least, lives_.most)};
    }
    if (now < fate.at) continue;
    if (trouble_ == Trouble::sigkill) {
      worker.kill();
    } else if (fate.stopped) {
      worker.go_on();
      fate = {.start = fate.start, .at = now + between(lives_.least, lives_.most)};
    } else {
      worker.stop();
      fate = {.start = fate.start,
              .stopped = true,
              .at = now + between(milliseconds(100), longest_stop_)};
    }
  }
}

void Troubler::fill_or_empty(Time now) {
  if (disk_ == nullptr || now < turn_) return;
  if (turn_ != Time{}) {
    full_ = !full_;
    if (full_) {
      disk_->fill();
      ++full_disks_;
    } else {
      disk_->make_room();
    }
  }
  turn_ = now + between(milliseconds(100), milliseconds(700));
}

void Troubler::end(std::vector<Worker>& workers) {
  for (Worker& worker : workers) worker.go_on();
  if (disk_ != nullptr) disk_->make_room();
}

}  // namespace ktel::test::harness
