// Retry-After: see the header.
#include "delivery/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace ktel::delivery {

std::chrono::milliseconds parse_retry_after(std::string_view text,
                                            std::chrono::system_clock::time_point now) {
  using std::chrono::milliseconds;
  constexpr milliseconds most = std::chrono::hours(1);
  if (text.empty()) return milliseconds{0};

  std::uint64_t seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ptr == text.data() + text.size()) {
    if (parsed.ec == std::errc::result_out_of_range) return most;
    return seconds >= 3600 ? most : milliseconds(seconds * 1000);
  }

  std::tm date{};
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());  // an embedder's locale must not change what "Nov" means
  in >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S GMT");
  if (in.fail()) return milliseconds{0};
  // In seconds first: the clock's own unit holds no year beyond 2262.
  const auto seconds_now = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  const std::chrono::seconds until(timegm(&date));
  if (until - seconds_now >= most) return most;
  const auto wait = until - std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
  return std::max(wait, milliseconds{0});
}

}  // namespace ktel::delivery
