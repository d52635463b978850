// Play: see the header.
#include "delivery/kill_harness/play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace ktel::test::harness {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds tick = 5ms;

bool says(const RunResult& result, std::string_view part) {
  return result.err.find(part) != std::string::npos;
}

// The ledger could not be used, for a reason that this trouble gives.
bool refused(const RunResult& result, Trouble trouble) {
  if (says(result, "is locked by another process")) return true;
  if (trouble == Trouble::enospc) return says(result, "its disk is full");
  return trouble == Trouble::eio && says(result, "cannot be read or written");
}

// LeakSanitizer does not work where strace looks on.
std::map<std::string, std::string> environment(const Site& site, Trouble trouble) {
  std::map<std::string, std::string> env = site.environment();
  if (trouble != Trouble::eio) return env;
  std::string& asan = env["ASAN_OPTIONS"];
  asan += asan.empty() ? "detect_leaks=0" : ":detect_leaks=0";
  return env;
}

}  // namespace

bool left_open(const RunResult& result) {
  return says(result, "may be sent again") || says(result, "had not answered when") ||
         says(result, "no complete answer") || says(result, "before it was known");
}

Program producer_at(const Site& site, std::size_t which, const Production& production,
                    Trouble trouble, std::function<Words()> before) {
  Program program{.words = site.producer(which, production), .env = environment(site, trouble)};
  program.pause = 20ms;
  program.before = std::move(before);
  program.judge = [trouble](const RunResult& result) {
    Judged judged{.done = result.exit_code == 0};
    judged.refused = !judged.done && refused(result, trouble);
    if (!judged.done && !judged.refused) judged.problem = fmt::format("exit {}", result.exit_code);
    return judged;
  };
  return program;
}

Program courier_at(const Site& site, const std::string& wait, Trouble trouble,
                   std::function<Words()> before) {
  Program program{.words = site.send(wait), .env = environment(site, trouble)};
  program.pause = 50ms;
  program.sends = true;
  program.before = std::move(before);
  program.judge = [trouble](const RunResult& result) {
    Judged judged{.refused = refused(result, trouble), .left_open = left_open(result)};
    const int code = result.exit_code;
    const bool usual = code == 0 || ((code == 4 || code == 5) && !says(result, "damaged"));
    if (!usual && !judged.refused) judged.problem = fmt::format("exit {}", code);
    return judged;
  };
  return program;
}

void Play::trouble(const std::function<bool(Time now)>& enough, milliseconds limit) {
  const Time end = Clock::now() + limit;
  for (Time now = Clock::now(); !enough(now); now = Clock::now()) {
    if (now >= end) {
      problems_.push_back(fmt::format("not at its end after {} s", limit / 1s));
      break;
    }
    for (Worker& worker : workers_) worker.tend(now);
    troubler_.step(workers_, now);
    std::this_thread::sleep_for(tick);
  }
}

void Play::wind_down() {
  troubler_.end(workers_);
  for (Worker& worker : workers_) worker.leave();
  const Time end = Clock::now() + 2min;
  const auto running = [this] {
    return std::any_of(workers_.begin(), workers_.end(),
                       [](const Worker& worker) { return worker.running(); });
  };
  while (running() && Clock::now() < end) {
    for (Worker& worker : workers_) worker.tend(Clock::now());
    std::this_thread::sleep_for(tick);
  }
  if (running()) problems_.push_back("a program does not end");
  for (Worker& worker : workers_) worker.end();
}

void Play::drain() {
  const Time start = Clock::now();
  std::string last;
  while (site_.queued() > 0) {
    if (Clock::now() - start > 5min) {
      problems_.push_back("not drained after 5 min: " + last);
      break;
    }
    const RunResult sent = site_.finish(site_.send("60s"));
    last = sent.err;
    left_open_ += left_open(sent) ? 1 : 0;
  }
  drained_in_ = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

Outcome Play::outcome(std::size_t producers, const std::vector<std::string>& more) {
  Counts all;
  for (const Worker& worker : workers_) {
    const Counts& counts = worker.counts();
    all.kills += counts.kills;
    all.stops += counts.stops;
    all.refused += counts.refused;
    left_open_ += counts.left_open;
    problems_.insert(problems_.end(), worker.problems().begin(), worker.problems().end());
  }
  Evidence evidence = site_.evidence(producers);
  evidence.accepted.insert(evidence.accepted.end(), more.begin(), more.end());
  evidence.left_open = left_open_;
  const Tally tally = compare(evidence);
  problems_.insert(problems_.end(), tally.problems.begin(), tally.problems.end());
  if (const std::string problem = site_.ledger_problem(); !problem.empty()) {
    problems_.push_back(problem);
  }
  Outcome outcome;
  outcome.line = fmt::format(
      "accepted {}, delivered {}, lost {}, duplicates {} (of {} at most), dead {}, kills {}, "
      "stops {}, full disks {}, refused {}, drained in {:.1f} s",
      tally.accepted, tally.delivered, tally.lost, tally.duplicates, tally.most_duplicates,
      tally.dead, all.kills, all.stops, troubler_.full_disks(), all.refused,
      static_cast<double>(drained_in_.count()) / 1000);
  outcome.problems = std::move(problems_);
  return outcome;
}

}  // namespace ktel::test::harness
