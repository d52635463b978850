// `Server`: a strict Splunk HEC endpoint for tests, in this process, on a port of its own.
//
//   test::hec::Server server({.endpoint = {.tokens = {{.token = "t"}}}, .cert = ca.server()});
//   ... send to server.url() ...
//   REQUIRE(server.journal().wait_accepted(1, 5s));
//   CHECK(server.journal().accepted()[0].event == report);
//
// One thread of its own runs everything; every public function may be called from any other. The
// destructor closes all connections and joins. `endpoint.hpp` has the routes, `faults.hpp` what can
// go wrong on purpose, `journal.hpp` what is remembered.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/certs.hpp"
#include "support/hec_strictd/endpoint.hpp"
#include "support/hec_strictd/faults.hpp"
#include "support/hec_strictd/journal.hpp"

namespace ktel::test::hec {

struct ServerOptions {
  EndpointOptions endpoint = {};
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  CertKey cert = {};           // empty: plain HTTP
  std::string client_ca = {};  // PEM; not empty: a client certificate is required
  std::filesystem::path journal = {};
  FaultScript script = {};
  std::string server_header = "Splunkd";  // empty: none, as behind a proxy
};

class Server {
 public:
  // Listens when it returns. Throws if it cannot.
  explicit Server(ServerOptions options);
  ~Server();

  std::uint16_t port() const noexcept;
  // "https://127.0.0.1:PORT", or http:// without a certificate.
  std::string url() const;
  // "127.0.0.1:PORT"
  std::string authority() const;

  Journal& journal() noexcept;

  // For requests that begin after it returns. Numbers and times start anew.
  void set_script(FaultScript script);
  void set_tokens(std::vector<Token> tokens);

  // Closes all connections and forgets all channels, as a restart does. The port stays.
  void restart();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::test::hec
