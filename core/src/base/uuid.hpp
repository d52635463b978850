// UUIDv7: sortable by the millisecond it was made in, otherwise random.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace ktel {

std::string make_uuid7(std::chrono::system_clock::time_point now);
std::array<std::uint8_t, 16> uuid_bytes(const std::string& text);  // of its 36 characters

}  // namespace ktel
