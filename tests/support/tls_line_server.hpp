// `TlsLineServer`: a receiver of lines over TLS for tests, as well or as badly behaved as is asked.
//
//   const test::TestCa ca;
//   test::TlsLineServer server({.cert = ca.server()});
//   ... write to server.authority() ...
//   CHECK(server.received() == std::vector<std::string>{"a line\n"});
//
// On a loopback port of its own, on one thread, a connection at a time; those it does not close are
// kept until the destructor ends all of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/certs.hpp"

namespace ktel::test {

enum class LineServer {
  reads,          // to the end, then closes in order
  stays,          // reads to the end, and does not close
  hangs_up,       // as soon as somebody connects
  says_nothing,   // takes the connection and nothing else
  speaks_plain,   // says something that is no TLS
  reads_nothing,  // once the handshake is done
  breaks_off      // then, with what has come unread
};

struct TlsLineOptions {
  CertKey cert = {};
  LineServer does = LineServer::reads;
  bool tls12 = false;          // TLS 1.2 at most
  std::string client_ca = {};  // PEM; who shows no certificate of it is refused
};

class TlsLineServer {
 public:
  explicit TlsLineServer(const TlsLineOptions& options);
  ~TlsLineServer();

  std::uint16_t port() const noexcept;
  std::string authority() const;  // 127.0.0.1:PORT

  // All of each connection that was read to its end, if anything was.
  std::vector<std::string> received() const;
  // "TLSv1.3 kong.example" of each whose handshake was done; without a name where none was given.
  std::vector<std::string> handshakes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::test
