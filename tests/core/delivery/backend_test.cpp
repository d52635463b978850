// The host's side of backends: what a plugin may push, and what counts when it says nothing.
#include <doctest/doctest.h>
#include <zlib.h>

#include <future>
#include <map>
#include <string>
#include <thread>

#include "core/delivery/fake_backend.hpp"
#include "delivery/backend_call.hpp"
#include "delivery/gzip.hpp"
#include "delivery/open_backend.hpp"
#include "delivery/retry_after.hpp"
#include "delivery/stdout_sink.hpp"
#include "plugin/first_size.hpp"
#include "plugin/host_call.hpp"
#include "support/process.hpp"
#include "support/spin.hpp"

TEST_SUITE_BEGIN("core/delivery/backend");

namespace {

using namespace ktel;
using delivery::Answer;
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
      "fake: the host made no request for it, for its URL leads to evil.example and not to h:8088: "
      "please tell its maker");
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

TEST_CASE("a backend that makes its own connections is handed what it declares of the host's") {
  const test::TempDir dir;
  const auto file = dir.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  test::FakeBackend fake;
  fake.declaration.own_io = true;
  fake.declaration.params = {param("ca", KTEL_T_TEXT), param("pin", KTEL_T_TEXT),
                             param("server_name", KTEL_T_TEXT)};
  fake.open = [](ktel_call* call, const ktel_target*) -> ktel_status {
    ktel_value value{};
    CHECK(call->host->param(call, 0, &value) == KTEL_OK);
    CHECK(plugin::view(value.str) == "-----BEGIN CERTIFICATE-----\n");
    CHECK(call->host->param(call, 1, &value) == KTEL_OK);
    CHECK(plugin::view(value.str) == "sha256//AAAA");
    CHECK(call->host->param(call, 2, &value) == KTEL_E_ABSENT);
    return KTEL_OK;
  };
  const auto opened = [&](const std::string& query) {
    auto destination = delivery::parse_destination("fake://h?" + query, {});
    REQUIRE(destination);
    const auto sink = delivery::open_sink(fake.loaded(), *destination, {}, services());
    return sink ? std::string("opened") : sink.error().message;
  };

  CHECK(opened("ca=" + file.string() + "&pin=sha256//AAAA&timeout=1") == "opened");
  CHECK(opened("insecure=1") == "fake has no parameter insecure; `ktel backends list` shows all");
  CHECK(opened("proxy=http://p:1") ==
        "fake has no parameter proxy; `ktel backends list` shows all");
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
  CHECK(silent.text == "backend fake did not say what became of the report: please tell its maker");

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

TEST_CASE("structs of a newer minor are taken, of none that ever was are refused") {
  // What a plugin of a later 1.x hands over: the same, and members this host does not know.
  struct NewerOutcome {
    ktel_outcome known;
    std::uint64_t later[4];
  };
  const Attempt attempt =
      decoded([](ktel_call* call, const ktel_delivery& delivery) -> ktel_status {
        NewerOutcome newer{said(KTEL_RETRY, "later"), {7, 7, 7, 7}};
        newer.known.struct_size = sizeof newer;
        CHECK(delivery.outcome(call, 0, &newer.known) == KTEL_OK);
        newer.known.result = KTEL_THROTTLED;
        CHECK(delivery.verdict(call, &newer.known) == KTEL_OK);
        for (const std::uint32_t size : {0u, 4u, plugin::first_size<ktel_outcome> - 1}) {
          CAPTURE(size);
          ktel_outcome wrong = said(KTEL_DELIVERED);
          wrong.struct_size = size;
          CHECK(delivery.outcome(call, 0, &wrong) == KTEL_E_INVALID);
          wrong.result = KTEL_UP;
          CHECK(delivery.verdict(call, &wrong) == KTEL_E_INVALID);
        }
        return KTEL_OK;
      });
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::throttled);
  CHECK(attempt.text == "later");

  struct NewerRequest {
    ktel_request known;
    std::uint64_t later[4];
  };
  test::FakeBackend fake;
  fake.encode = [](ktel_call* call, const ktel_report*) -> ktel_status {
    const ktel_delivery& delivery = *KTEL_SERVICE(call, delivery);
    NewerRequest newer{};
    newer.known.method = abi("POST");
    newer.known.url = abi("https://h/1");
    for (const std::uint32_t size : {0u, 4u, plugin::first_size<ktel_request> - 1}) {
      CAPTURE(size);
      newer.known.struct_size = size;
      CHECK(delivery.request(call, &newer.known) == KTEL_E_INVALID);
    }
    newer.known.struct_size = sizeof newer;
    newer.later[0] = 7;
    return delivery.request(call, &newer.known);
  };
  const auto backend = open(fake, "fake://h");
  const auto pushed = (*backend)->encode(report());
  REQUIRE(pushed);
  CHECK(pushed->request.url == "https://h/1");
}

TEST_CASE("the delivery table on a call of another kind answers E_STATE") {
  const ktel_delivery* table = nullptr;
  const ktel_secret* secrets = nullptr;
  test::FakeBackend fake;
  fake.open = [&](ktel_call* call, const ktel_target*) -> ktel_status {
    table = KTEL_SERVICE(call, delivery);
    secrets = KTEL_SERVICE(call, secret);
    return KTEL_OK;
  };
  REQUIRE(open(fake, "fake://h"));
  plugin::HostCall job{Logger()};
  const ktel_outcome outcome = said(KTEL_DELIVERED);
  ktel_request request;
  KTEL_SIZED(request);
  std::uint8_t mac[32] = {};
  ktel_str secret{};

  CHECK(table->outcome(&job, 0, &outcome) == KTEL_E_STATE);
  CHECK(table->verdict(&job, &outcome) == KTEL_E_STATE);
  CHECK(table->request(&job, &request) == KTEL_E_STATE);
  CHECK(secrets->hmac_sha256(&job, 0, abi("x"), mac) == KTEL_E_STATE);
  CHECK(secrets->reveal(&job, 0, &secret) == KTEL_E_STATE);

  job.close();
  CHECK(table->outcome(&job, 0, &outcome) == KTEL_E_STATE);
  CHECK(job.misused());
}

TEST_CASE("what a failed encode means for the report and for its destination") {
  const auto attempt_of = [](test::FakeBackend& fake) {
    const auto backend = open(fake, "fake://h");
    REQUIRE(backend);
    const auto pushed = (*backend)->encode(report());
    REQUIRE_FALSE(pushed);
    return delivery::not_encoded(pushed.error());
  };
  const auto fails = [](ktel_status status) {
    return [status](ktel_call* call, const ktel_report*) -> ktel_status {
      call->host->fail(call, status, abi("cannot say that"));
      return status;
    };
  };
  test::FakeBackend fake;

  for (const ktel_status refusal : {KTEL_E_INVALID, KTEL_E_LIMIT}) {
    fake.encode = fails(refusal);
    const Attempt refused = attempt_of(fake);
    CHECK(refused.outcome == Outcome::rejected);
    CHECK(refused.verdict == Verdict::up);
    CHECK(refused.cause == Cause::data);
    CHECK(refused.text == "encode: fake: cannot say that");
  }
  fake.encode = fails(KTEL_E_FAILED);
  const Attempt failed = attempt_of(fake);
  CHECK(failed.outcome == Outcome::retry);
  CHECK(failed.verdict == Verdict::up);  // this report alone waits
  CHECK(failed.text == "fake: cannot say that");

  const Attempt busy = delivery::not_encoded({Errc::timed_out, "another function hangs"});
  CHECK(busy.outcome == Outcome::retry);
  CHECK(busy.verdict == Verdict::up);

  fake.declaration.params = {param("api_key", KTEL_T_TEXT, false, true)};
  ktel_status answer = KTEL_OK;
  pushes(fake, "https://h/x", "Key ${api_key}", &answer);
  const Attempt unset = attempt_of(fake);
  CHECK(answer == KTEL_E_INVALID);
  CHECK(unset.outcome == Outcome::retry);
  CHECK(unset.verdict == Verdict::blocked);
  CHECK(unset.cause == Cause::config);
  CHECK(unset.text ==
        "fake needs a api_key: give it with --api-key-file FILE or KTEL_API_KEY_FILE (or "
        "KTEL_API_KEY)");

  auto damaged = report();
  damaged.body = "{";
  const auto backend = open(fake, "fake://h");
  const Attempt unread = delivery::not_encoded((*backend)->encode(damaged).error());
  CHECK(unread.outcome == Outcome::rejected);
  CHECK(unread.text.find("encode: the report's body: ") == 0);
}

TEST_CASE("what a backend says of tokens; what it does not speak of stays pending") {
  test::FakeBackend fake;
  fake.declaration.has_ack = true;
  const auto backend = open(fake, "fake://h");
  REQUIRE(backend);
  const auto poll = [&] { return (*backend)->decode_poll({7, 8, 9}, HttpResponse{}); };

  fake.decode_poll = [](ktel_call* call, const uint64_t* tokens, uint32_t count,
                        const ktel_response*) {
    const auto* service = KTEL_SERVICE(call, delivery);
    CHECK(count == 3);
    CHECK(tokens[2] == 9);
    const auto yes = said(KTEL_DELIVERED);
    const auto again = said(KTEL_RETRY);
    const auto wait = said(KTEL_PENDING);
    CHECK(service->outcome(call, 3, &yes) == KTEL_E_INVALID);
    CHECK(service->outcome(call, 1, &wait) == KTEL_OK);
    CHECK(service->outcome(call, 2, &again) == KTEL_OK);
    return service->outcome(call, 0, &yes);
  };
  const delivery::Polled polled = poll();
  REQUIRE(polled.reports.size() == 3);
  CHECK(polled.reports[0].outcome == Outcome::delivered);
  CHECK(polled.reports[1].outcome == Outcome::pending);
  CHECK(polled.reports[2].outcome == Outcome::retry);
  CHECK(polled.destination.verdict == Verdict::up);

  fake.decode_poll = [](ktel_call* call, const uint64_t*, uint32_t, const ktel_response*) {
    const auto yes = said(KTEL_DELIVERED);
    KTEL_SERVICE(call, delivery)->outcome(call, 0, &yes);
    call->host->fail(call, KTEL_E_FAILED, abi("no idea"));
    return ktel_status{KTEL_E_FAILED};
  };
  const delivery::Polled failed = poll();
  CHECK(failed.reports[0].outcome == Outcome::pending);
  CHECK(failed.destination.verdict == Verdict::down);
  CHECK(failed.destination.text == "fake: no idea");

  const auto none = (*backend)->encode_poll({7});
  REQUIRE_FALSE(none);
  CHECK(none.error().message ==
        "backend fake could not ask for acknowledgements, for it made no request: please tell its "
        "maker");
}

TEST_CASE("a sink that cannot be opened again blocks its destination, until it can") {
  test::FakeBackend fake;
  fake.encode = [](ktel_call* call, const ktel_report*) {
    ktel_request request;
    KTEL_SIZED(request);
    request.method = abi("POST");
    request.url = abi("https://h/");
    return KTEL_SERVICE(call, delivery)->request(call, &request);
  };
  const auto backend = open(fake, "fake://h");
  REQUIRE(backend);
  fake.open = [](ktel_call* call, const ktel_target*) {
    call->host->fail(call, KTEL_E_FAILED, abi("out of channels"));
    return ktel_status{KTEL_E_FAILED};
  };

  CHECK((*backend)->reopen().error().message == "fake: out of channels");
  CHECK(fake.closed == 1);
  for (const auto& pushed : {(*backend)->encode(report()), (*backend)->encode_poll({1})}) {
    REQUIRE_FALSE(pushed);
    const Attempt attempt = delivery::not_encoded(pushed.error());
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict == Verdict::blocked);
    CHECK(attempt.text == "fake: out of channels");
  }

  fake.open = nullptr;
  CHECK((*backend)->encode(report()));
  CHECK((*backend)->reopen());
  CHECK(fake.closed == 2);
}

TEST_CASE("a server that repeats a secret, in its body or a header, never gets it to the backend") {
  test::FakeBackend fake;
  std::string seen;
  fake.decode = [&](ktel_call* call, const ktel_report*, const ktel_response* response) {
    seen = plugin::view(response->body);
    for (std::uint32_t i = 0; i < response->header_count; ++i) {
      seen += " " + std::string(plugin::view(response->headers[i].value));
    }
    const auto outcome = said(KTEL_DELIVERED);
    return KTEL_SERVICE(call, delivery)->outcome(call, 0, &outcome);
  };
  auto destination = delivery::parse_destination("fake://h", {});
  auto given = services();
  given.secrets->add("hunter2");
  const auto backend = delivery::OpenBackend::open(fake.loaded(), *destination, {}, given);
  HttpResponse response;
  response.status = 302;
  response.body = "no hunter2 here";
  response.headers = {{"location", "https://elsewhere/?token=hunter2"}};

  (*backend)->decode(report(), response);

  CHECK(seen == "no *** here https://elsewhere/?token=***");
}

TEST_CASE("a backend that makes no request, or two, sends nothing or one") {
  test::FakeBackend fake;
  const auto backend = open(fake, "fake://h");
  const auto none = (*backend)->encode(report());
  REQUIRE_FALSE(none);
  CHECK(none.error().message ==
        "backend fake could not encode the report, for it made no request: please tell its maker");

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
    const auto outcome = said(KTEL_RETRY, "one\ntwo\x1b[31m\xc2\x9bmthree\xff");
    return delivery.outcome(call, 0, &outcome);
  });
  CHECK(attempt.text == "one two [31m mthree\xef\xbf\xbd");

  const Attempt failed = decoded([](ktel_call* call, const ktel_delivery&) -> ktel_status {
    call->host->fail(call, KTEL_E_FAILED, abi("out\nof luck"));
    return KTEL_E_FAILED;
  });
  CHECK(failed.text == "fake: out of luck");
}

TEST_CASE("a text is cut, but never within a secret that would then not be found") {
  test::FakeBackend fake;
  const std::string text = std::string(1020, 'x') + "hunter2" + std::string(5000, 'y');
  fake.decode = [&](ktel_call* call, const ktel_report*, const ktel_response*) {
    auto outcome = said(KTEL_RETRY);
    outcome.text = abi(text);
    return KTEL_SERVICE(call, delivery)->outcome(call, 0, &outcome);
  };
  auto destination = delivery::parse_destination("fake://h", {});
  auto given = services();
  given.secrets->add("hunter2");
  const auto backend = delivery::OpenBackend::open(fake.loaded(), *destination, {}, given);

  const Attempt attempt = (*backend)->decode(report(), {});

  CHECK(attempt.text == std::string(1020, 'x') + "***y");
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
    test::spin_until([call] { return call->host->cancelled(call) != KTEL_OK; });
    return KTEL_E_CANCELLED;
  };
  auto destination = delivery::parse_destination("fake://h", {});
  auto sink = delivery::open_sink(fake.loaded(), *destination, {}, services());
  REQUIRE(sink);
  std::stop_source stop;
  std::promise<Attempt> answer;

  (*sink)->send(report(), stop.get_token(), [&](Answer said) { answer.set_value(said.judge()); });
  entered.get_future().wait();
  stop.request_stop();

  const Attempt attempt = answer.get_future().get();
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.cause == Cause::stopped);
}

TEST_CASE("a backend with its own I/O that cannot be given a report buries that report alone") {
  test::FakeBackend fake;
  fake.declaration.own_io = true;
  auto destination = delivery::parse_destination("fake://h", {});
  auto sink = delivery::open_sink(fake.loaded(), *destination, {}, services());
  auto damaged = report();
  damaged.body = "{";
  std::promise<Attempt> answer;

  (*sink)->send(damaged, {}, [&](Answer said) { answer.set_value(said.judge()); });

  const Attempt attempt = answer.get_future().get();
  CHECK(attempt.outcome == Outcome::rejected);
  CHECK(attempt.verdict == Verdict::up);
  CHECK(attempt.text.find("encode: the report's body: ") == 0);
}

TEST_CASE("stdout gets the canonical bytes and a newline") {
  std::string written;
  const auto sink = delivery::make_stdout_sink(*delivery::parse_destination("stdout:", {}),
                                               [&](std::string_view bytes) -> Result<void> {
                                                 written += bytes;
                                                 return {};
                                               });
  Attempt attempt;

  sink->send(report(), {}, [&](Answer said) { attempt = said.judge(); });

  CHECK(attempt.outcome == Outcome::delivered);
  CHECK(written == "{\"a\":1}\n");
  const auto closed = delivery::make_stdout_sink(
      *delivery::parse_destination("stdout:", {}), [](std::string_view) -> Result<void> {
        return Error{Errc::undelivered, "stdout: Broken pipe"};
      });
  closed->send(report(), {}, [&](Answer said) { attempt = said.judge(); });
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
      {"Tue, 31 Dec 2999 23:59:59 GMT", std::chrono::hours(1)},
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
