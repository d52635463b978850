// Small files whole: read with a limit, written so that a reader sees the old or the new one.
//
// Failures name the file and the system's reason: "/etc/x: Permission denied". No thread rules.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include <ktel/result.hpp>

namespace ktel {

// Fails with not_found if there is no such file, else with bad_input. A file that is larger than
// `limit` bytes, or is a directory, is a failure; a pipe is read to its end.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit = 16u << 20);

// Writes beside `file`, syncs and renames. The directory must exist.
Result<void> write_file_atomic(const std::filesystem::path& file, std::string_view bytes,
                               mode_t mode = 0600);

}  // namespace ktel
