// `Worker`: a program that is started again whenever it ends, until it has done what it is for.
//
// Its owner calls tend() every few milliseconds, and what befalls it comes through kill(), stop()
// and go_on(). Not thread-safe; its program dies with the thread that called tend().
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "delivery/kill_harness/setup.hpp"
#include "support/process.hpp"

namespace ktel::test::harness {

using Time = std::chrono::steady_clock::time_point;

// How a program ended by itself.
struct Judged {
  bool done = false;         // for good
  bool refused = false;      // it could not use the ledger, and said so
  bool left_open = false;    // it does not know what the server took
  std::string problem = {};  // it must not end so
};

struct Program {
  Words words;
  std::map<std::string, std::string> env;
  std::chrono::milliseconds pause{0};  // between an end and the next start
  bool sends = false;                  // when it is killed, it is not known what the server took
  std::function<Judged(const RunResult&)> judge = {};
  std::function<Words()> before = {};  // words before its own, asked for at each start; empty: none
};

struct Counts {
  std::size_t starts = 0;
  std::size_t kills = 0;
  std::size_t stops = 0;
  std::size_t refused = 0;
  std::size_t left_open = 0;
};

class Worker {
 public:
  explicit Worker(Program program) : program_(std::move(program)) {}

  // Takes note of its end; starts it when it is time, unless it is done or to be left to end.
  void tend(Time now);

  bool running() const noexcept { return process_.has_value(); }
  bool done() const noexcept { return done_; }

  void kill();  // SIGKILL, and it is started again
  void stop();  // SIGSTOP
  void go_on();
  // It is not started any more.
  void leave() noexcept { left_ = true; }
  // Ends it by force.
  void end();

  const Counts& counts() const noexcept { return counts_; }
  const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  void ended(const RunResult& result, Time now);

  Program program_;
  std::optional<Process> process_;
  Time next_start_{};
  bool done_ = false;
  bool left_ = false;
  bool stopped_ = false;
  bool was_stopped_ = false;  // since it started
  Counts counts_;
  std::vector<std::string> problems_;
};

}  // namespace ktel::test::harness
