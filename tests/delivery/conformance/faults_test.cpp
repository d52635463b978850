// What becomes of a report when the network fails: whoever does the I/O, it is tried again.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <string>

#include "backend.hpp"
#include "core/base/http_server.hpp"

TEST_SUITE_BEGIN("delivery/conformance");

namespace {

using namespace ktel;
using namespace std::chrono_literals;
using namespace ktel::test::conformance;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;

// A port whose connections stand, and where nobody ever says a word.
class SilentPort {
 public:
  SilentPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    if (fd_ < 0 || ::bind(fd_, address, size) < 0 || ::listen(fd_, 16) < 0 ||
        ::getsockname(fd_, address, &size) < 0) {
      throw std::runtime_error("no port of this machine to listen at");
    }
    port_ = ntohs(at.sin_port);
  }
  ~SilentPort() { ::close(fd_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

bool over_network() { return over_http() || over_ports(); }

// A report that the backend has a request for, whatever it makes of it.
bool has_request() {
  const auto backend = open(some_url());
  return backend && (*backend)->encode(report()).has_value();
}

Attempt send(std::uint16_t port, std::chrono::milliseconds limit, std::stop_token stop = {}) {
  const auto sink = open_sink(url_at(port));
  if (!sink) FAIL(sink.error().message);
  std::promise<Attempt> promise;
  auto outgoing = report();
  outgoing.limit = limit;
  (*sink)->send(outgoing, stop, [&](delivery::Answer said) { promise.set_value(said.judge()); });
  return promise.get_future().get();
}

void check_tried_again(const Attempt& attempt) {
  CAPTURE(attempt.text);
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK_FALSE(attempt.text.empty());
  CHECK(fault_of(attempt.text) == "");
}

}  // namespace

TEST_CASE("nobody listens: it is tried again") {
  if (!over_network() || !has_request()) return;
  const test::ClosedPort closed;
  check_tried_again(send(closed.port(), 2s));
}

TEST_CASE("a server that says nothing is given up at the limit and tried again") {
  if (!over_network() || !has_request()) return;
  const SilentPort silent;
  check_tried_again(send(silent.port(), 500ms));
}

TEST_CASE("a connection that ends before its answer, or within it, is tried again") {
  if (!over_network() || !has_request()) return;
  for (const char* raw : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"text\":\"Success\"",
                          "HTTP/1.1 200", "\xff\xfe nonsense"}) {
    CAPTURE(raw);
    const test::HttpServer server([&](const auto&) {
      test::HttpServer::Reply reply;
      reply.raw = raw;
      reply.close = true;
      return reply;
    });
    check_tried_again(send(server.port(), 2s));
  }
}

TEST_CASE("a stop answers for a report that is under way") {
  if (!over_network() || !has_request()) return;
  const SilentPort silent;
  const auto sink = open_sink(url_at(silent.port()));
  REQUIRE(sink);
  std::stop_source stop;
  std::promise<Attempt> promise;
  auto answer = promise.get_future();
  (*sink)->send(report(), stop.get_token(),
                [&](delivery::Answer said) { promise.set_value(said.judge()); });
  stop.request_stop();
  const Attempt attempt = answer.get();
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.cause == Cause::stopped);
}

TEST_CASE("after a fault the same sink delivers to whoever answers") {
  if (!over_http() || !has_request()) return;
  int asked = 0;
  const test::HttpServer server([&](const auto&) {
    test::HttpServer::Reply reply{.status = 200,
                                  .body = R"({"text":"Success","code":0,"ackId":1})"};
    if (++asked == 1) reply.status = 503;
    return reply;
  });
  const auto sink = open_sink(url_at(server.port()));
  REQUIRE(sink);
  const auto sent = [&] {
    std::promise<Attempt> promise;
    (*sink)->send(report(), {}, [&](delivery::Answer said) { promise.set_value(said.judge()); });
    return promise.get_future().get();
  };

  CHECK(sent().outcome == Outcome::retry);
  const Attempt again = sent();

  CAPTURE(again.text);
  CHECK((again.outcome == Outcome::delivered || again.outcome == Outcome::pending));
  CHECK(again.verdict == Verdict::up);
}

TEST_SUITE_END();
