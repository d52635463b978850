// The backend webhook: what it makes of a report, its signature, and every answer.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "delivery/open_backend.hpp"
#include "plugins/backends/load.hpp"
#include "support/process.hpp"

TEST_SUITE_BEGIN("plugins/backends/webhook");

namespace {

using namespace ktel;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;

constexpr const char* secret = "s3cret-token";

delivery::Outgoing report() {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = R"({"cluster-state":{"pods_count":12},"note":{"a":"\"é\""}})",
          .findings = 2,
          .fields = {}};
}

Result<std::shared_ptr<delivery::OpenBackend>> open(const std::string& url, bool with_token) {
  static const auto webhook = test::load_backend(KTEL_PLUGIN_FILE);
  auto destination = delivery::parse_destination(url, {});
  REQUIRE(destination);
  std::map<std::string, std::string> secrets;
  if (with_token) secrets["token"] = secret;
  auto params = delivery::bind_params(*webhook.declaration, *destination, secrets);
  if (!params) return params.error();
  delivery::SinkServices services{
      .http = nullptr, .secrets = std::make_shared<Secrets>(), .log = {}, .ktel_version = "0.1.0"};
  services.secrets->add(secret);
  return delivery::OpenBackend::open(webhook, *destination, *params, services);
}

using Headers = std::vector<std::pair<std::string, std::string>>;

Attempt answer(int status, const Headers& headers = {}, const std::string& query = "") {
  const auto backend = open("https://hooks.example/ktel" + query, false);
  HttpResponse response;
  response.status = status;
  response.body = "<html>whatever</html>";
  response.headers = headers;
  return (*backend)->decode(report(), response);
}

std::string header(const delivery::Pushed& pushed, const std::string& name) {
  for (const auto& [key, value] : pushed.request.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("a report is one JSON object, its bytes in it as they are") {
  const auto pushed = (*open("https://hooks.example:8443/ktel?gzip=1", false))->encode(report());
  REQUIRE(pushed);
  CHECK(pushed->request.method == "POST");
  CHECK(pushed->request.url == "https://hooks.example:8443/ktel");
  CHECK(pushed->gzip);
  CHECK(pushed->request.headers ==
        Headers{{"Content-Type", "application/json"}, {"Idempotency-Key", report().id}});
  CHECK(pushed->request.body ==
        R"({"id":"01936f00-0000-7000-8000-000000000001","time":1764000000,"signal":"daily",)"
        R"("version":"0.1.0","standard":1,"findings":2,"report":)"
        R"({"cluster-state":{"pods_count":12},"note":{"a":"\"é\""}}})");
}

TEST_CASE("sent again it says so, under the same id") {
  auto again = report();
  again.attempt = 3;
  const auto pushed = (*open("https://hooks.example", false))->encode(again);
  REQUIRE(pushed);
  CHECK(pushed->request.url == "https://hooks.example/");
  CHECK_FALSE(pushed->gzip);
  CHECK(header(*pushed, "Idempotency-Key") == report().id);
  CHECK(pushed->request.body.find(R"("findings":2,"attempt":3,"report":{)") != std::string::npos);
}

TEST_CASE("with a token the request is signed, and openssl makes the same signature") {
  const auto pushed = (*open("https://hooks.example/ktel", true))->encode(report());
  REQUIRE(pushed);
  const std::string signature = header(*pushed, "X-Ktel-Signature");
  const std::size_t comma = signature.find(",v1=");
  REQUIRE(comma != std::string::npos);
  REQUIRE(signature.starts_with("t="));
  const std::string time = signature.substr(2, comma - 2);
  const auto signed_by_openssl = test::run({"openssl", "dgst", "-sha256", "-r", "-hmac", secret},
                                           {.stdin_text = time + "." + pushed->request.body});
  REQUIRE(signed_by_openssl.exit_code == 0);
  CHECK(signature.substr(comma + 4) == signed_by_openssl.out.substr(0, 64));
  CHECK(header(*pushed, "Authorization") == "");
}

TEST_CASE("or the token goes along, put in by the host") {
  const auto pushed = (*open("https://hooks.example/ktel?auth=bearer", true))->encode(report());
  REQUIRE(pushed);
  CHECK(header(*pushed, "Authorization") == "Bearer ${token}");
  CHECK(header(*pushed, "X-Ktel-Signature") == "");
}

TEST_CASE("auth=bearer without a token is refused, and so is plain HTTP to another machine") {
  const auto bearer = open("https://hooks.example/ktel?auth=bearer", false);
  REQUIRE_FALSE(bearer);
  CHECK(bearer.error().message ==
        "webhook: auth=bearer sends the token, and there is none: give it with --token-file FILE "
        "or KTEL_TOKEN_FILE");
  const auto plain = open("http://hooks.example/ktel", false);
  REQUIRE_FALSE(plain);
  CHECK(plain.error().message ==
        "webhook: http:// is for this machine alone, and hooks.example is another: the report "
        "would travel in clear; write https://hooks.example");
  CHECK(open("http://127.0.0.1:8080/ktel", false).has_value());
}

TEST_CASE("every answer") {
  const std::string says = "hooks.example answers HTTP ";
  const std::string keeps = " for later reports (this one keeps the URL it was made for)";
  const std::string tried_again = ": it is tried again";
  const std::string nothing_there =
      ": nothing takes reports there; correct host, port and path in the URL" + keeps;
  const std::string token =
      ": give a token that it knows with --token-file FILE or KTEL_TOKEN_FILE, and auth=bearer or "
      "auth=hmac as it wants it";
  const std::string not_taken = ": it does not take this report";
  struct Row {
    int status;
    Outcome outcome;
    Verdict verdict;
    Cause cause;
    std::string text;  // behind `says` and the status
  };
  const auto O = Outcome::delivered;
  for (const Row& row :
       std::vector<Row>{{200, O, Verdict::up, Cause::none, ""},
                        {201, O, Verdict::up, Cause::none, ""},
                        {202, O, Verdict::up, Cause::none, ""},
                        {204, O, Verdict::up, Cause::none, ""},
                        {299, O, Verdict::up, Cause::none, ""},
                        {400, Outcome::rejected, Verdict::up, Cause::data, not_taken},
                        {401, Outcome::retry, Verdict::blocked, Cause::auth, token},
                        {403, Outcome::retry, Verdict::blocked, Cause::auth, token},
                        {404, Outcome::retry, Verdict::blocked, Cause::config, nothing_there},
                        {405, Outcome::retry, Verdict::blocked, Cause::config, nothing_there},
                        {408, Outcome::retry, Verdict::down, Cause::http, tried_again},
                        {410, Outcome::retry, Verdict::blocked, Cause::config, nothing_there},
                        {413, Outcome::rejected, Verdict::up, Cause::data, not_taken},
                        {415, Outcome::retry, Verdict::blocked, Cause::config,
                         ": it does not take JSON; give the URL of a service that does" + keeps},
                        {422, Outcome::rejected, Verdict::up, Cause::data, not_taken},
                        {425, Outcome::retry, Verdict::down, Cause::http, tried_again},
                        {429, Outcome::retry, Verdict::throttled, Cause::http, tried_again},
                        {500, Outcome::retry, Verdict::down, Cause::http, tried_again},
                        {501, Outcome::retry, Verdict::blocked, Cause::config, nothing_there},
                        {502, Outcome::retry, Verdict::down, Cause::http, tried_again},
                        {503, Outcome::retry, Verdict::throttled, Cause::http, tried_again},
                        {504, Outcome::retry, Verdict::down, Cause::http, tried_again},
                        {599, Outcome::retry, Verdict::down, Cause::http, tried_again}}) {
    CAPTURE(row.status);
    const Attempt attempt = answer(row.status, {{"retry-after", "7"}});
    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == row.verdict);
    CHECK(attempt.cause == row.cause);
    CHECK(attempt.text == says + std::to_string(row.status) + row.text);
    if (row.verdict == Verdict::throttled) CHECK(attempt.after == std::chrono::seconds(7));
  }
}

TEST_CASE("a redirect is not followed") {
  for (const int status : {301, 302, 303, 307, 308}) {
    const Attempt attempt = answer(status, {{"location", "https://login.example/"}});
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict == Verdict::blocked);
    CHECK(attempt.text ==
          "hooks.example redirects to https://login.example/ (HTTP " + std::to_string(status) +
              "), and a report is never forwarded to another address: give the address of the "
              "service itself for later reports (this one keeps the URL it was made for)");
  }
}

TEST_CASE("a service that takes no compression gets none from then on") {
  const auto backend = open("https://hooks.example/ktel?gzip=1", false);
  HttpResponse response;
  response.status = 415;
  const Attempt first = (*backend)->decode(report(), response);
  CHECK(first.outcome == Outcome::retry);
  CHECK(first.verdict == Verdict::up);
  CHECK(first.text == "hooks.example answers HTTP 415: it is tried again uncompressed");
  CHECK_FALSE((*backend)->encode(report())->gzip);
  CHECK((*backend)->decode(report(), response).verdict == Verdict::blocked);
}

TEST_SUITE_END();
