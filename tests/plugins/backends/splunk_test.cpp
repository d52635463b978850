// The backend splunk: its envelope, and what it makes of every answer.
#include <doctest/doctest.h>

#include <regex>
#include <string>
#include <vector>

#include "delivery/open_backend.hpp"
#include "plugins/backends/load.hpp"

TEST_SUITE_BEGIN("plugins/backends/splunk");

namespace {

using namespace ktel;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;

delivery::Outgoing report() {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = R"({"identify-platform":{"arch":"amd64"}})",
          .findings = 2,
          .fields = {}};
}

Result<std::shared_ptr<delivery::OpenBackend>> open(const std::string& url) {
  static const auto splunk = test::load_backend(KTEL_PLUGIN_FILE);
  auto destination = delivery::parse_destination(url, {});
  REQUIRE(destination);
  auto params =
      delivery::bind_params(*splunk.declaration, *destination, {{"token", "s3cret-token"}});
  if (!params) return params.error();
  delivery::SinkServices services{
      .http = nullptr, .secrets = std::make_shared<Secrets>(), .log = {}, .ktel_version = "0.1.0"};
  services.secrets->add("s3cret-token");
  return delivery::OpenBackend::open(splunk, *destination, *params, services);
}

Attempt answer(const std::string& url, int status, const std::string& body,
               std::vector<std::pair<std::string, std::string>> headers = {}) {
  const auto backend = open(url);
  REQUIRE(backend);
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.headers = std::move(headers);
  return (*backend)->decode(report(), response);
}

std::string hec(int code, const std::string& text) {
  return R"({"text":")" + text + R"(","code":)" + std::to_string(code) + "}";
}

const std::string url = "splunk://h:8088";

}  // namespace

TEST_CASE("a report becomes one event, its bytes verbatim") {
  const auto backend = open("splunk://splunk.example/?index=main&source=a%22b");
  REQUIRE(backend);

  const auto pushed = (*backend)->encode(report());

  REQUIRE(pushed);
  CHECK(pushed->request.method == "POST");
  CHECK(pushed->request.url == "https://splunk.example:8088/services/collector/event");
  CHECK(pushed->gzip);
  CHECK(pushed->request.headers[0].first == "Authorization");
  CHECK(pushed->request.headers[0].second == "Splunk ${token}");
  CHECK(pushed->request.body ==
        R"({"time":1764000000,"host":"ktel","source":"a\"b","sourcetype":"ktel:report",)"
        R"("index":"main","event":{"identify-platform":{"arch":"amd64"}},)"
        R"("fields":{"ktel_id":"01936f00-0000-7000-8000-000000000001","ktel_signal":"daily",)"
        R"("ktel_version":"0.1.0","ktel_standard":1,"ktel_findings":2}})");
  const auto headers = (*backend)->headers(*pushed);
  REQUIRE(headers);
  CHECK((*headers)[0].second == "Splunk s3cret-token");
}

TEST_CASE("the attempt travels from the second one on") {
  const auto backend = open("splunk://h?gzip=0");
  auto again = report();
  again.attempt = 3;

  const auto pushed = (*backend)->encode(again);

  REQUIRE(pushed);
  CHECK(pushed->request.body.ends_with(R"("ktel_findings":2,"ktel_attempt":3}})"));
  CHECK_FALSE(pushed->gzip);
}

TEST_CASE("the path may be a prefix, or the collector's own") {
  const struct {
    const char* url;
    const char* sent;
  } rows[] = {
      {"splunk://h", "https://h:8088/services/collector/event"},
      {"splunk://h:443/", "https://h:443/services/collector/event"},
      {"splunk://h/splunk/", "https://h:8088/splunk/services/collector/event"},
      {"splunk://h/services/collector", "https://h:8088/services/collector/event"},
      {"splunk://h/services/collector/1.0", "https://h:8088/services/collector/event"},
      {"splunk://h/services/collector/event/1.0/", "https://h:8088/services/collector/event"},
      {"splunk://h/a/services/collector/event", "https://h:8088/a/services/collector/event"},
      {"splunk://h/1.0", "https://h:8088/1.0/services/collector/event"},
      {"splunk://h/services/collectors",
       "https://h:8088/services/collectors/services/collector/event"},
      {"splunk://[::1]", "https://[::1]:8088/services/collector/event"},
      {"splunk://[2001:db8::1]:9", "https://[2001:db8::1]:9/services/collector/event"},
      {"splunk+http://127.0.0.1:1", "http://127.0.0.1:1/services/collector/event"},
      {"splunk+http://localhost", "http://localhost:8088/services/collector/event"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    const auto backend = open(row.url);
    REQUIRE(backend);
    const auto pushed = (*backend)->encode(report());
    REQUIRE(pushed);
    CHECK(pushed->request.url == row.sent);
  }
}

TEST_CASE("a route that takes no events is refused") {
  for (const char* path : {"/services/collector/raw", "/services/collector/raw/1.0",
                           "/p/services/collector/ack", "/services/collector/health"}) {
    CAPTURE(path);
    const auto backend = open("splunk://h" + std::string(path));
    REQUIRE_FALSE(backend);
    CHECK(backend.error().message ==
          "splunk: " + std::string(path) +
              " takes no events: write /services/collector/event, or no path at all");
  }
}

TEST_CASE("each sink has a channel of its own, a UUID, and keeps it") {
  const auto one = open("splunk://h");
  const auto two = open("splunk://h");
  const auto channel = [](delivery::OpenBackend& backend) {
    const auto pushed = backend.encode(report());
    REQUIRE(pushed);
    CHECK(pushed->request.headers.at(2).first == "X-Splunk-Request-Channel");
    return pushed->request.headers.at(2).second;
  };

  const std::string first = channel(**one);
  CHECK(std::regex_match(
      first, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
  CHECK(channel(**one) == first);
  CHECK(channel(**two) != first);
}

TEST_CASE("a token in clear to another machine is refused") {
  // 127.1 is loopback for the resolver, but not for the host, which would refuse the request.
  for (const char* plain : {"splunk+http://10.0.0.1:8088", "splunk+http://127.evil.example:8088",
                            "splunk+http://127.1:8088"}) {
    const auto backend = open(plain);
    REQUIRE_FALSE(backend);
    const std::string host = std::string(plain).substr(14);
    CHECK(backend.error().message == "splunk: splunk+http:// is for this machine alone, and " +
                                         host +
                                         " is another: the token would travel in clear; write "
                                         "splunk://" +
                                         host);
  }
}

TEST_CASE("every code of Splunk has its outcome, verdict and cause") {
  const struct {
    int code;
    int status;
    const char* text;
    Outcome outcome;
    Verdict verdict;
    Cause cause;
  } rows[] = {
      {0, 200, "Success", Outcome::delivered, Verdict::up, Cause::none},
      {1, 403, "Token disabled", Outcome::retry, Verdict::blocked, Cause::auth},
      {2, 401, "Token is required", Outcome::retry, Verdict::blocked, Cause::auth},
      {3, 401, "Invalid authorization", Outcome::retry, Verdict::blocked, Cause::auth},
      {4, 403, "Invalid token", Outcome::retry, Verdict::blocked, Cause::auth},
      {5, 400, "No data", Outcome::rejected, Verdict::up, Cause::data},
      {6, 400, "Invalid data format", Outcome::rejected, Verdict::up, Cause::data},
      {7, 400, "Incorrect index", Outcome::rejected, Verdict::up, Cause::data},
      {8, 500, "Internal server error", Outcome::retry, Verdict::down, Cause::http},
      {9, 503, "Server is busy", Outcome::retry, Verdict::throttled, Cause::http},
      {10, 400, "Data channel is missing", Outcome::retry, Verdict::blocked, Cause::config},
      {11, 400, "Invalid data channel", Outcome::retry, Verdict::blocked, Cause::config},
      {12, 400, "Event field is required", Outcome::rejected, Verdict::up, Cause::data},
      {13, 400, "Event field cannot be blank", Outcome::rejected, Verdict::up, Cause::data},
      {14, 400, "ACK is disabled", Outcome::retry, Verdict::blocked, Cause::config},
      {15, 400, "Error in handling indexed fields", Outcome::rejected, Verdict::up, Cause::data},
      {16, 400, "Query string authorization is not enabled", Outcome::retry, Verdict::blocked,
       Cause::config},
      {17, 200, "HEC is healthy", Outcome::retry, Verdict::down, Cause::http},
      {18, 503, "HEC is unhealthy", Outcome::retry, Verdict::throttled, Cause::http},
      {19, 503, "HEC is unhealthy", Outcome::retry, Verdict::throttled, Cause::http},
      {20, 503, "HEC is unhealthy", Outcome::retry, Verdict::throttled, Cause::http},
      {21, 400, "Invalid token", Outcome::retry, Verdict::blocked, Cause::auth},
      {22, 400, "Token disabled", Outcome::retry, Verdict::blocked, Cause::auth},
      {23, 503, "Server is shutting down", Outcome::retry, Verdict::down, Cause::http},
      {24, 200, "HEC queue is approaching capacity", Outcome::delivered, Verdict::throttled,
       Cause::http},
      {25, 200, "HEC ACK channel is approaching capacity", Outcome::delivered, Verdict::throttled,
       Cause::http},
      {26, 429, "HEC queue is at capacity", Outcome::retry, Verdict::throttled, Cause::http},
      {27, 429, "HEC ACK channel is at capacity", Outcome::retry, Verdict::throttled, Cause::http},
  };
  for (const auto& row : rows) {
    CAPTURE(row.code);
    const Attempt attempt = answer(url, row.status, hec(row.code, row.text));
    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == row.verdict);
    CHECK(attempt.cause == row.cause);
    CHECK(attempt.text.find(std::string("Splunk at h:8088 answers \"") + row.text + "\" (HTTP " +
                            std::to_string(row.status) + ", code " + std::to_string(row.code) +
                            ")") == 0);
    if (row.code != 17) CHECK(attempt.code == static_cast<std::uint32_t>(row.code));
  }
}

TEST_CASE("an answer that is not Splunk's is judged by its HTTP status") {
  const struct {
    int status;
    const char* body;
    Outcome outcome;
    Verdict verdict;
    Cause cause;
  } rows[] = {
      {200, "<html>Sign in</html>", Outcome::retry, Verdict::down, Cause::http},
      {200, "", Outcome::retry, Verdict::down, Cause::http},
      {200, "{}", Outcome::retry, Verdict::down, Cause::http},
      {200, R"({"code":"0"})", Outcome::retry, Verdict::down, Cause::http},
      {200, R"({"code":0.5})", Outcome::retry, Verdict::down, Cause::http},
      {200, R"({"code":0)", Outcome::retry, Verdict::down, Cause::http},
      {200, R"({"code":6})", Outcome::retry, Verdict::down, Cause::http},
      {200, R"("OK")", Outcome::retry, Verdict::blocked, Cause::config},
      {202, R"("OK")", Outcome::retry, Verdict::blocked, Cause::config},
      {204, "", Outcome::retry, Verdict::down, Cause::http},
      {301, "", Outcome::retry, Verdict::blocked, Cause::config},
      {302, "", Outcome::retry, Verdict::blocked, Cause::config},
      {307, "", Outcome::retry, Verdict::blocked, Cause::config},
      {308, "", Outcome::retry, Verdict::blocked, Cause::config},
      {400, "<h1>Malformed gzip</h1>", Outcome::retry, Verdict::blocked, Cause::config},
      {400, R"({"text":"Success","code":0})", Outcome::retry, Verdict::blocked, Cause::config},
      {401, "<html>", Outcome::retry, Verdict::blocked, Cause::auth},
      {403, "<html>", Outcome::retry, Verdict::blocked, Cause::auth},
      {404, R"({"text":"not found","code":404})", Outcome::retry, Verdict::blocked, Cause::config},
      {405, "", Outcome::retry, Verdict::blocked, Cause::config},
      {408, "", Outcome::retry, Verdict::down, Cause::http},
      {413, "<html>", Outcome::rejected, Verdict::up, Cause::data},
      {415, "<html>", Outcome::retry, Verdict::down, Cause::http},
      {425, "", Outcome::retry, Verdict::down, Cause::http},
      {429, "", Outcome::retry, Verdict::down, Cause::http},
      {500, "<html>", Outcome::retry, Verdict::down, Cause::http},
      {501, "", Outcome::retry, Verdict::blocked, Cause::config},
      {502, "<html>", Outcome::retry, Verdict::down, Cause::http},
      {503, R"({"code":6,"text":"x"})", Outcome::retry, Verdict::down, Cause::http},
      {504, "", Outcome::retry, Verdict::down, Cause::http},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    const Attempt attempt = answer(url, row.status, row.body);
    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == row.verdict);
    CHECK(attempt.cause == row.cause);
    CHECK(attempt.text.starts_with("Splunk at h:8088 "));
  }
}

TEST_CASE("members that are unknown or nested do not hide the code") {
  const char* bodies[] = {
      R"({"text":"Success","code":0})",
      R"( { "code" : 0 , "ackId" : 12 , "text" : "Success" } )",
      R"({"x":{"code":6,"y":["}",{"z":null}]},"code":0,"invalid-event-number":-1,"f":1.5e3,"t":true})",
      R"({"text":"a \"quoted\" \u00e9 word\n","code":0})",
  };
  for (const char* body : bodies) {
    CAPTURE(body);
    CHECK(answer(url + "?ack=off", 200, body).outcome == Outcome::delivered);
  }
  const char* broken[] = {R"({"code":0}x)",
                          R"([{"code":0}])",
                          R"({"code":0,})",
                          R"({"a":},"code":0})",
                          R"({"text":"\u00)",
                          R"({"text":"x)",
                          R"({"code":99999999999})",
                          "{",
                          "\""};
  for (const char* body : broken) {
    CAPTURE(body);
    CHECK(answer(url, 200, body).outcome == Outcome::retry);
  }
}

TEST_CASE("the sentences name the destination's words and the next step") {
  CHECK(answer(url, 403, hec(4, "Invalid token")).text ==
        R"(Splunk at h:8088 answers "Invalid token" (HTTP 403, code 4): give the token of an )"
        "enabled HEC input with --token-file FILE or KTEL_TOKEN_FILE");
  CHECK(answer(url, 503, "").text == "Splunk at h:8088 answers HTTP 503: it is tried again");
  CHECK(answer(url, 200, "\n<!DOCTYPE html>").text ==
        "Splunk at h:8088 answers HTTP 200 and a web page: the endpoint is not HEC, so the report "
        "counts as not delivered: correct host, port and path in the URL for later reports (this "
        "one keeps the URL it was made for), or look at the proxy between");
  CHECK(answer(url, 302, "", {{"location", "https://login.example/"}}).text ==
        "Splunk at h:8088 redirects to https://login.example/ (HTTP 302), and a token is never "
        "forwarded to another address: give the address of the HTTP Event Collector itself for "
        "later reports (this one keeps the URL it was made for)");
  CHECK(answer(url, 413, "").text ==
        "Splunk at h:8088 answers HTTP 413: the report is too large for it: raise "
        "max_content_length there");
  CHECK(answer(url, 404, "").text ==
        "Splunk at h:8088 answers HTTP 404: no HTTP Event Collector is there: correct host, port "
        "and path in the URL for later reports (this one keeps the URL it was made for)");
  CHECK(answer(url, 400, hec(6, "Invalid data format")).text ==
        R"(Splunk at h:8088 answers "Invalid data format" (HTTP 400, code 6): it does not take )"
        "this report");
  CHECK(
      answer(url, 400, hec(7, "Incorrect index")).text ==
      R"(Splunk at h:8088 answers "Incorrect index" (HTTP 400, code 7): allow the token's default )"
      "index there, or name an allowed one with index= in the URL of later reports");
  CHECK(answer(url, 400, hec(10, "Data channel is missing")).text ==
        R"(Splunk at h:8088 answers "Data channel is missing" (HTTP 400, code 10): ktel sends )"
        "X-Splunk-Request-Channel: look for a proxy that drops or changes it");
  CHECK(answer(url, 400, hec(14, "ACK is disabled")).text ==
        R"(Splunk at h:8088 answers "ACK is disabled" (HTTP 400, code 14): enable indexer )"
        "acknowledgement for the token there, or write ack=auto in the URL of later reports");
  CHECK(answer(url, 200, "\"OK\"").text ==
        R"(Splunk at h:8088 answers "OK" (HTTP 200): an old OpenTelemetry Collector answers so, )"
        "and it cannot be told from one that drops the report: update it to v0.71 or later");
}

TEST_CASE("a wrong index is configuration where it was configured") {
  const Attempt attempt = answer(url + "?index=typo", 400, hec(7, "Incorrect index"));

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::blocked);
  CHECK(attempt.cause == Cause::config);
  CHECK(attempt.text ==
        R"(Splunk at h:8088 answers "Incorrect index" (HTTP 400, code 7): the token may not write )"
        "to the index typo: allow that index for the token, or correct index= in the URL for later "
        "reports (this one keeps the URL it was made for)");
}

TEST_CASE("Retry-After is a floor") {
  CHECK(answer(url, 503, hec(9, "Server is busy"), {{"retry-after", "7"}}).after.count() == 7000);
  CHECK(answer(url, 500, "", {{"retry-after", "2"}}).after.count() == 2000);
  CHECK(answer(url, 503, hec(9, "Server is busy")).after.count() == 0);
}

TEST_CASE("after a 415 the sink goes on without gzip, and a second one blocks") {
  const auto backend = open(url);
  HttpResponse refused;
  refused.status = 415;

  const Attempt first = (*backend)->decode(report(), refused);
  const auto pushed = (*backend)->encode(report());
  const Attempt second = (*backend)->decode(report(), refused);

  CHECK(first.verdict == Verdict::down);
  CHECK_FALSE(pushed->gzip);
  CHECK(second.verdict == Verdict::blocked);
}

TEST_CASE("a server that repeats the token does not get it into a text") {
  const Attempt attempt = answer(url, 403, hec(4, "unknown token s3cret-token"));

  CHECK(attempt.text.find("s3cret") == std::string::npos);
  CHECK(attempt.text.find("unknown token ***") != std::string::npos);

  const Attempt moved = answer(url, 302, "", {{"location", "https://x/?token=s3cret-token"}});
  CHECK(moved.text.find("redirects to https://x/?token=*** (HTTP 302)") != std::string::npos);
}

TEST_CASE("a long answer is quoted up to a whole character") {
  const Attempt attempt = answer(url, 403, hec(4, std::string(199, 'x') + "\xe2\x82\xac and more"));

  CHECK(attempt.text.find("answers \"" + std::string(199, 'x') + "\" (HTTP 403") !=
        std::string::npos);
}

TEST_CASE("a report that a token acknowledges is pending under its id; by ack= all or none are") {
  const std::string with_id = R"({"text":"Success","code":0,"ackId":7})";
  const std::string without = hec(0, "Success");
  const struct {
    std::string ack, body;
    Outcome outcome;
    Verdict verdict;
  } rows[] = {
      {"auto", with_id, Outcome::pending, Verdict::up},
      {"auto", without, Outcome::delivered, Verdict::up},
      {"auto", R"({"text":"Success","code":0,"ackId":null})", Outcome::delivered, Verdict::up},
      {"auto", R"({"text":"busy soon","code":24,"ackId":7})", Outcome::pending, Verdict::throttled},
      {"auto", R"({"text":"Success","code":0,"ackId":"7"})", Outcome::retry, Verdict::down},
      {"off", with_id, Outcome::delivered, Verdict::up},
      {"require", with_id, Outcome::pending, Verdict::up},
      {"require", without, Outcome::retry, Verdict::blocked},
  };
  for (const auto& row : rows) {
    CAPTURE(row.ack);
    CAPTURE(row.body);
    const Attempt attempt = answer(url + "?ack=" + row.ack, 200, row.body);
    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == row.verdict);
    if (row.outcome == Outcome::pending) CHECK(attempt.token == 7);
  }
  CHECK(
      answer(url + "?ack=require", 200, without).text ==
      R"(Splunk at h:8088 answers "Success" (HTTP 200, code 0): ack=require, and it acknowledges )"
      "nothing: enable indexer acknowledgement for the token there, or write ack=auto in the URL "
      "of later reports; this report counts as not delivered");
}

TEST_CASE("ids are asked after on their channel, with the cookies of its balancer") {
  const auto backend = open("splunk://h/prefix");
  const auto sent = (*backend)->encode(report());
  HttpResponse taken;
  taken.status = 200;
  taken.body = R"({"text":"Success","code":0,"ackId":3})";
  taken.headers = {{"set-cookie", "AWSALB=abc; Path=/; Secure"},
                   {"set-cookie", " node = 2 ; HttpOnly"},
                   {"set-cookie", "token=${token}"},
                   {"set-cookie", "nothing"}};
  CHECK((*backend)->decode(report(), taken).outcome == Outcome::pending);

  const auto asked = (*backend)->encode_poll({3, 12});

  REQUIRE(asked);
  CHECK(asked->request.method == "POST");
  CHECK(asked->request.url == "https://h:8088/prefix/services/collector/ack");
  CHECK(asked->request.body == R"({"acks":[3,12]})");
  CHECK_FALSE(asked->gzip);
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"Authorization", "Splunk ${token}"},
      {"Content-Type", "application/json"},
      {"X-Splunk-Request-Channel", sent->request.headers[2].second},
      {"Cookie", "AWSALB=abc; node=2"}};
  CHECK(asked->request.headers == headers);

  taken.headers = {{"set-cookie", "node=; Path=/"}, {"set-cookie", "AWSALB=x; Max-Age=0"}};
  (*backend)->decode(report(), taken);
  CHECK((*backend)->encode(report())->request.headers.size() == 3);

  REQUIRE((*backend)->reopen());
  CHECK((*backend)->encode(report())->request.headers[2].second != sent->request.headers[2].second);
}

TEST_CASE("what an answer to the question after ids says of each") {
  const auto poll = [](const std::string& ack, int status, const std::string& body) {
    const auto backend = open(url + "?ack=" + ack);
    HttpResponse response;
    response.status = status;
    response.body = body;
    return (*backend)->decode_poll({0, 1, 5}, response);
  };
  using Outcomes = std::vector<Outcome>;
  constexpr Outcome yes = Outcome::delivered;
  constexpr Outcome not_yet = Outcome::pending;
  const struct {
    std::string ack;
    int status;
    std::string body;
    Outcomes outcomes;
    Verdict verdict;
  } rows[] = {
      {"auto", 200, R"({"acks":{"0":true,"1":false,"5":true}})", {yes, not_yet, yes}, Verdict::up},
      {"auto", 200, R"({"acks":{"7":true}})", {not_yet, not_yet, not_yet}, Verdict::up},
      {"auto", 200, R"({"acks":{}})", {not_yet, not_yet, not_yet}, Verdict::up},
      {"auto", 200, R"({"acks":{"x":true}})", {not_yet, not_yet, not_yet}, Verdict::down},
      {"auto", 200, R"({"acks":{"0":1}})", {not_yet, not_yet, not_yet}, Verdict::down},
      {"auto", 200, hec(0, "Success"), {not_yet, not_yet, not_yet}, Verdict::down},
      {"auto", 200, "<html>", {not_yet, not_yet, not_yet}, Verdict::down},
      {"auto", 404, "", {not_yet, not_yet, not_yet}, Verdict::blocked},
      {"auto", 503, hec(9, "Server is busy"), {not_yet, not_yet, not_yet}, Verdict::throttled},
      {"auto", 403, hec(4, "Invalid token"), {not_yet, not_yet, not_yet}, Verdict::blocked},
      // Taken they were: the token just does not say more.
      {"auto", 400, hec(14, "ACK is disabled"), {yes, yes, yes}, Verdict::up},
      {"require", 400, hec(14, "ACK is disabled"), {not_yet, not_yet, not_yet}, Verdict::blocked},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    const delivery::Polled polled = poll(row.ack, row.status, row.body);
    Outcomes outcomes;
    for (const Attempt& attempt : polled.reports) outcomes.push_back(attempt.outcome);
    CHECK(outcomes == row.outcomes);
    CHECK(polled.destination.verdict == row.verdict);
    if (row.verdict != Verdict::up) CHECK(polled.destination.text.starts_with("Splunk at h:8088"));
  }
}
