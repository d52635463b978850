// Times as the standard takes them (RFC 3339) and as it writes them ("2022-05-03 08:46:22", UTC).
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktel::standard {

// "2022-05-03T10:46:22.5+02:00" as Unix seconds, fractions cut off. The form that leaves is taken
// too (without an offset it is UTC), so that a job may pass on what another one reported.
std::optional<std::int64_t> parse_time(std::string_view text);

// The form in which a time leaves, cut to a granularity (KTEL_G_SECOND, HOUR, DAY; 0 is SECOND): a
// coarser one keeps the form, "2022-05-03 08:00:00". Nothing: before 1970 or after 9999.
std::optional<std::string> time_text(std::int64_t unix_seconds, std::uint32_t granularity);

}  // namespace ktel::standard
