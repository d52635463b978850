// Retry-After in both its forms: seconds, or an HTTP date. Pure.
#pragma once

#include <chrono>
#include <string_view>

namespace ktel::delivery {

// How long from `now` on; 0 for a time that has passed and for anything else. An hour at most.
std::chrono::milliseconds parse_retry_after(std::string_view text,
                                            std::chrono::system_clock::time_point now);

}  // namespace ktel::delivery
