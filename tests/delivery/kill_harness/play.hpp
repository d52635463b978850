// The acts that every scenario is made of: the programs at work and in trouble, then in peace until
// they have ended, then all that is left sent; and the line that says what came of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "delivery/kill_harness/setup.hpp"
#include "delivery/kill_harness/site.hpp"
#include "delivery/kill_harness/trouble.hpp"
#include "delivery/kill_harness/worker.hpp"

namespace ktel::test::harness {

// kill_producer, and the command `ktel reports send`, at a site; `before` as in Program.
Program producer_at(const Site& site, std::size_t which, const Production& production,
                    Trouble trouble, std::function<Words()> before);
Program courier_at(const Site& site, const std::string& wait, Trouble trouble,
                   std::function<Words()> before);

// `left_open` of a program that sends: what it says tells that it does not know.
bool left_open(const RunResult& result);

class Play {
 public:
  Play(Site& site, std::vector<Worker>& workers, Troubler& troubler)
      : site_(site), workers_(workers), troubler_(troubler) {}

  // Until it is enough, or `limit` is over, which is a problem.
  void trouble(const std::function<bool(Time now)>& enough, std::chrono::milliseconds limit);
  // No trouble any more; each ends by itself. Those that do not are a problem.
  void wind_down();
  // `ktel reports send`, undisturbed, until nothing is queued.
  void drain();

  // What came of it. `producers`: of those that keep journals; `more`: ids accepted beside those.
  Outcome outcome(std::size_t producers, const std::vector<std::string>& more = {});

 private:
  Site& site_;
  std::vector<Worker>& workers_;
  Troubler& troubler_;
  std::size_t left_open_ = 0;
  std::chrono::milliseconds drained_in_{0};
  std::vector<std::string> problems_;
};

}  // namespace ktel::test::harness
