// `Credentials`: how requests to one API server say who asks, and whom they trust.
//
// Files (token, client certificate and key, CA) are read again when what is known of them is 50
// seconds old, so that what is rotated is used in time; where that fails, the last good one stays.
// A credential plugin (exec_plugin.hpp) is asked when what it gave has expired. Each secret is
// added to `Secrets` before it is used. Thread-safe; one per `ApiClient`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <ktel/result.hpp>

#include "base/clock.hpp"
#include "base/http.hpp"
#include "base/secrets.hpp"
#include "cluster/access.hpp"
#include "cluster/exec_plugin.hpp"

namespace ktel::cluster {

struct Authorization {
  std::string header;                      // Authorization's value; empty: none is sent
  std::shared_ptr<const TlsSettings> tls;  // another certificate takes another connection
  std::uint64_t run = 0;                   // of the plugin that gave it
};

class Credentials {
 public:
  using Done = std::function<void(Result<Authorization>)>;

  Credentials(const Access& access, std::shared_ptr<Secrets> secrets, Clock clock, Post post,
              ExecSurroundings surroundings = ExecSurroundings::of_process());

  // `done` comes exactly once: before get() returns, or through Post where a plugin has to be
  // asked. It must keep this object alive. Fails if there never was a token, if the plugin fails
  // (`getting credentials: ...`), or with Errc::stopped. May read small files.
  void get(std::stop_token stop, Done done);

  // The same after the server refused `refused` with 401: files are read again, the plugin is run
  // again, once for all who were refused alike. What comes may be what was refused.
  void renew(const Authorization& refused, std::stop_token stop, Done done);

  // Ends a plugin's run; see ExecPlugin::close().
  void close();

 private:
  Result<Authorization> from_files(const Authorization* refused);
  Result<std::string> bearer(bool now);
  void read_tls_files();
  void ask(Authorization known, const Authorization* refused, std::stop_token stop, Done done);
  Authorization with(Authorization known, const ExecPlugin::Given& given);

  const Login login_;
  const TlsFiles files_;
  const std::shared_ptr<Secrets> secrets_;
  const Clock clock_;
  const std::unique_ptr<ExecPlugin> plugin_;  // null: none

  std::mutex mutex_;   // guards what follows
  std::string token_;  // the last good one
  std::optional<std::chrono::system_clock::time_point> token_read_;
  std::shared_ptr<const TlsSettings> tls_;
  std::chrono::system_clock::time_point tls_read_;
  std::shared_ptr<const TlsSettings> plugin_tls_;  // tls_ with the plugin's certificate
};

// The token in `file`, trimmed. An empty file is a failure.
Result<std::string> read_token_file(const std::string& file);

}  // namespace ktel::cluster
