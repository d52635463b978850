// A timestamp as JSON writes it: RFC 3339 in UTC, whole seconds or microseconds. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace ktel::protobuf {

// Empty: before the year 0 or after 9999, which JSON cannot write.
std::string time_text(std::int64_t seconds, std::int64_t nanos, bool micro);

}  // namespace ktel::protobuf
