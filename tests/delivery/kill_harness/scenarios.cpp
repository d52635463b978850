// Scenarios: see the header.
#include "delivery/kill_harness/scenarios.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "delivery/courier.hpp"
#include "delivery/kill_harness/play.hpp"
#include "delivery/kill_harness/ramp.hpp"
#include "delivery/kill_harness/site.hpp"

namespace ktel::test::harness {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

std::size_t kills_of(const std::vector<Worker>& workers) {
  return std::accumulate(
      workers.begin(), workers.end(), std::size_t{0},
      [](std::size_t sum, const Worker& worker) { return sum + worker.counts().kills; });
}

// Those behind the first `slow` ones.
double per_second(const std::vector<hec::AcceptedEntry>& reports, std::size_t slow) {
  if (reports.size() <= slow + 1) return 0;
  const auto took_us = reports.back().at_us - reports[slow].at_us;
  return 1e6 * static_cast<double>(reports.size() - slow - 1) / static_cast<double>(took_us);
}

// Producers first, couriers behind them.
std::vector<Worker> programs_at(const Site& site, const Production& production,
                                std::size_t couriers, Trouble trouble, Troubler& troubler) {
  const auto before = [&troubler] { return troubler.before(); };
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < production.producers; ++i) {
    workers.emplace_back(producer_at(site, i, production, trouble, before));
  }
  for (std::size_t i = 0; i < couriers; ++i) {
    workers.emplace_back(courier_at(site, "3s", trouble, before));
  }
  return workers;
}

bool done(const std::vector<Worker>& workers, std::size_t producers) {
  return std::all_of(workers.begin(), workers.begin() + static_cast<std::ptrdiff_t>(producers),
                     [](const Worker& worker) { return worker.done(); });
}

}  // namespace

Outcome run_cell(const Setup& setup, const Cell& cell, std::uint64_t seed) {
  if (cell.trouble == Trouble::enospc && !setup.no_disk.empty()) return {.skipped = setup.no_disk};
  if (cell.trouble == Trouble::eio && !setup.no_strace.empty()) return {.skipped = setup.no_strace};
  const Faulty wrong = faulty(cell.fault, setup.full, seed);
  const milliseconds lasts = std::max<milliseconds>(setup.full ? 4s : 2s, wrong.lasts + 500ms);
  Production production{.producers = cell.producers, .poison_every = wrong.poison_every};
  production.each = (setup.full ? 400 : 200) / cell.producers;
  production.pause_ms = static_cast<std::size_t>(lasts.count()) / production.each;

  Site site(setup, wrong.max_event, cell.trouble == Trouble::enospc);
  Troubler troubler(cell.trouble, seed, site.disk(), {}, setup.full ? 7s : 1s);
  std::vector<Worker> workers = programs_at(site, production, 1, cell.trouble, troubler);
  Play play(site, workers, troubler);
  site.server().set_script(wrong.script);
  const Time start = Clock::now();
  play.trouble([&](Time now) { return now - start >= lasts && done(workers, cell.producers); },
               3min);
  play.wind_down();
  play.drain();
  return play.outcome(cell.producers);
}

Outcome run_kills(const Setup& setup, std::size_t kills, std::uint64_t seed) {
  constexpr std::size_t endless = 10'000'000;
  const Production production{.producers = 4, .each = endless, .pause_ms = 40};
  Site site(setup, Faulty{}.max_event, false);
  Troubler troubler(Trouble::sigkill, seed, nullptr, {}, 0ms);
  std::vector<Worker> workers = programs_at(site, production, 2, Trouble::sigkill, troubler);
  Play play(site, workers, troubler);
  site.server().set_script(hec::FaultScript({distance()}));
  play.trouble([&](Time) { return kills_of(workers) >= kills; }, kills * 2s);
  // They would never end by themselves; the couriers do.
  for (std::size_t i = 0; i < production.producers; ++i) workers[i].end();
  const std::size_t while_sending =
      workers[production.producers].counts().kills + workers.back().counts().kills;
  play.wind_down();
  site.server().set_script({});
  play.drain();
  Outcome outcome = play.outcome(production.producers);
  outcome.line += fmt::format(", {} of the kills of couriers", while_sending);
  return outcome;
}

Outcome run_commands(const Setup& setup, std::size_t kills, std::uint64_t seed) {
  Site site(setup, Faulty{}.max_event, false);
  Troubler troubler(Trouble::sigkill, seed, nullptr, {.least = 20ms, .most = 1s}, 0ms);
  std::vector<std::string> accepted;
  std::vector<Worker> workers;
  for (int i = 0; i < 4; ++i) {
    Program program{.words = site.run("1s"), .env = site.environment()};
    program.sends = true;
    program.judge = [&accepted](const RunResult& result) {
      Judged judged{.left_open = left_open(result)};
      // "ktel: report ID: 123 bytes, ...": it was kept, whether it was delivered or not.
      constexpr std::string_view before = "report ";
      constexpr std::size_t id_size = 36;
      const std::size_t at = result.err.find(before);
      const bool kept = result.exit_code == 0 || result.exit_code == 5;
      if (!kept || at == std::string::npos || result.out.empty()) {
        judged.problem = fmt::format("exit {}", result.exit_code);
      } else {
        accepted.push_back(result.err.substr(at + before.size(), id_size));
      }
      return judged;
    };
    workers.emplace_back(std::move(program));
  }
  Play play(site, workers, troubler);
  // Away for half a second in every one and a half, for as long as this may take.
  std::vector<hec::Fault> faults = {distance()};
  for (milliseconds at = 500ms; at < kills * 1s; at += 1'500ms) {
    faults.push_back(
        {.what = hec::Do::close, .after = at, .until = at + 500ms, .when = hec::When::before_read});
  }
  site.server().set_script(hec::FaultScript(std::move(faults), seed));
  // Some have to get through, also where programs are slow.
  play.trouble([&](Time) { return kills_of(workers) >= kills && accepted.size() >= kills / 4; },
               kills * 2s);
  play.wind_down();
  site.server().set_script({});
  play.drain();
  return play.outcome(0, accepted);
}

Outcome run_backlog(const Setup& setup, std::size_t reports, std::uint64_t seed) {
  constexpr std::size_t slow = 20;
  const Production production{.producers = 4, .each = reports / 4};
  Site site(setup, Faulty{}.max_event, false);
  Troubler troubler(Trouble::none, seed, nullptr, {}, 0ms);
  std::vector<Worker> workers = programs_at(site, production, 0, Trouble::none, troubler);
  Play play(site, workers, troubler);
  play.trouble([&](Time) { return done(workers, production.producers); }, 10min);
  play.wind_down();

  // It is away when the courier begins. Then it answers the first requests slowly, so that those
  // which are sent at the same time are seen to be.
  std::vector<hec::Fault> faults = {
      {.what = hec::Do::close, .on = hec::On::connection, .until = 1s},
      {.what = hec::Do::delay, .to = slow - 1, .delay = 200ms}};
  site.server().set_script(hec::FaultScript(std::move(faults), seed));
  play.drain();
  Outcome outcome = play.outcome(production.producers);

  const Ramp ramp = ramp_of(events_of(site.journal()), delivery::CourierOptions{}.in_flight);
  if (!ramp.problem.empty()) outcome.problems.push_back(ramp.problem);
  outcome.line += fmt::format(", {:.0f} reports/s, in flight {}, {}, {}",
                              per_second(site.server().journal().accepted(), slow), ramp.first,
                              ramp.second, ramp.most);
  return outcome;
}

}  // namespace ktel::test::harness
