// HTTP/2: many requests on one connection, and what becomes of the others when one ends badly.
#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/http.hpp"
#include "core/base/http2_server.hpp"
#include "support/certs.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace std::chrono_literals;
using test::Http2Server;
using Answer = Http2Server::Answer;

namespace {

struct Site {
  explicit Site(Http2Server::Options options) : server(ca.server(), std::move(options)) {
    auto settings = std::make_shared<TlsSettings>();
    settings->ca_pem = ca.pem();
    tls = std::move(settings);
  }

  std::future<HttpResponse> send(std::stop_token stop = {}) {
    auto promise = std::make_shared<std::promise<HttpResponse>>();
    HttpRequest request;
    request.url = server.url();
    request.tls = tls;
    request.headers = {{"Authorization", "Bearer t"}};
    client.send(std::move(request), std::move(stop),
                [promise](HttpResponse response) { promise->set_value(std::move(response)); });
    return promise->get_future();
  }

  test::TestCa ca;
  Http2Server server;
  std::shared_ptr<const TlsSettings> tls;
  HttpClient client;
};

}  // namespace

TEST_SUITE("core/base/http2") {
  TEST_CASE("requests sent together share one connection, where none waits for another") {
    constexpr unsigned many = 30;
    Site site({.together = many});  // the first is answered when the last has come
    std::vector<std::future<HttpResponse>> answers;
    for (unsigned i = 0; i < many; ++i) answers.push_back(site.send());
    for (auto& answer : answers) {
      const HttpResponse response = answer.get();
      CHECK(response.error == "");
      CHECK(response.status == 200);
      CHECK(response.body == "ok");
      CHECK(response.sent);
    }
    CHECK(site.server.connections() == 1);
    CHECK(site.server.requests() == many);
  }

  TEST_CASE("a request that is stopped takes no other with it") {
    Site site(
        {.answer = [](unsigned request) { return request == 0 ? Answer::silence : Answer::ok; }});
    std::stop_source stop;
    auto first = site.send(stop.get_token());
    REQUIRE(test::eventually([&] { return site.server.requests() > 0; }, 10s));
    auto second = site.send();
    CHECK(second.get().body == "ok");
    stop.request_stop();
    const HttpResponse stopped = first.get();
    CHECK(stopped.cause == HttpCause::stopped);
    CHECK(stopped.sent);
    CHECK(site.send().get().body == "ok");
    CHECK(site.server.connections() == 1);
  }

  TEST_CASE("a stream the server resets is a failure of its own, the connection goes on") {
    Site site(
        {.answer = [](unsigned request) { return request == 1 ? Answer::reset : Answer::ok; }});
    CHECK(site.send().get().body == "ok");
    const HttpResponse reset = site.send().get();
    CHECK(reset.cause == HttpCause::io);
    CHECK(reset.status == 0);
    CHECK(reset.lost);
    CHECK(reset.error == "127.0.0.1:" + std::to_string(site.server.port()) +
                             " closed the connection without an answer; check the scheme and the "
                             "port");
    CHECK(site.send().get().body == "ok");
  }

  TEST_CASE("a request that a server's goodbye leaves unanswered is lost, not failed") {
    Site site(
        {.answer = [](unsigned request) { return request == 1 ? Answer::refuse : Answer::ok; }});
    CHECK(site.send().get().body == "ok");
    const HttpResponse refused = site.send().get();
    CHECK(refused.cause == HttpCause::io);
    CHECK(refused.status == 0);
    CHECK(refused.lost);
    CHECK(site.send().get().body == "ok");
    CHECK(site.server.connections() == 2);
  }

  TEST_CASE("requests that share a connection which is lost are all told so") {
    Site site({.together = 2, .answer = [](unsigned) { return Answer::lose; }});
    auto first = site.send();
    auto second = site.send();
    for (auto* answer : {&first, &second}) {
      const HttpResponse response = answer->get();
      CHECK(response.cause == HttpCause::io);
      CHECK(response.status == 0);
      CHECK(response.lost);
      CHECK(response.sent);
    }
    CHECK(site.server.connections() == 1);
  }

  TEST_CASE("after a server's goodbye the next request connects again") {
    Site site(
        {.answer = [](unsigned request) { return request == 0 ? Answer::goodbye : Answer::ok; }});
    CHECK(site.send().get().body == "ok");
    CHECK(site.send().get().body == "ok");
    CHECK(site.server.connections() == 2);
  }
}
