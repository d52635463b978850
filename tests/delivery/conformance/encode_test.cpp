// What a backend makes of a report: of a backend with I/O of its own, the preview.
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "backend.hpp"

TEST_SUITE_BEGIN("delivery/conformance");

namespace {

using namespace ktel;
using namespace ktel::test::conformance;
using delivery::Pushed;

std::shared_ptr<delivery::OpenBackend> opened(const std::string& url = some_url()) {
  auto backend = open(url);
  if (!backend) FAIL(backend.error().message);
  return *backend;
}

// All of a request, as text to compare and to look through.
std::string text_of(const Pushed& pushed) {
  std::string text = pushed.request.method + ' ' + pushed.request.url + '\n';
  for (const auto& [name, value] : pushed.request.headers) text += name + ": " + value + '\n';
  return text + (pushed.gzip ? "gzip\n" : "\n") + pushed.request.body;
}

// Or the sentence that says why there is no request.
std::string encoded(delivery::OpenBackend& backend, const delivery::Outgoing& report) {
  const auto pushed = backend.encode(report);
  return pushed ? text_of(*pushed) : "refused: " + pushed.error().message;
}

unsigned count(const std::string& text, const std::string& part) {
  unsigned found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("the report's bytes stand in the request as they are, once") {
  const auto backend = opened();
  for (const auto& [name, report] : hostile_reports()) {
    CAPTURE(name);
    const auto pushed = backend->encode(report);
    if (rewrites()) {
      // It may have no form for one; then that is the report's fault, and the sentence says so.
      if (pushed) continue;
      CHECK(pushed.error().code == Errc::bad_input);
      CHECK(pushed.error().message.starts_with(declaration().name + ": "));
      CHECK(fault_of(pushed.error().message) == "");
      continue;
    }
    REQUIRE(pushed);
    // An empty object may stand in what is around it, too.
    const unsigned times = count(pushed->request.body, report.body);
    CHECK((report.body == "{}" ? times >= 1 : times == 1));
  }
}

TEST_CASE("a report is encoded into the same bytes every time") {
  const auto backend = opened();
  for (const auto& [name, report] : hostile_reports()) {
    CAPTURE(name);
    // Three times: a header may hold the second in which it was signed, and that may change once.
    const std::string first = encoded(*backend, report);
    const std::string second = encoded(*backend, report);
    const std::string third = encoded(*backend, report);
    CHECK((first == second || second == third));
  }
}

TEST_CASE("reports one after another leave nothing in each other") {
  const auto backend = opened();
  const auto fresh = opened();
  for (const auto& [name, report] : hostile_reports()) {
    CAPTURE(name);
    const auto used = backend->encode(report);
    const auto alone = fresh->encode(report);
    REQUIRE(used.has_value() == alone.has_value());
    if (used) CHECK(used->request.body == alone->request.body);
    REQUIRE(fresh->reopen());
  }
}

TEST_CASE("what is sent again to a receiver that drops duplicates carries the same id") {
  if (!declaration().idempotent) return;
  const auto backend = opened();
  auto again = report();
  again.attempt = 2;
  CHECK(count(encoded(*backend, report()), report().id) >= 1);
  CHECK(count(encoded(*backend, again), report().id) >= 1);
}

TEST_CASE("a secret stands in header values alone, put in by the host") {
  const auto backend = opened();
  for (const auto& [name, report] : hostile_reports()) {
    CAPTURE(name);
    const auto pushed = backend->encode(report);
    if (!pushed) continue;
    CHECK(count(text_of(*pushed), planted) == 0);
    const auto filled = backend->headers(*pushed);
    REQUIRE(filled);
    for (const auto& [header, value] : *filled) CHECK(count(header, planted) == 0);
  }
}

TEST_CASE("a preview sends nothing and has no method, a request has one") {
  const auto pushed = opened()->encode(report());
  if (!pushed) {
    CHECK(rewrites());
    return;
  }
  CHECK(pushed->request.method.empty() == declaration().own_io);
  CHECK_FALSE(pushed->request.url.empty());
}

TEST_CASE("encode is called from any thread") {
  const auto backend = opened();
  const std::string body = [&] {
    const auto pushed = backend->encode(report());
    return pushed ? pushed->request.body : pushed.error().message;
  }();
  std::vector<std::string> seen(4);
  std::vector<std::thread> threads;
  for (std::string& mine : seen) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto pushed = backend->encode(report());
        mine = pushed ? pushed->request.body : pushed.error().message;
        if (mine != body) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& mine : seen) CHECK(mine == body);
}

TEST_CASE("a sink that is opened anew is as good as the first, and sinks do not know each other") {
  const auto backend = opened();
  const auto before = backend->encode(report());
  {
    const auto other = opened();
    REQUIRE(other->encode(report("{\"other\":1}")).has_value() == before.has_value());
  }
  for (int i = 0; i < 20; ++i) REQUIRE(backend->reopen());
  const auto after = backend->encode(report());
  REQUIRE(after.has_value() == before.has_value());
  if (before) CHECK(after->request.body == before->request.body);
}

TEST_SUITE_END();
