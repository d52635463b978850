// Counting up at requests and down at answers.
#include "delivery/kill_harness/ramp.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>

namespace ktel::test::harness {

Ramp ramp_of(const std::vector<Event>& events, std::size_t in_flight) {
  Ramp ramp;
  std::size_t open = 0;
  std::size_t good = 0;
  for (const Event& event : events) {
    if (event.answer) {
      if (open > 0) --open;
      good += event.good ? 1 : 0;
      continue;
    }
    ++open;
    ramp.most = std::max(ramp.most, open);
    if (good < 1) ramp.first = std::max(ramp.first, open);
    if (good < 2) ramp.second = std::max(ramp.second, open);
  }
  if (ramp.first > 1) {
    ramp.problem = fmt::format("{} reports in flight before the first was taken", ramp.first);
  } else if (ramp.second > 2) {
    ramp.problem = fmt::format("{} reports in flight before the second was taken", ramp.second);
  } else if (ramp.most != in_flight) {
    ramp.problem =
        fmt::format("{} reports in flight at most, {} was expected", ramp.most, in_flight);
  }
  return ramp;
}

std::vector<Event> events_of(const std::string& journal) {
  std::vector<Event> events;
  std::istringstream lines(journal);
  for (std::string line; std::getline(lines, line);) {
    const boost::json::value entry = boost::json::parse(line);
    const boost::json::string& kind = entry.at("kind").as_string();
    if (kind == "request") events.push_back({});
    if (kind == "answer") {
      events.push_back({.answer = true, .good = entry.at("status").to_number<int>() == 200});
    }
  }
  return events;
}

}  // namespace ktel::test::harness
