// kill_harness: proves that delivery loses nothing, whatever is killed, cut, full or broken.
//
//   kill_harness [--full] [--seed N] [--only TEXT] [--lanes N]
//
// Without --full: a cell of the matrix for each fault, with troubles and producers drawn by the
// seed, and the other scenarios in short. --only: those scenarios whose names hold TEXT, among them
// all cells of the matrix; --lanes: so many at the same time (4). A line each; exit 1 if anything
// was lost or wrong. What this machine cannot do is skipped with a line, and fails where CI is set.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "delivery/kill_harness/scenarios.hpp"
#include "delivery/kill_harness/small_disk.hpp"
#include "support/process.hpp"

namespace {

using namespace ktel::test;
using namespace ktel::test::harness;

struct Options {
  bool full = false;
  std::uint64_t seed = std::random_device{}();
  std::string only;
  std::size_t lanes = 4;
};

struct Scenario {
  std::string name;
  std::function<Outcome(const Setup&, std::uint64_t seed)> run;
};

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view flag = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) throw std::runtime_error(std::string(flag) + " needs a value");
      return arguments[++i];
    };
    if (flag == "--full") {
      options.full = true;
    } else if (flag == "--seed") {
      options.seed = std::stoull(value());
    } else if (flag == "--only") {
      options.only = value();
    } else if (flag == "--lanes") {
      options.lanes = std::max(1ul, std::stoul(value()));
    } else {
      throw std::runtime_error("unknown option " + std::string(flag));
    }
  }
  return options;
}

Scenario scenario_of(const Cell& cell) {
  return {fmt::format("matrix/{}/{}/{}", to_string(cell.fault), to_string(cell.trouble),
                      cell.producers),
          [cell](const Setup& setup, std::uint64_t seed) { return run_cell(setup, cell, seed); }};
}

// All cells; or one for each fault, so that each trouble and each number of producers has its turn.
std::vector<Scenario> matrix(bool all, std::uint64_t seed) {
  constexpr std::size_t troubles = std::size(all_troubles);
  std::vector<Scenario> cells;
  for (std::size_t i = 0; i < std::size(all_faults); ++i) {
    for (std::size_t j = 0; j < troubles; ++j) {
      for (const std::size_t producers : {1u, 4u}) {
        const bool drawn = j == (i + seed) % troubles && (producers == 4) == ((i + seed) % 2 == 0);
        if (all || drawn) cells.push_back(scenario_of({all_faults[i], all_troubles[j], producers}));
      }
    }
  }
  return cells;
}

std::vector<Scenario> scenarios(const Options& options) {
  const bool full = options.full;
  std::vector<Scenario> all = {
      {"kills", [full](const Setup& setup,
                       std::uint64_t seed) { return run_kills(setup, full ? 1'000 : 30, seed); }},
      {"commands", [full](const Setup& setup, std::uint64_t seed) {
         return run_commands(setup, full ? 200 : 20, seed);
       }}};
  for (Scenario& cell : matrix(full || !options.only.empty(), options.seed)) {
    all.push_back(std::move(cell));
  }
  all.push_back({"backlog", [full](const Setup& setup, std::uint64_t seed) {
                   return run_backlog(setup, full ? 10'000 : 400, seed);
                 }});
  std::erase_if(
      all, [&](const Scenario& one) { return one.name.find(options.only) == std::string::npos; });
  return all;
}

// Each scenario's own, so that it draws the same alone as among others.
std::uint64_t seed_of(std::uint64_t seed, const std::string& name) {
  std::seed_seq sequence(name.begin(), name.end());
  std::uint32_t own[2];
  sequence.generate(std::begin(own), std::end(own));
  return seed ^ (std::uint64_t{own[0]} << 32 | own[1]);
}

std::string no_strace() {
  const RunResult traced = run({"strace", "-qq", "-o", "/dev/null", "true"});
  return traced.exit_code == 0 ? std::string() : "strace cannot run here: " + traced.err;
}

// Several at once, each on one thread from its beginning to its end.
class Run {
 public:
  Run(const Setup& setup, std::vector<Scenario> scenarios)
      : setup_(setup), scenarios_(std::move(scenarios)) {}

  // How many failed.
  std::size_t on(std::size_t lanes) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < lanes; ++i) {
      threads.emplace_back([this] {
        for (std::size_t at = next_++; at < scenarios_.size(); at = next_++)
          run_one(scenarios_[at]);
      });
    }
    threads.clear();  // waits for them
    return failed_;
  }

 private:
  void run_one(const Scenario& scenario) {
    Outcome outcome;
    try {
      outcome = scenario.run(setup_, seed_of(setup_.seed, scenario.name));
    } catch (const std::exception& error) {
      outcome.problems.push_back(error.what());
    }
    const std::lock_guard lock(mutex_);
    if (!outcome.skipped.empty()) {
      std::fprintf(stderr, "skipped: %s: %s\n", scenario.name.c_str(), outcome.skipped.c_str());
      failed_ += std::getenv("CI") != nullptr ? 1 : 0;
      return;
    }
    const bool bad = !outcome.problems.empty();
    failed_ += bad ? 1 : 0;
    std::printf("%-4s %-28s %s\n", bad ? "BAD" : "ok", scenario.name.c_str(), outcome.line.c_str());
    for (const std::string& problem : outcome.problems) std::printf("     %s\n", problem.c_str());
    std::fflush(stdout);
  }

  const Setup& setup_;
  const std::vector<Scenario> scenarios_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::size_t failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  const Options options = parse({argv, argv + argc});
  Setup setup{.full = options.full, .seed = options.seed};
  setup.no_disk = own_mounts();  // before there are threads
  setup.no_strace = no_strace();
  const TempDir cache("ktel-kill-cache");
  setup.cache = cache.path();

  std::vector<Scenario> chosen = scenarios(options);
  if (chosen.empty()) throw std::runtime_error("no scenario has " + options.only + " in its name");
  const std::size_t count = chosen.size();
  std::printf("kill_harness%s --seed %llu: %zu scenarios\n", options.full ? " --full" : "",
              static_cast<unsigned long long>(options.seed), count);
  std::fflush(stdout);
  const auto start = std::chrono::steady_clock::now();
  const std::size_t failed = Run(setup, std::move(chosen)).on(options.lanes);
  const auto took =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
  std::printf("%zu of %zu scenarios failed, %lld s\n", failed, count,
              static_cast<long long>(took.count()));
  return failed == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "kill_harness: %s\n", error.what());
  return 2;
}
