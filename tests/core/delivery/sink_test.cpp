// open_sink end to end: the plugin splunk over TLS against a strict HEC server.
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <string>

#include "core/base/http_server.hpp"
#include "core/delivery/fake_backend.hpp"
#include "core/delivery/ledger_dir.hpp"
#include "delivery/courier.hpp"
#include "delivery/sink.hpp"
#include "plugin/host_call.hpp"
#include "plugins/backends/load.hpp"
#include "support/certs.hpp"
#include "support/hec_strictd/server.hpp"
#include "support/process.hpp"

TEST_SUITE_BEGIN("core/delivery/sink");

namespace {

using namespace ktel;
using namespace std::chrono_literals;
using delivery::Answer;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;
using test::hec::Do;
using test::hec::Fault;

const std::string token = "5ec7e7f0-0000-4000-8000-000000000001";
const std::string body =
    R"({"foo":{"blue":"#0000ff","red":"#ff0000"},"identify-platform":{"arch":"amd64"}})";

delivery::Outgoing report() {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = body,
          .findings = 0,
          .fields = {}};
}

// A server, its authority's certificate in a file, and a client.
struct World {
  test::TestCa ca;
  test::TempDir dir;
  std::filesystem::path ca_file = dir.write("ca.pem", ca.pem());
  test::hec::Server server;
  std::shared_ptr<HttpClient> http = std::make_shared<HttpClient>();
  std::shared_ptr<Secrets> secrets = std::make_shared<Secrets>();

  explicit World(std::vector<Fault> faults = {}, bool tls = true)
      : server({.endpoint = {.tokens = {{.token = token}}},
                .cert = tls ? ca.server() : test::CertKey{},
                .script = test::hec::FaultScript(std::move(faults))}) {}

  Env env;

  Result<std::shared_ptr<delivery::Sink>> sink(const std::string& url,
                                               const std::string& with_token = token,
                                               bool trusted = true) const {
    static const auto splunk = test::load_backend(KTEL_SPLUNK_FILE);
    delivery::DestinationOptions options;
    if (trusted) options.ca_file = ca_file;
    auto destination = delivery::parse_destination(url, options);
    if (!destination) return destination.error();
    std::map<std::string, std::string> given;
    if (!with_token.empty()) given["token"] = with_token;
    return delivery::open_sink(
        splunk, *destination, given,
        {.http = http, .secrets = secrets, .log = {}, .ktel_version = "0.1.0", .env = env});
  }

  std::string at() const { return "Splunk at " + server.authority() + " "; }
  std::string url(const std::string& query = "") const {
    return "splunk://" + server.authority() + query;
  }
};

Attempt send(delivery::Sink& sink, std::stop_token stop = {}) {
  std::promise<Attempt> promise;
  sink.send(report(), stop, [&](Answer said) { promise.set_value(said.judge()); });
  return promise.get_future().get();
}

Attempt send(const World& world, const std::string& query = "") {
  const auto sink = world.sink(world.url(query));
  REQUIRE(sink);
  return send(**sink);
}

}  // namespace

TEST_CASE("the event at the receiver is the report's bytes, compressed or not") {
  World world;
  for (const char* query : {"", "?gzip=0"}) {
    CAPTURE(query);
    const Attempt attempt = send(world, query);
    CHECK(attempt.outcome == Outcome::delivered);
    CHECK(attempt.verdict == Verdict::up);
    CHECK(attempt.text == world.at() + "answers \"Success\" (HTTP 200, code 0)");
  }

  const auto accepted = world.server.journal().accepted();
  REQUIRE(accepted.size() == 2);
  for (const auto& entry : accepted) {
    CHECK(entry.event == body);
    CHECK(entry.id == report().id);
    CHECK(entry.host == "ktel");
    CHECK(entry.source == "ktel");
    CHECK(entry.sourcetype == "ktel:report");
    CHECK(entry.time == "1764000000");
  }
  const auto requests = world.server.journal().requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].path == "/services/collector/event");
  CHECK(requests[0].headers.at("content-encoding") == "gzip");
  CHECK(requests[1].headers.count("content-encoding") == 0);
  CHECK(requests[0].headers.count("transfer-encoding") == 0);
  CHECK(requests[0].conn == requests[1].conn);
}

TEST_CASE("plain HTTP works to this machine") {
  World world({}, false);
  const auto sink = world.sink("splunk+http://" + world.server.authority());
  REQUIRE(sink);
  CHECK(send(**sink).outcome == Outcome::delivered);
}

TEST_CASE("a preview shows what would go out, the token not in it") {
  World world;
  const auto sink = world.sink(world.url());
  REQUIRE(sink);

  const auto preview = (*sink)->preview(report());

  REQUIRE(preview);
  CHECK(preview->url == world.server.url() + "/services/collector/event");
  CHECK(preview->headers[0] ==
        std::pair<std::string, std::string>("Authorization", "Splunk ${token}"));
  CHECK(preview->body.find("\"event\":" + body) != std::string::npos);
  CHECK(world.server.journal().requests().empty());
}

TEST_CASE("without a token nothing opens") {
  World world;
  const auto sink = world.sink(world.url(), "");
  REQUIRE_FALSE(sink);
  CHECK(sink.error().message ==
        "splunk needs a token: give it with --token-file FILE or KTEL_TOKEN_FILE (or KTEL_TOKEN)");
}

TEST_CASE("an untrusted certificate is named with what to give") {
  World world;
  const auto sink = world.sink(world.url(), token, false);
  REQUIRE(sink);

  const Attempt attempt = send(**sink);

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::tls);
  CHECK(attempt.text == "the certificate of " + world.server.authority() +
                            " is signed by an unknown authority; give the CA certificate that "
                            "signed it (whom to trust: --ca-file FILE, or ca=, server_name=, pin= "
                            "in the URL)");
  CHECK(world.server.journal().requests().empty());
}

TEST_CASE("a refused token is the operator's to change") {
  World world;
  const auto wrong = world.sink(world.url(), "0000-wrong-token");
  const Attempt forbidden = send(**wrong);
  CHECK(forbidden.verdict == Verdict::blocked);
  CHECK(forbidden.cause == Cause::auth);
  CHECK(forbidden.text == world.at() +
                              "answers \"Invalid token\" (HTTP 403, code 4): give the token of an "
                              "enabled HEC input with --token-file FILE or KTEL_TOKEN_FILE");

  world.server.set_script({{Fault{.what = Do::status, .status = 401, .code = 3}}});
  const Attempt unauthorized = send(world);
  CHECK(unauthorized.verdict == Verdict::blocked);
  CHECK(unauthorized.cause == Cause::auth);
  CHECK(unauthorized.text ==
        world.at() +
            "answers \"Invalid authorization\" (HTTP 401, code 3): give the token of an "
            "enabled HEC input with --token-file FILE or KTEL_TOKEN_FILE");
}

TEST_CASE("every failure of a receiver has its sentence") {
  const struct {
    Fault fault;
    Outcome outcome;
    Verdict verdict;
    std::string text;
  } rows[] = {
      {{.what = Do::status, .status = 400, .code = 6},
       Outcome::rejected,
       Verdict::up,
       "answers \"Invalid data format\" (HTTP 400, code 6): it does not take this report"},
      {{.what = Do::status, .status = 503, .code = 9, .retry_after = "2"},
       Outcome::retry,
       Verdict::throttled,
       "answers \"Server is busy\" (HTTP 503, code 9): it is tried again"},
      {{.what = Do::redirect, .status = 302, .location = "https://login.example/"},
       Outcome::retry,
       Verdict::blocked,
       "redirects to https://login.example/ (HTTP 302), and a token is never forwarded to another "
       "address: give the address of the HTTP Event Collector itself for later reports (this one "
       "keeps the URL it was made for)"},
      {{.what = Do::html},
       Outcome::retry,
       Verdict::down,
       "answers HTTP 200 and a web page: the endpoint is not HEC, so the report counts as not "
       "delivered: correct host, port and path in the URL for later reports (this one keeps the "
       "URL it was made for), or look at the proxy between"},
  };
  for (const auto& row : rows) {
    World world({row.fault});
    const Attempt attempt = send(world);
    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == row.verdict);
    CHECK(attempt.text == world.at() + row.text);
    if (!row.fault.retry_after.empty()) CHECK(attempt.after == 2s);
    CHECK(world.server.journal().accepted().empty());
  }
}

TEST_CASE("a token with indexer acknowledgement: pending, until the indexers say so, once") {
  World world;
  world.server.set_tokens({{.token = token, .use_ack = true}});
  const auto one = world.sink(world.url());
  const auto two = world.sink(world.url());
  const auto poll = [](delivery::Sink& sink, std::vector<std::uint64_t> tokens) {
    std::promise<delivery::Polled> promise;
    sink.poll(std::move(tokens), {},
              [&](delivery::PollAnswer said) { promise.set_value(said.judge()); });
    return promise.get_future().get();
  };

  const Attempt first = send(**one);
  CHECK(first.outcome == Outcome::pending);
  CHECK(first.token == 0);
  CHECK(send(**one).token == 1);
  CHECK(send(**two).token == 0);
  const delivery::Polled told = poll(**one, {0, 1, 2});
  CHECK(told.reports[0].outcome == Outcome::delivered);
  CHECK(told.reports[1].outcome == Outcome::delivered);
  CHECK(told.reports[2].outcome == Outcome::pending);
  CHECK(told.destination.verdict == Verdict::up);
  CHECK(poll(**one, {0}).reports[0].outcome == Outcome::pending);  // forgotten
  CHECK(poll(**two, {0}).reports[0].outcome == Outcome::delivered);

  const auto requests = world.server.journal().requests();
  CHECK(requests[0].channel.size() == 36);
  CHECK(requests[0].channel == requests[1].channel);
  CHECK(requests[0].channel != requests[2].channel);
  CHECK(requests[3].path == "/services/collector/ack");
  CHECK(requests[3].channel == requests[0].channel);

  REQUIRE((*one)->reopen());
  CHECK(send(**one).token == 0);
  CHECK(world.server.journal().requests().back().channel != requests[0].channel);

  const auto gone = world.sink("splunk+http://127.0.0.1:1");
  const delivery::Polled lost = poll(**gone, {4});
  CHECK(lost.reports[0].outcome == Outcome::pending);
  CHECK(lost.destination.verdict == Verdict::down);
  CHECK(lost.destination.cause == Cause::connect);
}

TEST_CASE("reports are delivered to two endpoints by their acknowledgements, over TLS") {
  World world({{.what = Do::ack_late, .on = test::hec::On::ack, .polls = 1}});
  World other;
  for (World* one : {&world, &other}) {
    one->server.set_tokens({{.token = token, .use_ack = true}});
  }
  const auto a = world.sink(world.url());
  const auto b = other.sink(other.url());
  const test::LedgerDir dir;
  const auto ledger = dir.open();
  for (int n = 1; n <= 8; ++n) {
    auto row = test::row(n);
    row.destination = (*a)->destination().url;
    REQUIRE(ledger->append(row));
  }

  const auto drained = delivery::drain(*ledger, {*a, *b}, {}, {});

  REQUIRE(drained);
  CHECK(drained->state == delivery::State::delivered);
  CHECK(drained->others_delivered == 8);
  const std::size_t here = world.server.journal().accepted().size();
  const std::size_t there = other.server.journal().accepted().size();
  CHECK(here > 0);
  CHECK(there > 0);
  CHECK(here + there == 8);
}

TEST_CASE("the environment's proxy is asked, unless the URL names another") {
  const test::HttpServer proxy([](const auto&) { return test::HttpServer::Reply{.status = 403}; });
  const test::HttpServer other([](const auto&) { return test::HttpServer::Reply{.status = 403}; });
  const std::string at = "127.0.0.1:" + std::to_string(proxy.port());
  World world;
  std::map<std::string, std::string> set = {{"HTTPS_PROXY", "http://" + at}};
  world.env = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
  };

  const Attempt refused = send(**world.sink("splunk://splunk.example"));
  CHECK(refused.cause == Cause::connect);
  CHECK(refused.text.find("the proxy " + at + " refuses to connect to splunk.example:8088") == 0);
  CHECK(proxy.calls().size() == 1);
  CHECK(proxy.calls()[0].method == "CONNECT");
  CHECK(proxy.calls()[0].header("authorization").empty());

  CHECK(send(**world.sink("splunk://splunk.example?proxy=" + other.url())).cause == Cause::connect);
  CHECK(other.calls().size() == 1);

  CHECK(send(**world.sink(world.url())).outcome == Outcome::delivered);  // this machine
  CHECK(proxy.calls().size() == 1);

  set["HTTPS_PROXY"] = "http://me:hunter2@" + at;
  REQUIRE(world.sink("splunk://splunk.example"));
  CHECK(world.secrets->scrub("the proxy says hunter2") == "the proxy says ***");

  set["HTTPS_PROXY"] = "gopher://hunter2@proxy";
  const auto unusable = world.sink("splunk://splunk.example");
  REQUIRE_FALSE(unusable);
  CHECK(unusable.error().code == Errc::bad_input);
  CHECK(unusable.error().message.find("HTTPS_PROXY names a proxy that is neither") == 0);
}

TEST_CASE("a report that cannot be encoded is dead, and the next one goes on") {
  World world;
  test::FakeBackend fake;
  fake.encode = [&](ktel_call* call, const ktel_report* report) -> ktel_status {
    if (plugin::view(report->body) == R"({"n":1})") {
      call->host->fail(call, KTEL_E_LIMIT, plugin::abi("more than one event holds"));
      return KTEL_E_LIMIT;
    }
    const std::string url = world.server.url() + "/services/collector/event";
    const std::string authorization = "Splunk " + token;
    const ktel_header headers[] = {{plugin::abi("Authorization"), plugin::abi(authorization)}};
    ktel_request request;
    KTEL_SIZED(request);
    request.method = plugin::abi("POST");
    request.url = plugin::abi(url);
    request.body = plugin::abi(R"({"event":1})");
    request.headers = headers;
    request.header_count = 1;
    return KTEL_SERVICE(call, delivery)->request(call, &request);
  };
  fake.decode = [](ktel_call* call, const ktel_report*, const ktel_response* response) {
    ktel_outcome outcome;
    KTEL_SIZED(outcome);
    outcome.result = response->status == 200 ? KTEL_DELIVERED : KTEL_RETRY;
    return KTEL_SERVICE(call, delivery)->outcome(call, 0, &outcome);
  };
  const auto destination =
      delivery::parse_destination("fake://" + world.server.authority(), {.ca_file = world.ca_file});
  const auto sink = delivery::open_sink(
      fake.loaded(), *destination, {},
      {.http = world.http, .secrets = world.secrets, .log = {}, .ktel_version = "0.1.0"});
  REQUIRE(sink);
  const test::LedgerDir dir;
  const auto ledger = dir.open();
  for (int n = 1; n <= 2; ++n) {
    auto row = test::row(n);
    row.destination = destination->url;
    REQUIRE(ledger->append(row));
  }

  const auto drained = delivery::drain(*ledger, {*sink}, {}, {});

  REQUIRE(drained);
  CHECK(drained->state == delivery::State::delivered);
  CHECK(drained->others_delivered == 1);
  CHECK(drained->others_dead == 1);
  CHECK(ledger->at(1)->value().state == delivery::State::dead);
  CHECK(ledger->at(1)->value().text == "encode: fake: more than one event holds");
  CHECK(ledger->at(2)->value().state == delivery::State::delivered);
}

TEST_CASE("a closed port is a matter of the network") {
  World world;
  const test::ClosedPort closed;
  const std::string authority = "127.0.0.1:" + std::to_string(closed.port());
  const auto sink = world.sink("splunk://" + authority);

  const Attempt attempt = send(**sink);

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::connect);
  CHECK(attempt.text ==
        authority + " refuses connections; check the port, and that a server runs there");
}

TEST_CASE("a silent port is given up after the time allowed") {
  World world({Fault{.what = Do::silent}});

  const Attempt attempt = send(world, "?timeout=2.5");

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::timeout);
  CHECK(attempt.text == "no complete answer from " + world.server.authority() +
                            " within 2.5 s; check its load, or allow more time");
}

TEST_CASE("a wait that ends first says where the request was stuck") {
  World world({Fault{.what = Do::silent}});
  const auto sink = world.sink(world.url());
  const test::LedgerDir dir;
  const auto ledger = dir.open();
  auto row = test::row(1);
  row.destination = world.url();
  const auto seq = ledger->append(row);

  delivery::CourierOptions options;
  options.wait = 2'500ms;

  const auto result = delivery::deliver(*ledger, {*sink}, *seq, options, {});

  REQUIRE(result);
  CHECK(result->state == delivery::State::queued);
  CHECK(result->last.cause == Cause::timeout);
  CHECK(result->last.text.find("no complete answer from " + world.server.authority() +
                               " within 2.") == 0);
  CHECK(result->last.text.ends_with(" s; check its load, or allow more time"));
}

TEST_CASE("a stop ends a send under way") {
  World world({Fault{.what = Do::silent}});
  const auto sink = world.sink(world.url());
  std::stop_source stop;
  std::promise<Attempt> promise;

  (*sink)->send(report(), stop.get_token(), [&](Answer said) { promise.set_value(said.judge()); });
  CHECK(world.server.journal().wait_requests(1, 10s));
  stop.request_stop();
  const Attempt attempt = promise.get_future().get();

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.cause == Cause::stopped);
  CHECK(send(**sink, stop.get_token()).cause == Cause::stopped);
}

TEST_CASE("a sink may go while an answer is on its way") {
  World world({Fault{.what = Do::delay, .delay = 100ms}});
  std::promise<Attempt> promise;
  {
    const auto sink = world.sink(world.url());
    (*sink)->send(report(), {}, [&](Answer said) { promise.set_value(said.judge()); });
  }
  CHECK(promise.get_future().get().outcome == Outcome::delivered);
}
