// Tokens: see the header.
#include "app/token.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "base/file.hpp"

namespace ktel::app {
namespace {

constexpr std::size_t max_token = 16 * 1024;

Result<std::string> read_token(const std::filesystem::path& file) {
  struct stat info {};
  // Who can write the file can choose where reports go under somebody else's name. A mounted Secret
  // is readable by all and that is fine.
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{Errc::bad_input,
                 fmt::format("token file {} is writable by others (mode {:04o}); chmod go-w {}",
                             file.string(), info.st_mode & 07777, file.string())};
  }
  Result<std::string> text = read_file(file, max_token);
  if (!text) {
    return Error{Errc::bad_input, fmt::format("cannot read the token: {}", text.error().message)};
  }
  std::string token = std::move(text).value();
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!token.empty() && blank(token.back())) token.pop_back();
  while (!token.empty() && blank(token.front())) token.erase(0, 1);
  if (token.empty()) {
    return Error{Errc::bad_input, fmt::format("token file {} is empty", file.string())};
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Error{
        Errc::bad_input,
        fmt::format("token file {} holds more than one line; a token is one line", file.string())};
  }
  return token;
}

}  // namespace

Result<std::map<std::string, std::string>> secret_params(const DeliveryOptions& options,
                                                         const Env& env, Secrets& secrets,
                                                         const Logger& log) {
  std::string token = options.token;
  std::filesystem::path file = options.token_file;
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
