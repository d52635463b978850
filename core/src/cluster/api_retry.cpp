// The retry rules: see the header.
#include "cluster/api_retry.hpp"

#include <algorithm>
#include <charconv>

namespace ktel::cluster {
namespace {

using std::chrono::milliseconds;

constexpr unsigned retries_when_busy = 10;

// A rolling restart behind a load balancer is over sooner, and whoever gave a wrong port or scheme
// waits for the sentence that says so.
constexpr unsigned retries_when_lost = 3;
constexpr milliseconds wait_when_lost{1'000};

// The API server asks for 32 s at most, and a run is over in 60.
constexpr unsigned longest_wait_s = 60;

// Only the form in seconds: who sends a date is a proxy.
std::optional<unsigned> seconds(std::string_view text) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

// Up to a quarter more, and up to 250 ms where that is next to nothing.
milliseconds spread(milliseconds wait, double jitter) {
  const milliseconds most = std::max(wait / 4, milliseconds(250));
  return wait +
         milliseconds(static_cast<milliseconds::rep>(jitter * static_cast<double>(most.count())));
}

}  // namespace

std::optional<milliseconds> wait_before_retry(const Tried& tried, double jitter) {
  if (tried.lost) {
    if (tried.tries > retries_when_lost) return std::nullopt;
    return spread(wait_when_lost, jitter);
  }
  if (tried.status != 429 && tried.status != 503) return std::nullopt;
  const std::optional<unsigned> asked = seconds(tried.retry_after);
  if (!asked || *asked > longest_wait_s || tried.tries > retries_when_busy) return std::nullopt;
  return spread(std::chrono::seconds(*asked), jitter);
}

}  // namespace ktel::cluster
