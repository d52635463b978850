// Credentials: see the header. The texts of token files are client-go's.
#include "cluster/credentials.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "cluster/kubeconfig_check.hpp"
#include "cluster/pem.hpp"

namespace ktel::cluster {
namespace {

using namespace std::chrono_literals;

// Service account tokens are renewed when 80 % of their hour is over; client-go reads each minute,
// ten seconds early.
constexpr auto file_age = 50s;

std::unique_ptr<ExecPlugin> plugin_of(const Login& login, std::shared_ptr<Secrets> secrets,
                                      Clock clock, Post post, ExecSurroundings surroundings) {
  if (!login.exec) return nullptr;
  return std::make_unique<ExecPlugin>(*login.exec, std::move(secrets), std::move(clock),
                                      std::move(post), std::move(surroundings));
}

}  // namespace

Result<std::string> read_token_file(const std::string& file) {
  Result<std::string> text = read_file(file, 1u << 20);
  if (!text) {
    return Error{Errc::bad_input,
                 fmt::format("failed to read token file \"{}\": {}; check tokenFile and its "
                             "permissions",
                             file, open_error(file, text.error()))};
  }
  const std::string_view all = *text;
  const auto first = all.find_first_not_of(" \t\r\n");
  if (first == all.npos) {
    return Error{Errc::bad_input,
                 fmt::format("read empty token from file \"{}\"; put a token into it", file)};
  }
  return std::string(all.substr(first, all.find_last_not_of(" \t\r\n") - first + 1));
}

Credentials::Credentials(const Access& access, std::shared_ptr<Secrets> secrets, Clock clock,
                         Post post, ExecSurroundings surroundings)
    : login_(access.login),
      files_(access.tls_files),
      secrets_(std::move(secrets)),
      clock_(std::move(clock)),
      plugin_(plugin_of(login_, secrets_, clock_, std::move(post), std::move(surroundings))),
      token_(login_.token),
      tls_(access.tls),
      tls_read_(clock_()) {
  secrets_->add(login_.token);
  secrets_->add(login_.password);
  if (tls_) secrets_->add(tls_->client_key_pem);
}

void Credentials::get(std::stop_token stop, Done done) {
  Result<Authorization> known = from_files(nullptr);
  if (!known || !plugin_) return done(std::move(known));
  ask(std::move(known).value(), nullptr, std::move(stop), std::move(done));
}

void Credentials::renew(const Authorization& refused, std::stop_token stop, Done done) {
  Result<Authorization> known = from_files(&refused);
  if (!known || !plugin_) return done(std::move(known));
  ask(std::move(known).value(), &refused, std::move(stop), std::move(done));
}

void Credentials::close() {
  if (plugin_) plugin_->close();
}

Result<Authorization> Credentials::from_files(const Authorization* refused) {
  const std::lock_guard lock(mutex_);
  if (refused || clock_() - tls_read_ >= file_age) read_tls_files();
  Authorization known{.header = {}, .tls = tls_};
  if (!login_.token.empty() || !login_.token_file.empty()) {
    // If another one is known already, it was not refused.
    const Result<std::string> token = bearer(refused && refused->header == "Bearer " + token_);
    if (!token) return token.error();
    known.header = "Bearer " + *token;
  } else if (!login_.username.empty()) {
    const std::string encoded = base64_encode(login_.username + ":" + login_.password);
    secrets_->add(encoded);
    known.header = "Basic " + encoded;
  }
  return known;
}

Result<std::string> Credentials::bearer(bool now) {
  const auto time = clock_();
  const bool fresh = token_read_ && time - *token_read_ < file_age;
  if (login_.token_file.empty() || (fresh && !now)) return token_;
  Result<std::string> read = read_token_file(login_.token_file);
  if (!read) {
    if (token_.empty()) return read;
    return token_;  // the last good one; if it is too old, the server says so
  }
  token_read_ = time;
  token_ = std::move(read).value();
  secrets_->add(token_);
  return token_;
}

// Certificate and key are often not replaced at once: until they fit, the old ones stay.
void Credentials::read_tls_files() {
  tls_read_ = clock_();
  TlsSettings fresh = tls_ ? *tls_ : TlsSettings();
  bool changed = false;
  if (!files_.ca.empty()) {
    Result<std::string> ca = read_file(files_.ca);
    if (ca && *ca != fresh.ca_pem && holds_certificate(*ca)) {
      fresh.ca_pem = std::move(ca).value();
      changed = true;
    }
  }
  if (!files_.cert.empty()) {
    Result<std::string> cert = read_file(files_.cert);
    Result<std::string> key = read_file(files_.key);
    if (cert && key && (*cert != fresh.client_cert_pem || *key != fresh.client_key_pem) &&
        holds_certificate(*cert) && check_key(*key, *cert) == KeyFault::none) {
      fresh.client_cert_pem = std::move(cert).value();
      fresh.client_key_pem = std::move(key).value();
      secrets_->add(fresh.client_key_pem);
      changed = true;
    }
  }
  if (changed) tls_ = std::make_shared<const TlsSettings>(std::move(fresh));
}

void Credentials::ask(Authorization known, const Authorization* refused, std::stop_token stop,
                      Done done) {
  const char* const what = refused ? "refreshing credentials" : "getting credentials";
  plugin_->get(refused ? refused->run : 0, std::move(stop),
               [this, what, known = std::move(known),
                done = std::move(done)](Result<ExecPlugin::Given> given) {
                 if (!given) return done(given.error().context(what));
                 done(with(known, *given));
               });
}

Authorization Credentials::with(Authorization known, const ExecPlugin::Given& given) {
  known.run = given.run;
  if (!given.status.token.empty()) known.header = "Bearer " + given.status.token;
  if (given.status.cert_pem.empty()) return known;
  TlsSettings tls = known.tls ? *known.tls : TlsSettings();
  tls.client_cert_pem = given.status.cert_pem;
  tls.client_key_pem = given.status.key_pem;
  const std::lock_guard lock(mutex_);
  if (!plugin_tls_ || *plugin_tls_ != tls) {
    plugin_tls_ = std::make_shared<const TlsSettings>(std::move(tls));
  }
  known.tls = plugin_tls_;
  return known;
}

}  // namespace ktel::cluster
