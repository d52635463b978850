// `Credentials`: the Authorization header of requests to one API server.
//
// A token file is read again when what is known of it is 50 seconds old, so that a rotated service
// account token is used in time; if that fails, the last good token stays. Each secret is added to
// `Secrets` before it is used. Thread-safe; one per `ApiClient`. Credential plugins belong here.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <ktel/result.hpp>

#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "cluster/access.hpp"

namespace ktel::cluster {

class Credentials {
 public:
  Credentials(Login login, std::shared_ptr<Secrets> secrets, Clock clock);

  // The header's value; empty: anonymous. Fails if there never was a token. May read a small file.
  Result<std::string> authorization();

 private:
  Result<std::string> token();

  std::mutex mutex_;
  Login login_;
  std::shared_ptr<Secrets> secrets_;
  Clock clock_;
  std::string token_;  // the last good one
  std::optional<std::chrono::system_clock::time_point> read_at_;
};

// The token in `file`, trimmed. An empty file is a failure.
Result<std::string> read_token_file(const std::string& file);

}  // namespace ktel::cluster
