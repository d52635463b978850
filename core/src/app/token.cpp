// Tokens: see the header.
#include "app/token.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/file.hpp"

namespace ktel::app {
namespace {

constexpr std::size_t max_token = 16 * 1024;

Result<std::string> read_token(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0) {
    const auto trusted = may_hold_token(file, status, ::geteuid());
    if (!trusted) return trusted.error();
  }
  Result<std::string> text = read_file(file, max_token);
  if (!text) {
    return Error{Errc::bad_input,
                 fmt::format("cannot read the token, give another file with --token-file or "
                             "KTEL_TOKEN_FILE: {}",
                             text.error().message)};
  }
  std::string token = std::move(text).value();
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!token.empty() && blank(token.back())) token.pop_back();
  while (!token.empty() && blank(token.front())) token.erase(0, 1);
  if (token.empty()) {
    return Error{
        Errc::bad_input,
        fmt::format("token file {} is empty; write the token into it, on one line", file.string())};
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Error{
        Errc::bad_input,
        fmt::format("token file {} holds more than one line; a token is one line", file.string())};
  }
  return token;
}

}  // namespace

Result<void> may_hold_token(const std::filesystem::path& file, const struct stat& status,
                            uid_t user) {
  if (status.st_uid != 0 && status.st_uid != user) {
    return Error{Errc::bad_input,
                 fmt::format("token file {0} belongs to user {1}, only those of root and of user "
                             "{2} are read; chown {2} {0}",
                             file.string(), status.st_uid, user)};
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{Errc::bad_input,
                 fmt::format("token file {} is writable by others (mode {:04o}); chmod go-w {}",
                             file.string(), status.st_mode & 07777, file.string())};
  }
  return {};
}

bool token_from_environment(const ReportServer& server, const Env& env) {
  return server.token_file.empty() && server.token.empty() &&
         !(env("KTEL_TOKEN_FILE").value_or("") + env("KTEL_TOKEN").value_or("")).empty();
}

Result<std::map<std::string, std::string>> secret_params(const ReportServer& server, const Env& env,
                                                         Secrets& secrets, const Logger& log) {
  std::string token = server.token;
  std::filesystem::path file = server.token_file;
  if (file.empty() && token.empty()) file = env("KTEL_TOKEN_FILE").value_or("");
  if (!file.empty()) {
    Result<std::string> read = read_token(file);
    if (!read) return read.error();
    token = std::move(read).value();
  } else if (token.empty()) {
    token = env("KTEL_TOKEN").value_or("");
    if (!token.empty()) {
      log.warn(
          "the token comes from KTEL_TOKEN, which other processes of this user can read; "
          "--token-file is safer");
    }
  }
  std::map<std::string, std::string> params;
  if (token.empty()) return params;
  secrets.add(token);
  params["token"] = std::move(token);
  return params;
}

}  // namespace ktel::app
