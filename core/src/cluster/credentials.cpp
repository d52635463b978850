// Credentials: see the header. The texts of token files are client-go's.
#include "cluster/credentials.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/base64.hpp"
#include "base/file.hpp"

namespace ktel::cluster {
namespace {

using namespace std::chrono_literals;

// Service account tokens are renewed when 80 % of their hour is over; client-go reads each minute,
// ten seconds early.
constexpr auto token_age = 50s;

}  // namespace

Result<std::string> read_token_file(const std::string& file) {
  Result<std::string> text = read_file(file, 1u << 20);
  if (!text) {
    return Error{Errc::bad_input,
                 fmt::format("failed to read token file \"{}\": {}; check tokenFile and its "
                             "permissions",
                             file, text.error().message)};
  }
  const std::string_view all = *text;
  const auto first = all.find_first_not_of(" \t\r\n");
  if (first == all.npos) {
    return Error{Errc::bad_input,
                 fmt::format("read empty token from file \"{}\"; put a token into it", file)};
  }
  return std::string(all.substr(first, all.find_last_not_of(" \t\r\n") - first + 1));
}

Credentials::Credentials(Login login, std::shared_ptr<Secrets> secrets, Clock clock)
    : login_(std::move(login)),
      secrets_(std::move(secrets)),
      clock_(std::move(clock)),
      token_(login_.token) {
  secrets_->add(login_.token);
  secrets_->add(login_.password);
}

Result<std::string> Credentials::authorization() {
  const std::lock_guard lock(mutex_);
  if (!login_.token.empty() || !login_.token_file.empty()) {
    Result<std::string> known = token();
    if (!known) return known;
    return "Bearer " + *known;
  }
  if (login_.username.empty() && login_.password.empty()) return std::string();
  const std::string encoded = base64_encode(login_.username + ":" + login_.password);
  secrets_->add(encoded);
  return "Basic " + encoded;
}

Result<std::string> Credentials::token() {
  const auto now = clock_();
  if (login_.token_file.empty() || (read_at_ && now - *read_at_ < token_age)) return token_;
  Result<std::string> fresh = read_token_file(login_.token_file);
  if (!fresh) {
    if (token_.empty()) return fresh;
    return token_;  // the last good one; if it is too old, the server says so
  }
  read_at_ = now;
  token_ = std::move(fresh).value();
  secrets_->add(token_);
  return token_;
}

}  // namespace ktel::cluster
