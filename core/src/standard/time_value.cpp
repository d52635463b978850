// RFC 3339 by hand: g++ 12 has the calendar but neither parse nor format.
#include "standard/time_value.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>

#include <chrono>

namespace ktel::standard {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

// What is left of the text; every take_ either moves on or fails for good.
struct Scanner {
  std::string_view rest;
  bool failed = false;

  int take_number(std::size_t digits) {
    if (rest.size() < digits) return fail();
    int n = 0;
    for (const char c : rest.substr(0, digits)) {
      if (c < '0' || c > '9') return fail();
      n = n * 10 + (c - '0');
    }
    rest.remove_prefix(digits);
    return n;
  }

  char take_one_of(std::string_view allowed) {
    if (rest.empty() || allowed.find(rest.front()) == allowed.npos)
      return static_cast<char>(fail());
    const char c = rest.front();
    rest.remove_prefix(1);
    return c;
  }

  void skip_fraction() {
    if (rest.empty() || rest.front() != '.') return;
    rest.remove_prefix(1);
    take_number(1);
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') rest.remove_prefix(1);
  }

  int fail() {
    failed = true;
    return 0;
  }
};

seconds take_offset(Scanner& text) {
  const char sign = text.take_one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return seconds(0);
  const int h = text.take_number(2);
  text.take_one_of(":");
  const int m = text.take_number(2);
  if (h > 23 || m > 59) text.fail();
  const seconds offset = hours(h) + minutes(m);
  return sign == '-' ? -offset : offset;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  Scanner scan{text};
  const int year = scan.take_number(4);
  scan.take_one_of("-");
  const int month = scan.take_number(2);
  scan.take_one_of("-");
  const int day = scan.take_number(2);
  const char separator = scan.take_one_of("Tt ");
  const int h = scan.take_number(2);
  scan.take_one_of(":");
  const int m = scan.take_number(2);
  scan.take_one_of(":");
  const int s = scan.take_number(2);
  const bool own_form = separator == ' ' && scan.rest.empty();
  seconds offset(0);
  if (!own_form) {
    scan.skip_fraction();
    offset = take_offset(scan);
  }

  const std::chrono::year_month_day date(std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)});
  // 60 is a leap second; Unix time has none and counts it as the next one.
  if (scan.failed || !scan.rest.empty() || !date.ok() || h > 23 || m > 59 || s > 60) {
    return std::nullopt;
  }
  const sys_seconds time = sys_days(date) + hours(h) + minutes(m) + seconds(s) - offset;
  return time.time_since_epoch().count();
}

std::optional<std::string> time_text(std::int64_t unix_seconds, std::uint32_t granularity) {
  constexpr std::int64_t year_10000 = 253402300800;
  if (unix_seconds < 0 || unix_seconds >= year_10000) return std::nullopt;
  const sys_seconds time{seconds(unix_seconds)};
  const sys_days day = floor<days>(time);
  const std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss<seconds> clock(time - day);
  if (granularity == KTEL_G_HOUR) clock = std::chrono::hh_mm_ss<seconds>(clock.hours());
  if (granularity == KTEL_G_DAY) clock = std::chrono::hh_mm_ss<seconds>(seconds(0));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace ktel::standard
