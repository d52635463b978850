// The documented exit codes of the command.
#pragma once

#include <ktel/result.hpp>

namespace ktel::cli {

int exit_code(const Error& error);

}  // namespace ktel::cli
