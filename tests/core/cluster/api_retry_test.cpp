// When a request is made again: status by header by number of tries.
#include <doctest/doctest.h>

#include "cluster/api_retry.hpp"

using namespace ktel::cluster;
using std::chrono::milliseconds;

TEST_SUITE("core/cluster/api_retry") {
  TEST_CASE("whether it is tried again, and after which wait") {
    constexpr auto never = std::nullopt;
    const struct {
      const char* what;
      Tried tried;
      double jitter;
      std::optional<milliseconds> wait;
    } rows[] = {
        {"busy", {1, 429, "1"}, 0, milliseconds(1'000)},
        {"unavailable", {1, 503, "32"}, 0, milliseconds(32'000)},
        {"at once", {1, 429, "0"}, 0, milliseconds(0)},
        {"all of the jitter: 250 ms at least", {1, 429, "0"}, 1, milliseconds(250)},
        {"or a quarter", {1, 429, "32"}, 1, milliseconds(40'000)},
        {"half of it", {1, 503, "4"}, 0.5, milliseconds(4'500)},
        {"the tenth time", {10, 429, "1"}, 0, milliseconds(1'000)},
        {"but no more", {11, 429, "1"}, 0, never},
        {"busy, and no word when to come back", {1, 429, ""}, 0, never},
        {"unavailable, likewise", {1, 503, ""}, 0, never},
        {"a date", {1, 503, "Wed, 21 Oct 2026 07:28:00 GMT"}, 0, never},
        {"a fraction", {1, 429, "1.5"}, 0, never},
        {"less than nothing", {1, 429, "-1"}, 0, never},
        {"with a unit", {1, 429, "1s"}, 0, never},
        {"out of range", {1, 429, "99999999999"}, 0, never},
        {"as long as a run may take", {1, 429, "60"}, 0, milliseconds(60'000)},
        {"longer", {1, 429, "61"}, 0, never},
        {"an error of the server's", {1, 500, "1"}, 0, never},
        {"of a proxy's", {1, 502, "1"}, 0, never},
        {"too slow", {1, 504, "1"}, 0, never},
        {"who?", {1, 401, "1"}, 0, never},
        {"gone", {1, 410, "1"}, 0, never},
        {"fine", {1, 200, "1"}, 0, never},
        {"no answer", {1, 0, ""}, 0, never},
        {"the connection was lost", {1, 0, "", true}, 0, milliseconds(1'000)},
        {"with jitter", {1, 0, "", true}, 1, milliseconds(1'250)},
        {"the third time", {3, 0, "", true}, 0, milliseconds(1'000)},
        {"no more", {4, 0, "", true}, 0, never},
    };
    for (const auto& row : rows) {
      CAPTURE(row.what);
      CHECK(wait_before_retry(row.tried, row.jitter) == row.wait);
    }
  }
}
