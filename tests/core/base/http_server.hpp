// A small HTTP/1.1 server for tests: answers as told, badly where told, over TLS where given a
// certificate; remembers what it was asked.
//
//   test::HttpServer server([](const auto& call) { return test::HttpServer::Reply{.body = "hi"};
//   }); client.send_and_wait({.url = server.url("/path")});
//
// A thread for each connection, on a loopback port of its own; the handler is called on them, one
// at a time. The destructor ends all connections, also those that were told to hang.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktel::test {

class HttpServer {
 public:
  struct Call {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;  // as sent
    std::string body;
    std::string server_name;  // TLS SNI

    std::string header(std::string_view name) const;  // any case; empty: not there
  };

  struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::string raw = {};  // if set: these bytes instead of all of the above
    // If set: the body is what it gives, part by part, until a part is empty. Called on the
    // connection's thread.
    std::function<std::string()> more = {};
    bool tunnel = false;  // to CONNECT, without TLS: carry bytes to its target and back
    bool close = false;   // end the connection after it, without TLS's goodbye
    bool hang = false;    // say nothing more until the server ends
  };

  using Handler = std::function<Reply(const Call&)>;

  struct Tls {
    std::string cert_pem;
    std::string key_pem;
    std::string client_ca_pem = {};  // if set: a client certificate from it is asked for
  };

  explicit HttpServer(Handler handler);
  HttpServer(Handler handler, Tls tls);
  ~HttpServer();

  std::uint16_t port() const noexcept;
  std::string url(std::string_view path = "") const;  // "https://127.0.0.1:PORT" + path
  std::vector<Call> calls() const;
  unsigned connections() const;  // accepted so far

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// A loopback port on which nobody listens for as long as this lives.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace ktel::test
