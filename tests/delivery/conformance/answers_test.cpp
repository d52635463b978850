// What a backend makes of answers: every status with every body that a server, a proxy or a
// stranger may send. Of backends over HTTP alone.
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backend.hpp"

TEST_SUITE_BEGIN("delivery/conformance");

namespace {

using namespace ktel;
using namespace std::chrono_literals;
using namespace ktel::test::conformance;
using delivery::Attempt;
using delivery::Outcome;
using delivery::Verdict;

struct NamedBody {
  std::string name;
  std::string body;
};

// One answer that every backend over HTTP knows a part of; cut at each byte below.
constexpr const char* known =
    R"({"text":"Success","code":0,"ackId":7,"acks":{"7":true},"partialSuccess":)"
    R"({"rejectedLogRecords":"1","errorMessage":"\u00e9"}})";

std::vector<NamedBody> bodies() {
  std::string garbage;
  for (int i = 0; i < 4096; ++i) garbage += static_cast<char>((i * 7919) >> 3);
  return {
      {"empty", ""},
      {"blank", " \r\n"},
      {"known", known},
      {"garbage", garbage},
      {"10 MB of text", std::string(10'000'000, 'x')},
      {"10 MB of brackets", std::string(10'000'000, '[')},
      {"10 MB of objects",
       [] {
         std::string text;
         while (text.size() < 10'000'000) text += R"({"text":)";
         return text;
       }()},
      {"HTML", "<!DOCTYPE html><html><body>Please log in</body></html>"},
      {"null", "null"},
      {"wrong types", R"({"text":{},"code":"0","ackId":[1],"acks":7})"},
      {"huge numbers", R"({"code":1e999,"ackId":99999999999999999999999999})"},
      {"line breaks", R"({"text":"a\nb\u0000c\u001b[2J","code":9})"},
      {"half characters", "{\"text\":\"\xe2\x82\",\"code\":9}"},
      {"a long text", R"({"text":")" + std::string(100'000, 'y') + R"(","code":9})"},
      {"long characters", R"({"text":")" +
                              [] {
                                std::string text;
                                for (int i = 0; i < 2000; ++i) text += "\u20ac";
                                return text;
                              }() +
                              R"(","code":9})"},
      {"the secret", std::string(R"({"text":"bad token )") + planted + R"(","code":4})"},
      {"protobuf cut off", std::string("\x0a\xff\xff\xff\xff\x0f", 6)},
  };
}

std::shared_ptr<delivery::OpenBackend> opened() {
  auto backend = open(some_url());
  if (!backend) FAIL(backend.error().message);
  return *backend;
}

using Headers = std::vector<std::pair<std::string, std::string>>;

HttpResponse answer(int status, const std::string& body, const Headers& headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.headers = headers;
  return response;
}

// Each on a sink of its own: what one answer taught must not excuse the next.
Attempt judged(int status, const std::string& body, const Headers& headers = {}) {
  return opened()->decode(report(), answer(status, body, headers));
}

bool arrived(const Attempt& attempt) {
  return attempt.outcome == Outcome::delivered || attempt.outcome == Outcome::pending;
}

// What holds of every answer.
void check_said(const Attempt& attempt) {
  CHECK(fault_of(attempt.text) == "");
  CHECK(attempt.after <= 1h);
  if (attempt.outcome == Outcome::delivered) return;
  if (attempt.outcome != Outcome::pending) CHECK_FALSE(attempt.text.empty());
  if (attempt.outcome == Outcome::retry || attempt.outcome == Outcome::rejected) {
    CHECK(attempt.cause != delivery::Cause::none);
  }
}

template <class Check>
void for_each_answer(std::initializer_list<int> statuses, Check&& check) {
  if (!over_http()) return;
  for (const int status : statuses) {
    for (const auto& [name, body] : bodies()) {
      CAPTURE(status);
      CAPTURE(name);
      const Attempt attempt = judged(status, body);
      CAPTURE(attempt.text);
      check_said(attempt);
      check(status, attempt);
    }
  }
}

}  // namespace

TEST_CASE("a success is a delivery, or the text says why not") {
  for_each_answer({200, 201, 202, 204}, [](int, const Attempt& attempt) {
    if (arrived(attempt)) {
      const bool goes_on = attempt.verdict == Verdict::up || attempt.verdict == Verdict::throttled;
      CHECK(goes_on);
    }
  });
}

TEST_CASE("nothing but a success is a delivery") {
  for_each_answer({301, 302, 400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 502, 503, 504},
                  [](int, const Attempt& attempt) { CHECK_FALSE(arrived(attempt)); });
}

TEST_CASE("a destination that is wrong holds the queue and costs no report") {
  for_each_answer({301, 302, 303, 307, 308, 401, 403, 404, 405}, [](int, const Attempt& attempt) {
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict == Verdict::blocked);
  });
}

TEST_CASE("a destination in trouble costs no report") {
  for_each_answer({408, 429, 500, 502, 503, 504}, [](int status, const Attempt& attempt) {
    if (is_final(status)) return;
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict != Verdict::up);
  });
}

TEST_CASE("an exception that is claimed is made use of") {
  if (!over_http()) return;
  for (int status = 400; status < 600; ++status) {
    if (!is_final(status)) continue;
    CAPTURE(status);
    CHECK(judged(status, "").outcome == Outcome::rejected);
  }
}

TEST_CASE("no status of any kind goes without an outcome") {
  if (!over_http()) return;
  for (int status = 100; status < 1000; ++status) {
    CAPTURE(status);
    const Attempt attempt = judged(status, "");
    check_said(attempt);
    if (status < 200 || status > 299) CHECK_FALSE(arrived(attempt));
  }
}

TEST_CASE("an answer that breaks off anywhere is survived") {
  if (!over_http()) return;
  const std::string whole = known;
  for (const int status : {200, 400, 503}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(status);
      CAPTURE(length);
      const Attempt attempt = judged(status, whole.substr(0, length));
      check_said(attempt);
      if (status != 200) CHECK_FALSE(arrived(attempt));
    }
  }
}

TEST_CASE("a server that names a time is heard, and nonsense is none") {
  if (!over_http()) return;
  for (const int status : {429, 503}) {
    CAPTURE(status);
    CHECK(judged(status, "", {{"retry-after", "7"}}).after == 7s);
    CHECK(judged(status, "", {{"retry-after", "Tue, 31 Dec 2999 23:59:59 GMT"}}).after == 1h);
    const Attempt without = judged(status, "");
    for (const char* nonsense : {"", "soon", "-7", "7x", "Sun, 06 Nov 1994 08:49:37 GMT"}) {
      CAPTURE(nonsense);
      CHECK(judged(status, "", {{"retry-after", nonsense}}).after == without.after);
    }
  }
}

TEST_CASE("headers of any kind are survived") {
  if (!over_http()) return;
  const std::string large(60'000, 'z');
  const Headers strange = {{"location", "\xff\x01 " + large},
                           {"location", planted},
                           {"content-type", large},
                           {"content-type", ""},
                           {"set-cookie", large + "=; ;;=;"},
                           {"set-cookie", "a\"=b\x7f; Path"},
                           {"", ""},
                           {"retry-after", large}};
  for (const int status : {200, 302, 401, 415, 429, 503}) {
    CAPTURE(status);
    const auto backend = opened();
    check_said(backend->decode(report(), answer(status, known, strange)));
    const auto pushed = backend->encode(report());
    if (!pushed) CHECK(rewrites());
  }
}

TEST_CASE("answers are judged from any thread") {
  if (!over_http()) return;
  const auto backend = opened();
  std::vector<Attempt> seen(4);
  std::vector<std::thread> threads;
  for (Attempt& mine : seen) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) mine = backend->decode(report(), answer(503, known));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Attempt& mine : seen) {
    CHECK(mine.outcome == Outcome::retry);
    CHECK(mine.text == seen[0].text);
  }
}

TEST_CASE("acknowledgements: a token is known of as delivered only behind a success") {
  if (!declaration().has_ack) return;
  const std::vector<std::uint64_t> tokens = {0, 7, UINT64_MAX};
  const auto backend = opened();
  const auto pushed = backend->encode_poll(tokens);
  if (!pushed) FAIL(pushed.error().message);
  CHECK(pushed->request.url.find(planted) == std::string::npos);
  CHECK(pushed->request.body.find(planted) == std::string::npos);
  for (const int status : {200, 202, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503}) {
    for (const auto& [name, body] : bodies()) {
      CAPTURE(status);
      CAPTURE(name);
      const auto polled = opened()->decode_poll(tokens, answer(status, body));
      CHECK(fault_of(polled.destination.text) == "");
      REQUIRE(polled.reports.size() == tokens.size());
      for (const Attempt& one : polled.reports) {
        CHECK(one.outcome != Outcome::rejected);
        if (status != 200) CHECK(one.outcome != Outcome::delivered);
        CHECK(fault_of(one.text) == "");
      }
      if (status >= 500) CHECK(polled.destination.verdict != Verdict::up);
    }
  }
}

TEST_SUITE_END();
