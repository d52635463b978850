// SHA-256 as 64 lower-case hex digits, and HMAC with it (OpenSSL).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

namespace ktel {

std::string sha256_hex(std::string_view bytes);
Result<std::string> sha256_file(const std::filesystem::path& file);
Result<std::string> sha256_fd(int fd);  // from its start; the offset is left at the end
std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view data);

}  // namespace ktel
