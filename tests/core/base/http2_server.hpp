// A very small HTTP/2 server over TLS for tests: knows streams, not what is asked on them.
//
//   test::Http2Server server(cert, {.together = 3});
//
// Answers 200 and "ok" to each request, once as many have come as shall be answered together; or
// does worse, as told. A thread for each connection, on a loopback port of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "support/certs.hpp"

namespace ktel::test {

class Http2Server {
 public:
  enum class Answer {
    ok,
    silence,  // nothing, ever
    reset,    // RST_STREAM
    goodbye,  // GOAWAY with the answer
    refuse,   // GOAWAY that says the request was not looked at, and the end of the connection
    lose      // the end of the connection, without a word
  };

  struct Options {
    unsigned together = 1;                                // requests that wait for each other
    std::function<Answer(unsigned request)> answer = {};  // counted from 0; empty: ok
  };

  Http2Server(const CertKey& cert, Options options);
  ~Http2Server();

  std::uint16_t port() const noexcept;
  std::string url() const;  // "https://127.0.0.1:PORT"
  unsigned connections() const noexcept;
  unsigned requests() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::test
