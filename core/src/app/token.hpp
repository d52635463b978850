// A report server's token: from its options' file, KTEL_TOKEN_FILE or KTEL_TOKEN, in this order.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <sys/stat.h>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "base/env.hpp"
#include "base/logger.hpp"
#include "base/secrets.hpp"

namespace ktel::app {

// Who can write the file can choose under whose name reports go: it belongs to root or to `user`,
// and nobody else may write to it. That all may read it, as a mounted Secret, is fine. bad_input.
// Pure.
Result<void> may_hold_token(const std::filesystem::path& file, const struct stat& status,
                            uid_t user);

// Secret parameters of a backend by name: "token", or none. Adds it to `secrets`. bad_input: a file
// that cannot be read, is empty or is not to be trusted.
Result<std::map<std::string, std::string>> secret_params(const ReportServer& server, const Env& env,
                                                         Secrets& secrets, const Logger& log);

// Does the environment hold a token for it? Not asked where its options name one.
bool token_from_environment(const ReportServer& server, const Env& env);

}  // namespace ktel::app
