// The strict server, driven by libcurl and by raw bytes: is it as strict, and as nasty, as it says?
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "support/hec_strictd/server.hpp"
#include "support/http.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace std::chrono_literals;
using test::hec::Do;
using test::hec::On;
using test::hec::When;

namespace {

constexpr const char* channel = "01890a5d-ac96-774b-bcce-b302099a8057";

using Reply = test::HttpReply;

struct Post {
  std::string path = "/services/collector/event";
  std::string body = {};
  std::vector<std::string> headers = {"Authorization: Splunk t"};
  std::string method = "POST";
  std::string ca = {};
  test::CertKey client = {};
  std::chrono::milliseconds timeout = 10s;
};

class Client {
 public:
  explicit Client(std::string url) : http_(std::move(url)) {}

  Reply send(const Post& post) {
    return http_.send({.method = post.method,
                       .path = post.path,
                       .headers = post.headers,
                       .body = post.body,
                       .ca = post.ca,
                       .client_cert = post.client,
                       .timeout = post.timeout});
  }
  Reply event(const std::string& body) { return send({.body = body}); }

 private:
  test::HttpClient http_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++n;
  return n;
}

// What is awaited of an answer: `part` so many times.
struct Enough {
  std::string part = {};
  std::size_t times = 1;
};

// Sends bytes and returns all that comes until it is enough, the server closes or falls silent.
std::string raw(std::uint16_t port, const std::string& bytes, const Enough& enough = {},
                std::chrono::milliseconds silence = 30s) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const timeval wait = {silence.count() / 1000, (silence.count() % 1000) * 1000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::string all;
  char chunk[4096];
  for (ssize_t n; (n = ::recv(fd, chunk, sizeof chunk, 0)) > 0;) {
    all.append(chunk, static_cast<std::size_t>(n));
    if (!enough.part.empty() && count(all, enough.part) >= enough.times) break;
  }
  ::close(fd);
  return all;
}

std::string gzipped(const std::string& text) {
  z_stream stream = {};
  deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

test::hec::ServerOptions plain(test::hec::FaultScript script = {}) {
  test::hec::ServerOptions options;
  options.endpoint.tokens = {{.token = "t"}};
  options.script = std::move(script);
  return options;
}

test::hec::ServerOptions with_acks() {
  test::hec::ServerOptions options;
  options.endpoint.tokens = {{.token = "t", .use_ack = true}};
  return options;
}

std::vector<std::string> on_channel(const std::string& id = channel) {
  return {"Authorization: Splunk t", "X-Splunk-Request-Channel: " + id};
}

std::string text(int code, const std::string& message) {
  return R"({"text":")" + message + R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace

TEST_SUITE_BEGIN("support/hec_strictd");

TEST_CASE("an accepted object is journalled with its exact bytes, in memory and on disk") {
  const test::TempDir dir;
  auto options = plain();
  options.journal = dir / "journal";
  test::hec::Server server(std::move(options));
  Client client(server.url());
  const std::string event = R"({ "b":1.0, "a":"\u00e4" })";

  const Reply reply =
      client.event(R"({"time":1700000000,"host":"ktel","source":"s","sourcetype":"st","event":)" +
                   event + R"(,"fields":{"ktel_id":"id-1"}})");

  CHECK(reply.status == 200);
  CHECK(reply.body == text(0, "Success"));
  CHECK(reply.headers.find("Content-Type: application/json; charset=UTF-8\r\n") !=
        std::string::npos);
  CHECK(reply.headers.find("Server: Splunkd\r\n") != std::string::npos);
  REQUIRE(server.journal().accepted().size() == 1);
  const auto accepted = server.journal().accepted()[0];
  CHECK(accepted.event == event);
  CHECK(accepted.sha256 == test::hec::sha256_hex(event));
  CHECK(accepted.time == "1700000000");
  CHECK(accepted.host == "ktel");
  CHECK(accepted.source == "s");
  CHECK(accepted.sourcetype == "st");
  CHECK(accepted.index == "main");
  CHECK(accepted.id == "id-1");
  const auto request = server.journal().requests().at(0);
  CHECK(request.status == 200);
  CHECK(request.accepted == 1);
  CHECK(request.headers.count("authorization") == 0);
  const std::string lines = test::read_file(dir / "journal");
  CHECK(lines.find("\"sha256\":\"" + accepted.sha256) != std::string::npos);
  CHECK(lines.find("\"kind\":\"request\"") < lines.find("\"kind\":\"accepted\""));
}

TEST_CASE("what an object does not say, its token says") {
  auto options = plain();
  options.endpoint.tokens = {
      {.token = "t", .index = "i", .host = "h", .source = "s", .sourcetype = "st"}};
  test::hec::Server server(std::move(options));
  Client client(server.url());

  CHECK(client.event(R"({"event":1}{"event":2,"host":"own","source":"own","sourcetype":"own"})")
            .status == 200);
  CHECK(client.send({.path = "/services/collector/raw?source=own", .body = "x"}).status == 200);

  std::vector<std::string> said;
  for (const auto& entry : server.journal().accepted()) {
    said.push_back(entry.host + " " + entry.source + " " + entry.sourcetype + " " + entry.index);
  }
  CHECK(said == std::vector<std::string>{"h s st i", "own own own i", "h own st i"});
}

TEST_CASE("authorization is judged as Splunk does") {
  auto options = plain();
  options.endpoint.tokens = {
      {.token = "t"}, {.token = "off", .enabled = false}, {.token = "q", .query_auth = true}};
  test::hec::Server server(std::move(options));
  Client client(server.url());
  const auto with = [&](std::vector<std::string> headers, std::string query = {}) {
    const Reply reply = client.send({.path = "/services/collector/event" + query,
                                     .body = R"({"event":"x"})",
                                     .headers = std::move(headers)});
    return std::to_string(reply.status) + " " + reply.body;
  };

  CHECK(with({}) == "401 " + text(2, "Token is required"));
  CHECK(with({"Authorization: Splunk"}) == "401 " + text(2, "Token is required"));
  CHECK(with({"Authorization: Bearer t"}) == "401 " + text(3, "Invalid authorization"));
  CHECK(with({"Authorization: Splunk no"}) == "403 " + text(4, "Invalid token"));
  CHECK(with({"Authorization: Splunk off"}) == "403 " + text(1, "Token disabled"));
  CHECK(with({"Authorization: Basic dXNlcjp0"}) == "200 " + text(0, "Success"));
  CHECK(with({}, "?token=q") == "200 " + text(0, "Success"));
  CHECK(with({"Authorization: Splunk t"}, "?token=t") ==
        "400 " + text(16, "Query string authorization is not enabled"));
}

TEST_CASE("routes, methods and health") {
  test::hec::Server server(plain());
  Client client(server.url());
  const auto get = [&](const std::string& method, const std::string& path) {
    const Reply reply = client.send({.path = path, .headers = {}, .method = method});
    return std::to_string(reply.status) + " " + reply.body;
  };

  CHECK(get("GET", "/services/collector/health") == "200 " + text(17, "HEC is healthy"));
  CHECK(get("GET", "/services/collector/health/1.0") == "200 " + text(17, "HEC is healthy"));
  CHECK(get("HEAD", "/services/collector/health") == "200 ");
  CHECK(get("GET", "/services/collector/event") == "405 " + text(405, "Method Not Allowed"));
  CHECK(get("OPTIONS", "/services/collector/event/1.0") == "200 ");
  CHECK(get("GET", "/elsewhere") ==
        "404 " + text(404, "The requested URL was not found on this server."));
  CHECK(client.send({.path = "/services/collector", .body = R"({"event":1})"}).status == 200);
  CHECK(client.send({.path = "/services/collector/1.0", .body = R"({"event":1})"}).status == 200);
  CHECK(client.send({.path = "/services/collector/raw?index=i", .body = "a\nb"}).status == 200);
  CHECK(server.journal().accepted().back().event == "a\nb");
  CHECK(server.journal().accepted().back().index == "i");
  CHECK(client.send({.path = "/services/collector/raw", .body = " \n"}).body == text(5, "No data"));
}

TEST_CASE("the envelope: what is refused, with which code and number, and what was kept") {
  using test::hec::read_events;
  const auto judged = [](std::string_view body, const test::hec::EnvelopeRules& rules = {}) {
    const auto verdict = read_events(body, rules);
    std::string all = std::to_string(verdict.code);
    if (verdict.event_number) all += " #" + std::to_string(*verdict.event_number);
    for (const auto& object : verdict.accepted) all += " " + std::string(object.event);
    return all;
  };
  const std::string good = R"({"event":"g"})";

  CHECK(judged("") == "5");
  CHECK(judged(" \n") == "5");
  CHECK(judged(good + good + "\n" + good) == R"(0 "g" "g" "g")");
  CHECK(judged(R"({"event":{}}{"event":[]}{"event":0})") == "0 {} [] 0");
  CHECK(judged(good + R"({"event":null})" + good) == R"(6 #1 "g")");
  CHECK(judged(good + R"({"event":false})") == R"(6 #1 "g")");
  CHECK(judged(good + R"({"event":" "})") == R"(13 #1 "g")");
  CHECK(judged(good + R"({"time":1})") == R"(12 #1 "g")");
  CHECK(judged(R"({"event":1,"fields":{"a":{"b":1}}})") == "15 #0");
  CHECK(judged(R"({"event":1,"fields":{"a":[{}]}})") == "15 #0");
  CHECK(judged(R"({"event":1,"fields":[]})") == "6 #0");
  CHECK(judged(R"({"event":1,"fields":{"a":["x",1,true],"b":1.5}})") == "0 1");
  CHECK(judged(R"({"event":"metric","fields":{"metric_name:cpu":1}})") == R"(0 "metric")");
  CHECK(judged(good + "x") == R"(6 #1 "g")");
  CHECK(judged(good + "," + good) == R"(6 #1 "g")");
  CHECK(judged("[" + good + "]") == "6 #0");
  CHECK(judged("[" + good + ", " + good + "]", {.accept_arrays = true}) == R"(0 "g" "g")");
  CHECK(judged(good + R"({"event":1,"event":2})") == R"(6 #1 "g")");
  CHECK(judged(R"({"event":{"a":1,"a":2}})") == "6 #0");
  CHECK(judged(R"({"event":01})") == "6 #0");
  CHECK(judged("{\"event\":\"\xC3\"}") == "6 #0");
  CHECK(judged("{\"event\":\"\xED\xA0\x80\"}") == "6 #0");
  CHECK(judged(R"({"event":"\ud83d\ude00"})") == R"(0 "\ud83d\ude00")");
  CHECK(judged(R"({"event":"\ud83d"})") == "6 #0");
  CHECK(judged(R"({"event":1,"host":1})") == "6 #0");
  CHECK(judged(R"({"event":1,"time":"1.5"})") == "0 1");
  CHECK(judged(R"({"event":1,"time":"now"})") == "6 #0");
  CHECK(judged(R"({"event":1,"time":1e9})") == "6 #0");
  CHECK(judged(R"({"event":"12345"})", {.max_event = 6}) == "6 #0");

  SUBCASE("a wrong index is reported one too high") {
    const test::hec::EnvelopeRules rules = {.indexes = {"main"}};
    const std::string wrong = R"({"event":1,"index":"typo"})";
    CHECK(judged(wrong, rules) == "7 #1");
    CHECK(judged(good + wrong + good, rules) == R"(7 #2 "g")");
    CHECK(judged(R"({"event":1,"index":"main"})", rules) == "0 1");
  }
  SUBCASE("an unknown key loses the rest in silence only where that is asked for") {
    const std::string unknown = R"({"event":1,"extra":2})";
    CHECK(judged(good + unknown + good) == R"(6 #1 "g")");
    CHECK(judged(good + unknown + good, {.drop_unknown = true}) == R"(0 "g")");
    CHECK(judged(unknown, {.drop_unknown = true}) == "5");
  }
  SUBCASE("fields without event are lost in silence only where that is asked for") {
    const std::string lost = R"({"fields":{"a":1}})";
    CHECK(judged(good + lost + good) == R"(12 #1 "g")");
    CHECK(judged(good + lost + good, {.skip_fields_only = true}) == R"(0 "g" "g")");
  }
  SUBCASE("atomic: nothing of a bad request is kept") {
    CHECK(judged(good + "x", {.atomic = true}) == "6 #1");
  }
}

TEST_CASE("the answer to a bad object carries its number, and the objects before are kept") {
  test::hec::Server server(plain());
  Client client(server.url());

  const Reply reply = client.event(R"({"event":"a"}{"event":"b"}{"event":""}{"event":"c"})");

  CHECK(reply.status == 400);
  CHECK(reply.body ==
        R"({"text":"Event field cannot be blank","code":13,"invalid-event-number":2})");
  CHECK(server.journal().accepted().size() == 2);
  CHECK(server.journal().requests()[0].reason == "event is blank");
}

TEST_CASE("compression: gzip and nothing else, and the limit counts what comes out") {
  auto options = plain();
  options.endpoint.max_content_length = 1000;
  test::hec::Server server(std::move(options));
  Client client(server.url());
  const auto send = [&](const std::string& encoding, const std::string& body) {
    return client.send(
        {.body = body, .headers = {"Authorization: Splunk t", "Content-Encoding: " + encoding}});
  };
  const std::string body = R"({"event":"x"})";

  CHECK(send("gzip", gzipped(body)).status == 200);
  CHECK(send("gzip", body).status == 400);
  CHECK(send("gzip", gzipped(body).substr(0, 20)).status == 400);
  CHECK(send("deflate", body).status == 415);
  CHECK(send("gzip", gzipped(std::string(5000, ' '))).status == 413);
  const Reply large = client.event(std::string(5000, ' '));
  CHECK(large.status == 413);
  CHECK(large.headers.find("text/html") != std::string::npos);
  CHECK(client.event(body).status == 200);
  CHECK(server.journal().accepted().size() == 2);
}

TEST_CASE("acks: ids from 0 for each channel, told once, unknown ones false") {
  test::hec::Server server(with_acks());
  Client client(server.url());
  const std::string other = "01890a5d-ac96-774b-bcce-b302099a8058";
  const auto send = [&](const std::string& id) {
    return client.send({.body = R"({"event":1})", .headers = on_channel(id)}).body;
  };
  const auto ask = [&](const std::string& ids, const std::string& id = channel) {
    return client
        .send({.path = "/services/collector/ack",
               .body = "{\"acks\":[" + ids + "]}",
               .headers = on_channel(id)})
        .body;
  };

  CHECK(client.event(R"({"event":1})").body == text(10, "Data channel is missing"));
  CHECK(send("nonsense") == text(11, "Invalid data channel"));
  CHECK(send(channel) == R"({"text":"Success","code":0,"ackId":0})");
  CHECK(send(channel) == R"({"text":"Success","code":0,"ackId":1})");
  CHECK(send(other) == R"({"text":"Success","code":0,"ackId":0})");
  CHECK(ask("0,1,7") == R"({"acks":{"0":true,"1":true,"7":false}})");
  CHECK(ask("0,1") == R"({"acks":{"0":false,"1":false}})");

  SUBCASE("a restart forgets") {
    server.restart();
    CHECK(ask("0", other) == R"({"acks":{"0":false}})");
    CHECK(send(channel) == R"({"text":"Success","code":0,"ackId":0})");
  }
  SUBCASE("acks can come late, never, or be lies") {
    server.set_script({{{.what = Do::ack_late, .on = On::ack, .to = 1, .polls = 1},
                        {.what = Do::ack_never, .on = On::ack, .from = 2, .to = 2},
                        {.what = Do::ack_true, .on = On::ack, .from = 3}}});
    CHECK(ask("0", other) == R"({"acks":{"0":false}})");
    CHECK(ask("0", other) == R"({"acks":{"0":true}})");
    send(other);
    CHECK(ask("1", other) == R"({"acks":{"1":false}})");
    CHECK(ask("99", other) == R"({"acks":{"99":true}})");
  }
}

TEST_CASE("two nodes have ids that know nothing of each other") {
  auto options = with_acks();
  options.endpoint.nodes = 2;
  test::hec::Server server(std::move(options));
  Client first(server.url());
  Client second(server.url());
  const auto send = [](Client& client) {
    return client.send({.body = R"({"event":1})", .headers = on_channel()}).body;
  };

  CHECK(send(first) == R"({"text":"Success","code":0,"ackId":0})");
  CHECK(send(second) == R"({"text":"Success","code":0,"ackId":0})");
  CHECK(send(first) == R"({"text":"Success","code":0,"ackId":1})");
}

TEST_CASE("polling a token without acks is refused") {
  test::hec::Server server(plain());
  Client client(server.url());

  CHECK(client.send({.path = "/services/collector/ack", .body = R"({"acks":[0]})"}).body ==
        text(14, "ACK is disabled"));
}

TEST_CASE("scripted answers: nothing is committed unless the script says so") {
  test::hec::Server server(plain({{
      {.what = Do::status, .to = 0, .status = 503, .retry_after = "7"},
      {.what = Do::status,
       .from = 1,
       .to = 1,
       .status = 500,
       .body = "broken",
       .content_type = "x/y"},
      {.what = Do::redirect, .from = 2, .to = 2, .location = "https://elsewhere.example/"},
      {.what = Do::html, .from = 3, .to = 3},
      {.what = Do::too_large, .from = 4, .to = 4, .size = 5},
      {.what = Do::revoke, .from = 5, .to = 5},
      {.what = Do::status, .from = 6, .to = 6, .status = 503, .commit = true},
      {.what = Do::status, .from = 7, .to = 7, .code = 7, .event_number = 1},
  }}));
  Client client(server.url());
  const auto send = [&] { return client.event(R"({"event":"x"})"); };

  const Reply busy = send();
  CHECK(busy.status == 503);
  CHECK(busy.body == text(9, "Server is busy"));
  CHECK(busy.headers.find("Retry-After: 7\r\n") != std::string::npos);
  const Reply broken = send();
  CHECK(broken.status == 500);
  CHECK(broken.body == "broken");
  CHECK(broken.headers.find("Content-Type: x/y\r\n") != std::string::npos);
  const Reply moved = send();
  CHECK(moved.status == 307);
  CHECK(moved.headers.find("Location: https://elsewhere.example/\r\n") != std::string::npos);
  const Reply portal = send();
  CHECK(portal.status == 200);
  CHECK(portal.body.find("<html>") != std::string::npos);
  CHECK(send().status == 413);
  CHECK(send().body == text(4, "Invalid token"));
  CHECK(server.journal().accepted().empty());
  CHECK(send().status == 503);
  CHECK(server.journal().accepted().size() == 1);
  CHECK(send().body == R"({"text":"Incorrect index","code":7,"invalid-event-number":1})");
  CHECK(send().status == 200);
  CHECK(server.journal().requests()[0].fault == "status");
}

TEST_CASE("connections cut at every point, and what had been committed by then") {
  std::size_t committed = 0;
  test::hec::Fault fault = {.what = Do::close, .to = 0};
  SUBCASE("before the body is read") { fault.when = When::before_read; }
  SUBCASE("in the middle of the body") { fault.when = When::mid_body; }
  SUBCASE("after the body, before the commit") { fault.when = When::before_commit; }
  SUBCASE("after the commit, before the answer") {
    fault.when = When::after_commit;
    committed = 1;
  }
  SUBCASE("in the middle of the answer") {
    fault.when = When::mid_answer;
    committed = 1;
  }
  SUBCASE("with a reset") {
    fault.when = When::after_commit;
    fault.reset = true;
    committed = 1;
  }
  test::hec::Server server(plain({{fault}}));
  Client client(server.url());

  CHECK(client.event(R"({"event":"x"})").result != CURLE_OK);
  CHECK(server.journal().accepted().size() == committed);
  CHECK(server.journal().requests().at(0).status == 0);
  CHECK(client.event(R"({"event":"x"})").status == 200);
}

TEST_CASE("an answer cut in its head is no answer, though libcurl takes it for an empty 200") {
  test::hec::Server server(plain({{{.what = Do::close, .to = 0, .when = When::mid_head}}}));
  Client client(server.url());

  const Reply reply = client.event(R"({"event":"x"})");

  CHECK(reply.body.empty());
  CHECK(server.journal().accepted().size() == 1);
}

TEST_CASE("silence and closing at accept") {
  test::hec::Server server(plain({{{.what = Do::close, .on = On::connection, .to = 0},
                                   {.what = Do::silent, .on = On::connection, .from = 1, .to = 1},
                                   {.what = Do::silent, .to = 0}}}));

  CHECK(Client(server.url()).event(R"({"event":1})").result != CURLE_OK);
  CHECK(Client(server.url()).send({.body = "{}", .timeout = 1s}).result ==
        CURLE_OPERATION_TIMEDOUT);
  CHECK(server.journal().requests().empty());
  CHECK(Client(server.url()).send({.body = "{}", .timeout = 1s}).result ==
        CURLE_OPERATION_TIMEDOUT);
  CHECK(server.journal().wait_requests(1, 30s));
  CHECK(Client(server.url()).event(R"({"event":1})").status == 200);
}

TEST_CASE("a delay before or after the commit") {
  constexpr auto for_ever = 1h;  // the server's end cuts it short
  const auto delayed = [](When when, std::chrono::milliseconds delay) {
    return plain({{{.what = Do::delay, .when = when, .delay = delay}}});
  };
  const test::hec::Fault defaults = {};

  SUBCASE("before: nothing is kept until it is over") {
    test::hec::Server server(delayed(defaults.when, for_ever));
    Client client(server.url());
    CHECK(client.send({.body = R"({"event":1})", .timeout = 1s}).result ==
          CURLE_OPERATION_TIMEDOUT);
    CHECK(server.journal().wait_requests(1, 30s));
    CHECK(server.journal().accepted().empty());
  }
  SUBCASE("after: it is kept, and the client does not hear of it") {
    test::hec::Server server(delayed(When::after_commit, for_ever));
    Client client(server.url());
    CHECK(client.send({.body = R"({"event":1})", .timeout = 1s}).result ==
          CURLE_OPERATION_TIMEDOUT);
    CHECK(server.journal().wait_accepted(1, 30s));
    CHECK(server.journal().requests().at(0).status == 0);
  }
  SUBCASE("and then it goes on") {
    test::hec::Server server(delayed(defaults.when, 10ms));
    Client client(server.url());
    CHECK(client.event(R"({"event":1})").status == 200);
    CHECK(server.journal().accepted().size() == 1);
  }
}

TEST_CASE("the same seed hits the same requests") {
  const auto hits = [](std::uint64_t seed) {
    const test::hec::FaultScript script({{.what = Do::html, .chance = 0.2}}, seed);
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t n = 0; n < 1000; ++n) {
      if (script.effects(On::event, n, n, 0ms).answer) numbers.push_back(n);
    }
    return numbers;
  };

  CHECK(hits(1) == hits(1));
  CHECK(hits(1) != hits(2));
  CHECK(hits(1).size() > 150);
  CHECK(hits(1).size() < 250);
}

TEST_CASE("a script is read from JSON, and a mistake in it is named") {
  using test::hec::FaultScript;
  const auto script = FaultScript::parse(
      R"({"seed":1,"faults":[{"do":"close","when":"after_commit","from":2},
                              {"do":"revoke","after_ms":100,"until_ms":200}]})");

  CHECK_FALSE(script.effects(On::event, 1, 1, 0ms).close);
  CHECK(script.effects(On::event, 2, 2, 0ms).close == When::after_commit);
  CHECK(script.effects(On::ack, 0, 0, 150ms).revoked);
  CHECK_FALSE(script.effects(On::ack, 0, 0, 200ms).revoked);
  CHECK_THROWS_WITH(FaultScript::parse(R"({"faults":[{"do":"explode"}]})"),
                    "fault script: do cannot be \"explode\"");
  CHECK_THROWS_WITH(FaultScript::parse(R"({"faults":[{"do":"html","form":1}]})"),
                    "fault script: unknown member \"form\"");
}

TEST_CASE("HTTP as raw bytes: pipelining, chunks, Expect, HTTP/1.0, a body that never ends") {
  test::hec::Server server(plain());
  const std::string head =
      "POST /services/collector/event HTTP/1.1\r\nHost: h\r\n"
      "Authorization: Splunk t\r\n";
  const std::string one = head + "Content-Length: 11\r\n\r\n{\"event\":1}";
  const std::string success = R"({"text":"Success","code":0})";

  CHECK(count(raw(server.port(), one + one + one, {.part = success, .times = 3}),
              "HTTP/1.1 200 OK") == 3);
  CHECK(count(raw(server.port(), head + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                                        "4\r\n{\"ev\r\n7\r\nent\":1}\r\n0\r\n\r\n"),
              "200 OK") == 1);
  CHECK(raw(server.port(), head + "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n",
            {.part = "\r\n\r\n"}) == "HTTP/1.1 100 Continue\r\n\r\n");
  const std::string old = raw(server.port(),
                              "POST /services/collector HTTP/1.0\r\n"
                              "Authorization: Splunk t\r\nContent-Length: 11\r\n\r\n"
                              "{\"event\":1}");
  CHECK(old.rfind("HTTP/1.0 200 OK", 0) == 0);
  CHECK(raw(server.port(), head + "Content-Length: 500\r\n\r\n{\"event\"", {}, 300ms).empty());
  CHECK(server.journal().accepted().size() == 5);
  CHECK(server.journal().wait_requests(7, 30s));  // the cut ones too
}

TEST_CASE("TLS: the certificate decides, and the client's where one is asked for") {
  const test::TestCa ca;
  auto options = plain();
  CURLcode expected = CURLE_OK;
  test::CertKey client_cert;
  SUBCASE("good") { options.cert = ca.server(); }
  SUBCASE("expired") {
    options.cert = ca.expired();
    expected = CURLE_PEER_FAILED_VERIFICATION;
  }
  SUBCASE("for another name") {
    options.cert = ca.wrong_name();
    expected = CURLE_PEER_FAILED_VERIFICATION;
  }
  SUBCASE("self-signed") {
    options.cert = test::self_signed();
    expected = CURLE_PEER_FAILED_VERIFICATION;
  }
  SUBCASE("client certificate asked for and given") {
    options.cert = ca.server();
    options.client_ca = ca.pem();
    client_cert = ca.client("sender");
  }
  SUBCASE("client certificate asked for and missing") {
    options.cert = ca.server();
    options.client_ca = ca.pem();
    expected = CURLE_RECV_ERROR;
  }
  test::hec::Server server(std::move(options));
  Client client(server.url());

  const Reply reply =
      client.send({.body = R"({"event":1})", .ca = ca.pem(), .client = client_cert});

  CHECK(reply.result == expected);
  CHECK(reply.status == (expected == CURLE_OK ? 200 : 0));
}

TEST_CASE("the program: port file, journal, and an end at SIGTERM") {
  const char* program = std::getenv("HEC_STRICTD");
  REQUIRE(program != nullptr);
  const test::TempDir dir;
  const test::TestCa ca;
  const test::CertFiles files = ca.server().write(dir, "server");
  test::Process process({program, "--token", "t", "--cert", files.cert, "--key", files.key,
                         "--journal", dir / "journal", "--port-file", dir / "port", "--script",
                         dir.write("script", R"({"faults":[{"do":"html","to":0}]})")});
  REQUIRE(test::eventually([&] { return std::filesystem::exists(dir / "port"); }, 10s));
  Client client("https://127.0.0.1:" + std::to_string(std::stoi(test::read_file(dir / "port"))));

  CHECK(client.send({.body = R"({"event":1})", .ca = ca.pem()}).body.find("<html>") !=
        std::string::npos);
  CHECK(client.send({.body = R"({"event":1})", .ca = ca.pem()}).body == text(0, "Success"));
  CHECK(test::read_file(dir / "journal").find("\"kind\":\"accepted\"") != std::string::npos);
  CHECK(process.stop().exit_code == 0);
  CHECK(test::run({program}).err == "hec_strictd: --token is required\n");
}

TEST_SUITE_END();
