// What every backend has to do, whatever it is for: one program that drives any plugin's file.
//
//   ktel_test_conformance FILE URL [verbatim]
//
// It opens the backend for the URL through the host's own side (delivery/open_backend.hpp), so that
// what holds here holds in ktel, and asks for nothing but what the ABI promises. No network:
// answers are made up, and what has its own I/O is pointed at a port that nobody listens on, or at
// files. `verbatim`: the request holds the report's bytes as they are. An author runs it on a file
// of theirs as ctest runs it on ktel's own.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/one_line.hpp"
#include "delivery/open_backend.hpp"
#include "plugins/backends/load.hpp"

using namespace ktel;
using namespace std::chrono_literals;
using delivery::Attempt;
using delivery::Outcome;
using delivery::Verdict;

namespace {

constexpr const char* secret = "c0nf0rmance-s3cret";

struct Given {
  const char* file = nullptr;
  std::string url;
  bool verbatim = false;
} given;

const delivery::LoadedBackend& backend() {
  static const delivery::LoadedBackend loaded = test::load_backend(given.file);
  return loaded;
}

const plugin::Backend& declared() { return *backend().declaration; }

struct Opened {
  std::shared_ptr<delivery::OpenBackend> sink;
  std::shared_ptr<std::string> said = std::make_shared<std::string>();  // all log lines
};

Result<Opened> open(const std::string& url, bool with_secret = true) {
  auto destination = delivery::parse_destination(url, {});
  if (!destination) return destination.error();
  std::map<std::string, std::string> secrets;
  for (const plugin::Param& param : declared().params) {
    if (param.secret && with_secret) secrets[param.name] = secret;
  }
  auto params = delivery::bind_params(declared(), *destination, secrets);
  if (!params) return params.error();
  Opened opened;
  const auto known = std::make_shared<Secrets>();
  known->add(secret);
  const Logger log(
      [said = opened.said](LogLevel, std::string_view, std::string_view line) {
        *said += std::string(line) + "\n";
      },
      nullptr);  // nothing is scrubbed: what the plugin itself says of secrets would be seen
  auto sink = delivery::OpenBackend::open(
      backend(), *destination, *params,
      {.http = nullptr, .secrets = known, .log = log, .ktel_version = "0.1.0"});
  if (!sink) return sink.error();
  opened.sink = std::move(sink).value();
  return opened;
}

Opened open() {
  auto opened = open(given.url);
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
  return std::move(opened).value();
}

delivery::Outgoing report(std::string body = R"({"cluster-state":{"pods_count":12}})") {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = std::move(body),
          .findings = 2,
          .fields = {{"cluster-state", "pods_count", KTEL_T_COUNT, KTEL_M_GAUGE, "{pod}",
                      "k8s_pods_count"}}};
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// A sentence that an operator can read: one line of UTF-8, and not the host's stop-gap for a plugin
// that said nothing.
void check_sentence(const std::string& text) {
  CHECK(!text.empty());
  CHECK(one_line(text, text.size()) == text);
  CHECK_FALSE_MESSAGE(contains(text, "tell its maker"), text);
  CHECK_FALSE_MESSAGE(contains(text, secret), text);
}

}  // namespace

TEST_CASE("the declaration is for this URL, and says what the backend is") {
  CHECK(!declared().summary.empty());
  const std::string scheme = given.url.substr(0, given.url.find(':'));
  const auto& schemes = declared().schemes;
  CHECK(std::find(schemes.begin(), schemes.end(), scheme) != schemes.end());
  for (const plugin::Param& param : declared().params) {
    CAPTURE(param.name);
    CHECK(!param.description.empty());
    if (param.secret) CHECK(param.name == "token");  // the only one an operator can give
  }
}

TEST_CASE("a parameter it does not declare is refused by name") {
  const std::string url = given.url + (contains(given.url, "?") ? "&" : "?") + "no_such_thing=1";
  const auto opened = open(url);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::bad_input);
  CHECK_MESSAGE(contains(opened.error().message, "no_such_thing"), opened.error().message);
}

TEST_CASE("it opens and closes, several at once, and once more in place") {
  const auto first = open();
  const auto second = open();
  CHECK(second.sink->reopen().has_value());
  CHECK(first.sink->encode(report()).has_value() == second.sink->encode(report()).has_value());
}

TEST_CASE("what it makes of a report depends on the report alone") {
  const auto opened = open();
  const auto again = open();
  const auto a = opened.sink->encode(report());
  const auto b = opened.sink->encode(report());
  const auto c = again.sink->encode(report());
  REQUIRE_MESSAGE(a.has_value(), (a ? "" : a.error().message));
  CHECK(a->request.method == b->request.method);
  CHECK(a->request.url == b->request.url);
  CHECK(a->request.body == b->request.body);
  CHECK(a->request.body == c->request.body);
  if (given.verbatim) CHECK(contains(a->request.body, report().body));
}

TEST_CASE("no request, no line and no sentence holds a secret") {
  const auto opened = open();
  const auto pushed = opened.sink->encode(report());
  REQUIRE(pushed);
  CHECK_FALSE(contains(pushed->request.url, secret));
  CHECK_FALSE(contains(pushed->request.body, secret));
  for (const auto& [name, value] : pushed->request.headers) {
    CAPTURE(name);
    CHECK_FALSE(contains(value, secret));  // ${token}: the host puts it in
  }
  HttpResponse echo;
  echo.status = 400;
  echo.body = fmt::format(R"({{"text":"what is {} to me","code":6}})", secret);
  if (!declared().own_io) {
    CHECK_FALSE(contains(opened.sink->decode(report(), echo).text, secret));
  }
  CHECK_FALSE(contains(*opened.said, secret));
}

TEST_CASE("whatever a report holds, it is sent as it is, or refused in a sentence") {
  const auto opened = open();
  const std::vector<std::string> bodies = {
      "{}",
      R"({"a":{"b":"\"\\ \n\t\u0000\u001f é 😀 ﷽"}})",
      R"({"a":";=\r\n<14>signal=other;"})",
      R"({"a":[[[[]]]],"b":null,"c":1.5e300,"d":18446744073709551615,"e":-0.0})",
      R"({"a":")" + std::string(900'000, 'x') + R"("})",
  };
  for (const std::string& body : bodies) {
    CAPTURE(body.substr(0, 60));
    const auto pushed = opened.sink->encode(report(body));
    if (!pushed) {
      check_sentence(pushed.error().message);
      CHECK(pushed.error().code == Errc::bad_input);  // this report's alone
      continue;
    }
    if (given.verbatim) CHECK(contains(pushed->request.body, body));
  }
}

TEST_CASE("every answer gives one outcome and one verdict, and none loses a report that may go") {
  if (declared().own_io) return;
  const std::map<std::string, std::string> bodies = {
      {"nothing", ""},
      {"a word", "OK"},
      {"half of JSON", R"({"text":"Succ)"},
      {"JSON of another", R"([1,2,{"a":null}])"},
      {"a page", "<html><body><h1>Please log in</h1></body></html>"},
      {"no text", std::string("\x00\xff\xfe\x80 \x1b[31m", 10)},
      {"much", std::string(5u << 20, '{')},
  };
  for (const int status : {200, 201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 405,
                           408, 410, 413, 415, 425, 429, 500, 501, 502, 503, 504, 599}) {
    for (const auto& [name, body] : bodies) {
      CAPTURE(status);
      CAPTURE(name);
      const auto opened = open();
      HttpResponse response;
      response.status = status;
      response.body = body;
      response.headers = {{"retry-after", "7"}, {"location", "https://login.example/"}};
      const Attempt attempt = opened.sink->decode(report(), response);
      check_sentence(attempt.text);
      const bool taken = status >= 200 && status < 300;
      if (!taken) CHECK(attempt.outcome != Outcome::delivered);
      // Neither the destination's trouble nor a wrong setting is the report's fault.
      for (const int other : {301, 302, 307, 401, 403, 404, 405, 429, 502, 503, 504}) {
        if (status == other) CHECK(attempt.outcome == Outcome::retry);
      }
      for (const int wrong : {301, 302, 307, 401, 403, 404, 405}) {
        if (status == wrong) CHECK(attempt.verdict == Verdict::blocked);
      }
      if (status == 429 || status == 503) {
        CHECK((attempt.verdict == Verdict::throttled || attempt.verdict == Verdict::down));
        CHECK(attempt.after >= 7s);
      }
    }
  }
}

TEST_CASE("what it asks after can be asked after, whatever the answer is") {
  if (!declared().has_ack) return;
  const auto opened = open();
  const std::vector<std::uint64_t> tokens = {0, 7, 18446744073709551615u};
  REQUIRE(opened.sink->encode_poll(tokens));
  for (const int status : {200, 400, 401, 404, 500, 503}) {
    for (const std::string body :
         {"", "{}", R"({"acks":[]})", R"({"acks":{"7":"yes"}})", "<html>"}) {
      CAPTURE(status);
      CAPTURE(body);
      HttpResponse response;
      response.status = status;
      response.body = body;
      const auto polled = opened.sink->decode_poll(tokens, response);
      REQUIRE(polled.reports.size() == tokens.size());
      for (const Attempt& one : polled.reports) CHECK(one.outcome != Outcome::rejected);
    }
  }
}

TEST_CASE("its own I/O says why it failed, and ends when it is told to") {
  if (!declared().own_io) return;
  const auto opened = open();
  const auto soon = std::chrono::steady_clock::now() + 5s;
  const Attempt attempt = opened.sink->deliver(report(), {}, soon);
  if (attempt.outcome != Outcome::delivered) {
    CHECK(attempt.outcome == Outcome::retry);  // nobody has seen the report
    check_sentence(attempt.text);
  }
  std::stop_source stop;
  stop.request_stop();
  const Attempt stopped =
      opened.sink->deliver(report(), stop.get_token(), std::chrono::steady_clock::now() + 60s);
  CHECK((stopped.outcome == Outcome::retry || stopped.outcome == Outcome::delivered));
  CHECK_FALSE(contains(*opened.said, secret));
}

TEST_CASE("it works from any thread, one call at a time, and several sinks side by side") {
  std::vector<std::thread> threads;
  std::atomic<int> made{0};
  const auto one = open();
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto own = open(given.url);
      for (int n = 0; n < 50; ++n) {
        if (one.sink->encode(report()) && own && own->sink->encode(report())) ++made;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(made == 200);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: {} FILE URL [verbatim]\n", argv[0]);
    return 2;
  }
  given = {argv[1], argv[2], argc > 3 && std::string_view(argv[3]) == "verbatim"};
  doctest::Context context;
  context.setOption("no-intro", true);
  return context.run();
}
