// Timestamps: see the header.
#include "protobuf/time_text.hpp"

#include <fmt/format.h>

#include <chrono>

namespace ktel::protobuf {

std::string time_text(std::int64_t seconds, std::int64_t nanos, bool micro) {
  using std::chrono::sys_days;
  constexpr std::int64_t day = 86'400;
  constexpr std::int64_t first =
      sys_days(std::chrono::year(0) / 1 / 1).time_since_epoch().count() * day;
  constexpr std::int64_t last =
      sys_days(std::chrono::year(10'000) / 1 / 1).time_since_epoch().count() * day;
  if (seconds < first || seconds >= last || nanos < 0 || nanos > 999'999'999) return {};
  const std::int64_t of_day = ((seconds % day) + day) % day;
  const std::chrono::year_month_day date(
      sys_days(std::chrono::days(static_cast<std::int32_t>((seconds - of_day) / day))));
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  of_day / 3600, of_day / 60 % 60, of_day % 60);
  if (micro) text += fmt::format(".{:06}", nanos / 1000);
  return text + "Z";
}

}  // namespace ktel::protobuf
