// Scripts.
#include "delivery/kill_harness/fault.hpp"

#include <utility>
#include <vector>

#include "delivery/kill_harness/producer.hpp"

namespace ktel::test::harness {
namespace {

using std::chrono::milliseconds;

// Of both kinds: connections that stand and those that are tried.
void add_outage(std::vector<hec::Fault>& faults, milliseconds from, milliseconds until) {
  for (const hec::On on : {hec::On::event, hec::On::connection}) {
    faults.push_back({.what = hec::Do::close,
                      .on = on,
                      .after = from,
                      .until = until,
                      .when = hec::When::before_read});
  }
}

}  // namespace

std::string_view to_string(Fault fault) {
  constexpr std::string_view names[] = {"no_fault", "busy_1%", "cut_10%",   "outage", "flapping",
                                        "revoked",  "poison",  "too_large", "slow"};
  return names[static_cast<std::size_t>(fault)];
}

hec::Fault distance() { return {.what = hec::Do::delay, .delay = milliseconds(40)}; }

Faulty faulty(Fault fault, bool full, std::uint64_t seed) {
  const milliseconds begin(full ? 1'000 : 300);
  const milliseconds window(full ? 10'000 : 1'000);
  const milliseconds flap(full ? 2'000 : 400);
  std::vector<hec::Fault> faults = {distance()};
  Faulty result;
  switch (fault) {
    case Fault::none:
      break;
    case Fault::busy:
      faults.push_back({.what = hec::Do::status, .chance = 0.01, .status = 503, .code = 9});
      break;
    case Fault::cut:
      faults.push_back({.what = hec::Do::close, .chance = 0.1, .when = hec::When::after_commit});
      break;
    case Fault::outage:
      add_outage(faults, begin, begin + window);
      result.lasts = begin + window;
      break;
    case Fault::flapping:
      for (int i = 0; i < 3; ++i) {
        result.lasts = begin + flap * (2 * i + 1);
        add_outage(faults, result.lasts - flap, result.lasts);
      }
      break;
    case Fault::revoked:
      faults = {
          {.what = hec::Do::revoke, .on = hec::On::any, .after = begin, .until = begin + window}};
      result.lasts = begin + window;
      break;
    case Fault::poison:
      result.max_event = poison_limit;
      result.poison_every = 10;
      break;
    case Fault::too_large:
      faults.push_back({.what = hec::Do::too_large, .size = poison_limit});
      result.poison_every = 10;
      break;
    case Fault::slow:
      faults.push_back(
          {.what = hec::Do::delay, .chance = 0.1, .delay = milliseconds(full ? 2'000 : 500)});
      break;
  }
  result.script = hec::FaultScript(std::move(faults), seed);
  return result;
}

}  // namespace ktel::test::harness
