// The report server's token: from the option's file, KTEL_TOKEN_FILE or KTEL_TOKEN, in this order.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "base/env.hpp"
#include "base/logger.hpp"
#include "base/secrets.hpp"

namespace ktel::app {

// Secret parameters of a backend by name: "token", or none. Adds it to `secrets`. bad_input: a file
// that cannot be read, is empty or is writable by others.
Result<std::map<std::string, std::string>> secret_params(const DeliveryOptions& options,
                                                         const Env& env, Secrets& secrets,
                                                         const Logger& log);

}  // namespace ktel::app
