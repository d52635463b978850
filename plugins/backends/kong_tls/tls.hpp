// `Tls`: whom a destination trusts, and one message to it over TLS 1.3.
//
// Made when the destination is opened, from the host's parameters; nothing is changed afterwards,
// so that every delivery may use it. The certificate is verified, and the name it is for. OpenSSL
// does no I/O of its own here: it would raise SIGPIPE.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include "connection.hpp"

namespace kong_tls {

// What the URL says; "": nothing.
struct Trust {
  std::string_view ca;    // PEM; without it the system's
  std::string_view cert;  // PEM, of the client
  std::string_view key;
  std::string_view pin;          // "sha256//...", several with ; between
  std::string_view server_name;  // to verify, and to ask for; without it the host
};

class Tls {
 public:
  // Throws Refusal, which names the parameter.
  Tls(const Trust& trust, Address to);

  // Whether the other side closed the connection in order, having read everything.
  enum class Ending { confirmed, unconfirmed };

  // Connects, writes, says that nothing more comes, and waits a little for the other side to close.
  // Throws Failure.
  Ending send(std::string_view message, ktel::sdk::Delivery host) const;

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  Address to_;
  std::string name_;               // that the certificate has to hold
  std::vector<std::string> pins_;  // base64
  bool client_cert_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
};

}  // namespace kong_tls
