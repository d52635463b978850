// stdout, for data: what the command prints and what the destination `stdout:` is given.
#pragma once

#include <string_view>

#include <ktel/result.hpp>

namespace ktel::app {

// All of it, or why not: a full disk, a closed pipe. internal: nothing was wrong with what was
// asked for.
Result<void> write_stdout(std::string_view bytes);

}  // namespace ktel::app
