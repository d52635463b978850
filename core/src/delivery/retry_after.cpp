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
  const auto until = std::chrono::system_clock::from_time_t(timegm(&date)) - now;
  return std::clamp(std::chrono::duration_cast<milliseconds>(until), milliseconds{0}, most);
}

}  // namespace ktel::delivery
