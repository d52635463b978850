// The host's side of backends: what a plugin may push, and what counts when it says nothing.
#include <doctest/doctest.h>
#include <zlib.h>

#include <future>
#include <map>
#include <string>
#include <thread>

#include "core/delivery/fake_backend.hpp"
#include "delivery/gzip.hpp"
#include "delivery/open_backend.hpp"
#include "delivery/retry_after.hpp"
#include "delivery/stdout_sink.hpp"
#include "plugin/host_call.hpp"

TEST_SUITE_BEGIN("core/delivery/backend");

namespace {

using namespace ktel;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;
using plugin::abi;

delivery::Outgoing report() {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = R"({"a":1})",
          .findings = 0,
          .fields = {}};
}

plugin::Param param(const std::string& name, std::uint32_t type, bool required = false,
                    bool secret = false) {
  plugin::Param declared;
  declared.name = name;
  declared.type = type;
  declared.required = required;
  declared.secret = secret;
  return declared;
}

delivery::SinkServices services() {
  return {
      .http = nullptr, .secrets = std::make_shared<Secrets>(), .log = {}, .ktel_version = "0.1.0"};
}

Result<std::shared_ptr<delivery::OpenBackend>> open(
    test::FakeBackend& fake, const std::string& url,
    std::map<std::string, std::string> secrets = {}) {
  auto destination = delivery::parse_destination(url, {});
  REQUIRE(destination);
  auto params = delivery::bind_params(fake.declaration, *destination, secrets);
  if (!params) return params.error();
  return delivery::OpenBackend::open(fake.loaded(), *destination, *params, services());
}

// A backend that pushes one request to `url`, with one header.
void pushes(test::FakeBackend& fake, const std::string& url, const std::string& value,
            ktel_status* answer) {
  fake.encode = [=](ktel_call* call, const ktel_report*) {
    const ktel_header headers[] = {{abi("Authorization"), abi(value)}};
    ktel_request request;
    KTEL_SIZED(request);
    request.method = abi("POST");
    request.url = abi(url);
    request.headers = headers;
    request.header_count = 1;
    return *answer = KTEL_SERVICE(call, delivery)->request(call, &request);
  };
}

Attempt decoded(const std::function<ktel_status(ktel_call*, const ktel_delivery&)>& says) {
  test::FakeBackend fake;
  fake.decode = [&](ktel_call* call, const ktel_report*, const ktel_response*) {
    return says(call, *KTEL_SERVICE(call, delivery));
  };
  const auto backend = open(fake, "fake://h");
  REQUIRE(backend);
  HttpResponse response;
  response.status = 200;
  return (*backend)->decode(report(), response);
}

ktel_outcome said(std::uint32_t result, const char* text = "") {
  ktel_outcome outcome;
  KTEL_SIZED(outcome);
  outcome.result = result;
  outcome.text = ktel_text(text);
  return outcome;
}

}  // namespace

TEST_CASE("a request goes to the target's host and port or nowhere") {
  const struct {
    const char* target;
    const char* url;
    ktel_status status;
  } rows[] = {
      {"fake://h:8088", "https://h:8088/x", KTEL_OK},
      {"fake://h", "https://h:443/x", KTEL_OK},
      {"fake://H", "https://h/x", KTEL_OK},
      {"fake://127.0.0.1", "http://127.0.0.1:80/x", KTEL_OK},
      {"fake://h:8088", "https://h:8089/x", KTEL_E_DENIED},
      {"fake://h:8088", "https://h/x", KTEL_E_DENIED},
      {"fake://h", "https://other/x", KTEL_E_DENIED},
      {"fake://h", "https://h@other/x", KTEL_E_DENIED},
      {"fake://h", "https://u@h/x", KTEL_E_DENIED},
      {"fake://h", "http://h/x", KTEL_E_DENIED},
      {"fake://h", "ftp://h/x", KTEL_E_DENIED},
      {"fake://h", "/x", KTEL_E_DENIED},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    test::FakeBackend fake;
    ktel_status answer = KTEL_E_FAILED;
    pushes(fake, row.url, "x", &answer);
    const auto backend = open(fake, row.target);
    REQUIRE(backend);
    CHECK(bool((*backend)->encode(report())) == (row.status == KTEL_OK));
    CHECK(answer == row.status);
  }
}

TEST_CASE("a refused request says why") {
  test::FakeBackend fake;
  ktel_status answer = KTEL_OK;
  pushes(fake, "https://evil.example/x", "x", &answer);
  const auto backend = open(fake, "fake://h:8088");

  const auto pushed = (*backend)->encode(report());

  REQUIRE_FALSE(pushed);
  CHECK(
      pushed.error().message ==
      "fake: the host made no request for it, for its URL leads to evil.example and not to h:8088");
}

TEST_CASE("secrets go into header values only, and only declared ones") {
  test::FakeBackend fake;
  fake.declaration.params = {param("token", KTEL_T_TEXT, true, true), param("index", KTEL_T_TEXT)};
  ktel_status answer = KTEL_OK;
  pushes(fake, "https://h/x", "Splunk ${token}!", &answer);
  const auto backend = open(fake, "fake://h?index=main", {{"token", "hunter2"}});
  REQUIRE(backend);

  const auto pushed = (*backend)->encode(report());

  REQUIRE(pushed);
  CHECK(pushed->request.headers[0].second == "Splunk ${token}!");
  const auto headers = (*backend)->headers(*pushed);
  REQUIRE(headers);
  CHECK((*headers)[0].second == "Splunk hunter2!");

  for (const char* value : {"${index}", "${nothing}", "${token", "a\r\nX: b"}) {
    CAPTURE(value);
    pushes(fake, "https://h/x", value, &answer);
    CHECK_FALSE((*backend)->encode(report()));
    CHECK(answer == KTEL_E_INVALID);
  }
}

TEST_CASE("a plugin reads its parameters, never a secret") {
  test::FakeBackend fake;
  fake.declaration.params = {param("token", KTEL_T_TEXT, true, true), param("index", KTEL_T_TEXT),
                             param("size", KTEL_T_COUNT)};
  fake.open = [](ktel_call* call, const ktel_target* target) -> ktel_status {
    ktel_value value{};
    ktel_str secret{};
    CHECK(plugin::view(target->authority) == "h:1");
    CHECK(plugin::view(target->path) == "/p");
    CHECK(call->host->param(call, 0, &value) == KTEL_E_DENIED);
    CHECK(call->host->param(call, 1, &value) == KTEL_E_ABSENT);
    CHECK(call->host->param(call, 2, &value) == KTEL_OK);
    CHECK(value.i64 == 7);
    CHECK(call->host->param(call, 3, &value) == KTEL_E_INVALID);
    CHECK(KTEL_SERVICE(call, secret)->reveal(call, 0, &secret) == KTEL_E_DENIED);
    std::uint8_t mac[32] = {};
    CHECK(KTEL_SERVICE(call, secret)->hmac_sha256(call, 0, abi("x"), mac) == KTEL_OK);
    CHECK(KTEL_SERVICE(call, secret)->hmac_sha256(call, 1, abi("x"), mac) == KTEL_E_INVALID);
    CHECK(KTEL_SERVICE(call, cluster) == nullptr);
    return KTEL_OK;
  };

  CHECK(open(fake, "fake://h:1/p?size=7", {{"token", "hunter2"}}));
  CHECK(fake.closed == 1);
}

TEST_CASE("wrong parameters are refused with a sentence") {
  const struct {
    const char* url;
    std::map<std::string, std::string> secrets;
    const char* sentence;
  } rows[] = {
      {"fake://h",
       {},
       "fake needs a token: give it with --token-file FILE or KTEL_TOKEN_FILE (or KTEL_TOKEN)"},
      {"fake://h?indx=a",
       {{"token", "t"}},
       "fake has no parameter indx; did you mean index? `ktel backends list` shows all"},
      {"fake://h?colour=a",
       {{"token", "t"}},
       "fake has no parameter colour; `ktel backends list` shows all"},
      {"fake://h?size=many", {{"token", "t"}}, "fake: parameter size takes a whole number"},
      {"fake://h?apikey=x",
       {{"token", "t"}},
       "apikey= stands in the URL of fake: what stands in a URL ends up in logs; give it with "
       "--apikey-file"},
      {"fake://h",
       {{"token", "a\nb"}},
       "the token for fake holds a line break or another control character: give the token alone"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    test::FakeBackend fake;
    fake.declaration.params = {param("token", KTEL_T_TEXT, true, true), param("index", KTEL_T_TEXT),
                               param("size", KTEL_T_COUNT),
                               param("apikey", KTEL_T_TEXT, false, true)};
    const auto backend = open(fake, row.url, row.secrets);
    REQUIRE_FALSE(backend);
    CHECK(backend.error().code == Errc::bad_input);
    CHECK(backend.error().message == row.sentence);
  }
}

TEST_CASE("what was never said is a retry, and never delivered") {
  const Attempt silent = decoded([](ktel_call*, const ktel_delivery&) { return KTEL_OK; });
  CHECK(silent.outcome == Outcome::retry);
  CHECK(silent.verdict == Verdict::down);
  CHECK(silent.text == "backend fake did not say what became of the report");

  const Attempt failed = decoded([](ktel_call* call, const ktel_delivery& delivery) -> ktel_status {
    const auto outcome = said(KTEL_DELIVERED);
    delivery.outcome(call, 0, &outcome);
    call->host->fail(call, KTEL_E_FAILED, abi("ran out of luck"));
    return KTEL_E_FAILED;
  });
  CHECK(failed.outcome == Outcome::retry);
  CHECK(failed.verdict == Verdict::down);
  CHECK(failed.text == "fake: ran out of luck");

  const Attempt delivered = decoded([](ktel_call* call, const ktel_delivery& delivery) {
    const auto outcome = said(KTEL_DELIVERED);
    return delivery.outcome(call, 0, &outcome);
  });
  CHECK(delivered.outcome == Outcome::delivered);
  CHECK(delivered.verdict == Verdict::up);
}

TEST_CASE("outcomes out of place or out of range are refused") {
  decoded([](ktel_call* call, const ktel_delivery& delivery) -> ktel_status {
    const auto good = said(KTEL_DELIVERED);
    const auto verdict = said(KTEL_UP);
    const auto pending = said(KTEL_PENDING);
    ktel_request request;
    KTEL_SIZED(request);
    CHECK(delivery.outcome(call, 1, &good) == KTEL_E_INVALID);
    CHECK(delivery.outcome(call, 0, &verdict) == KTEL_E_INVALID);
    CHECK(delivery.outcome(call, 0, &pending) == KTEL_E_INVALID);
    CHECK(delivery.outcome(call, 0, nullptr) == KTEL_E_INVALID);
    CHECK(delivery.verdict(call, &good) == KTEL_E_INVALID);
    CHECK(delivery.request(call, &request) == KTEL_E_STATE);
    return KTEL_OK;
  });
}

TEST_CASE("a backend that makes no request, or two, sends nothing or one") {
  test::FakeBackend fake;
  const auto backend = open(fake, "fake://h");
  const auto none = (*backend)->encode(report());
  REQUIRE_FALSE(none);
  CHECK(none.error().message ==
        "backend fake made no request of the report: please tell its maker");

  fake.encode = [](ktel_call* call, const ktel_report*) -> ktel_status {
    ktel_request request;
    KTEL_SIZED(request);
    request.method = abi("POST");
    request.url = abi("https://h/1");
    CHECK(KTEL_SERVICE(call, delivery)->request(call, &request) == KTEL_OK);
    request.url = abi("https://h/2");
    CHECK(KTEL_SERVICE(call, delivery)->request(call, &request) == KTEL_E_STATE);
    return KTEL_OK;
  };
  const auto one = (*backend)->encode(report());
  REQUIRE(one);
  CHECK(one->request.url == "https://h/1");
}

TEST_CASE("an answer's text is one line") {
  const Attempt attempt = decoded([](ktel_call* call, const ktel_delivery& delivery) {
    const auto outcome = said(KTEL_RETRY, "one\ntwo\x1b[31m");
    return delivery.outcome(call, 0, &outcome);
  });
  CHECK(attempt.text == "one two [31m");
}

TEST_CASE("an open that fails is not closed, and its reason is the error") {
  test::FakeBackend fake;
  fake.open = [](ktel_call* call, const ktel_target*) -> ktel_status {
    call->host->fail(call, KTEL_E_INVALID, abi("no such path; give another"));
    return KTEL_E_INVALID;
  };
  const auto backend = open(fake, "fake://h");
  REQUIRE_FALSE(backend);
  CHECK(backend.error().message == "fake: no such path; give another");
  CHECK(fake.closed == 0);
}

TEST_CASE("a backend with its own I/O delivers on a thread of the sink; a stop answers at once") {
  test::FakeBackend fake;
  fake.declaration.own_io = true;
  std::promise<void> entered;
  fake.deliver = [&](ktel_call* call, const ktel_report*) -> ktel_status {
    entered.set_value();
    while (call->host->cancelled(call) == KTEL_OK) std::this_thread::yield();
    return KTEL_E_CANCELLED;
  };
  auto destination = delivery::parse_destination("fake://h", {});
  auto sink = delivery::open_sink(fake.loaded(), *destination, {}, services());
  REQUIRE(sink);
  std::stop_source stop;
  std::promise<Attempt> answer;

  (*sink)->send(report(), stop.get_token(),
                [&](Attempt attempt) { answer.set_value(std::move(attempt)); });
  entered.get_future().wait();
  stop.request_stop();

  const Attempt attempt = answer.get_future().get();
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.cause == Cause::stopped);
}

TEST_CASE("stdout gets the canonical bytes and a newline") {
  std::string written;
  const auto sink = delivery::make_stdout_sink(*delivery::parse_destination("stdout:", {}),
                                               [&](std::string_view bytes) -> Result<void> {
                                                 written += bytes;
                                                 return {};
                                               });
  Attempt attempt;

  sink->send(report(), {}, [&](Attempt made) { attempt = std::move(made); });

  CHECK(attempt.outcome == Outcome::delivered);
  CHECK(written == "{\"a\":1}\n");
  const auto closed = delivery::make_stdout_sink(
      *delivery::parse_destination("stdout:", {}), [](std::string_view) -> Result<void> {
        return Error{Errc::undelivered, "stdout: Broken pipe"};
      });
  closed->send(report(), {}, [&](Attempt made) { attempt = std::move(made); });
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::blocked);
  CHECK(attempt.text == "stdout: Broken pipe");
}

TEST_CASE("Retry-After is read in both its forms") {
  using std::chrono::milliseconds;
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // 06 Nov 1994 08:49:37
  const struct {
    const char* text;
    milliseconds wait;
  } rows[] = {
      {"", milliseconds{0}},
      {"0", milliseconds{0}},
      {"120", milliseconds{120'000}},
      {"999999999999999999999999", std::chrono::hours(1)},
      {"86400", std::chrono::hours(1)},
      {"-5", milliseconds{0}},
      {"soon", milliseconds{0}},
      {"Sun, 06 Nov 1994 08:49:47 GMT", milliseconds{10'000}},
      {"Sun, 06 Nov 1994 08:49:27 GMT", milliseconds{0}},
      {"Mon, 07 Nov 1994 08:49:37 GMT", std::chrono::hours(1)},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(delivery::parse_retry_after(row.text, now) == row.wait);
  }
}

TEST_CASE("what is compressed can be read again") {
  const std::string text(100'000, 'x');
  const std::string packed = delivery::gzip(text);
  REQUIRE(packed.size() < 1000);
  std::string unpacked(text.size(), '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
  stream.avail_out = static_cast<uInt>(unpacked.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  inflateEnd(&stream);
  CHECK(unpacked == text);
}
