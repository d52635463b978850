// The wall clock as a function, so that tests own it, and the forms in which times are written.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace ktel {

using Clock = std::function<std::chrono::system_clock::time_point()>;

Clock system_clock();

std::string rfc3339(
    std::chrono::system_clock::time_point t);  // "2026-11-25T00:41:00Z", whole seconds

// The same of Unix microseconds; "" for 0, which stands for no time.
std::string rfc3339_us(std::int64_t us);

}  // namespace ktel
