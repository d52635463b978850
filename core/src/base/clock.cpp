// Clock: see the header.
#include "base/clock.hpp"

#include <fmt/chrono.h>

namespace ktel {

Clock system_clock() {
  return [] { return std::chrono::system_clock::now(); };
}

std::string rfc3339(std::chrono::system_clock::time_point t) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(t)));
}

std::string rfc3339_us(std::int64_t us) {
  if (us == 0) return {};
  return rfc3339(std::chrono::system_clock::time_point(std::chrono::microseconds(us)));
}

}  // namespace ktel
