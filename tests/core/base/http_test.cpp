// The client against a small server: what it sends, what it makes of answers, how it ends.
#include <doctest/doctest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <future>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/http.hpp"
#include "core/base/http_server.hpp"

using namespace ktel;
using namespace std::chrono_literals;
using test::HttpServer;
using Call = HttpServer::Call;
using Reply = HttpServer::Reply;

namespace {

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

HttpServer server_of(Reply reply) {
  return HttpServer([reply = std::move(reply)](const Call&) { return reply; });
}

std::string address(const HttpServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

}  // namespace

TEST_SUITE("core/base/http") {
  TEST_CASE("a request says what it was given and who asks, no more") {
    const HttpServer server = server_of({.status = 201, .headers = {{"X-A", "b"}}, .body = "done"});
    HttpClient client;
    HttpRequest request = get(server.url("/p?q=1"));
    request.method = "POST";
    request.body = std::string("a\0b", 3);
    request.headers = {{"Authorization", "Bearer t"}, {"X-Empty", ""}};

    const HttpResponse response = client.send_and_wait(std::move(request));

    CHECK(response.cause == HttpCause::none);
    CHECK(response.error.empty());
    CHECK(response.status == 201);
    CHECK(response.header("x-a") == "b");
    CHECK(response.body == "done");
    CHECK(response.bytes == 4);
    const Call call = server.calls().at(0);
    CHECK(call.method == "POST");
    CHECK(call.target == "/p?q=1");
    CHECK(call.body == std::string("a\0b", 3));
    CHECK(call.header("Authorization") == "Bearer t");
    CHECK(call.header("User-Agent").substr(0, 5) == "ktel/");
    CHECK(call.header("Content-Type").empty());
    CHECK(call.header("Expect").empty());
    CHECK(call.header("Accept-Encoding").empty());
    CHECK(call.header("Cookie").empty());
  }

  TEST_CASE("requests after each other share a connection") {
    const HttpServer server = server_of({.body = "x"});
    HttpClient client;
    for (int i = 0; i < 3; ++i) CHECK(client.send_and_wait(get(server.url())).status == 200);
    CHECK(server.connections() == 1);
  }

  TEST_CASE("requests beyond eight at a time wait for a connection") {
    const HttpServer server = server_of({.body = "x"});
    HttpClient client;
    std::atomic<int> left = 50;
    std::promise<void> all;
    for (int i = 0; i < 50; ++i) {
      client.send(get(server.url()), {}, [&](HttpResponse response) {
        CHECK(response.status == 200);
        if (--left == 0) all.set_value();
      });
    }
    all.get_future().wait();
    CHECK(server.connections() <= 8);
  }

  TEST_CASE("a redirect is an answer, not an order") {
    const HttpServer server = server_of({.status = 302, .headers = {{"Location", "/elsewhere"}}});
    HttpClient client;
    CHECK(client.send_and_wait(get(server.url())).status == 302);
    CHECK(server.calls().size() == 1);
  }

  TEST_CASE("cookies are not kept") {
    const HttpServer server = server_of({.headers = {{"Set-Cookie", "a=b"}}});
    HttpClient client;
    static_cast<void>(client.send_and_wait(get(server.url())));
    static_cast<void>(client.send_and_wait(get(server.url())));
    CHECK(server.calls().at(1).header("Cookie").empty());
  }

  TEST_CASE("the environment names no proxy, a request may") {
    const HttpServer server = server_of({.body = "hi"});
    const HttpServer proxy = server_of({.tunnel = true});
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    ::setenv("ALL_PROXY", proxy.url().c_str(), 1);
    ::setenv("no_proxy", "127.0.0.1", 1);
    HttpClient client;
    HttpRequest request = get(server.url("/x"));

    CHECK(client.send_and_wait(request).body == "hi");
    CHECK(proxy.calls().empty());
    request.proxy = proxy.url();
    CHECK(client.send_and_wait(request).body == "hi");
    CHECK(proxy.calls().size() == 1);
    for (const char* name : {"http_proxy", "ALL_PROXY", "no_proxy"}) ::unsetenv(name);
  }

  TEST_CASE("a proxy carries bytes and is told nothing but where to") {
    const HttpServer server = server_of({.body = "hi"});
    const HttpServer proxy = server_of({.tunnel = true});
    HttpClient client;
    HttpRequest request = get(server.url("/x"));
    request.headers = {{"Authorization", "Bearer secret"}};
    request.proxy = "http://me:word@127.0.0.1:" + std::to_string(proxy.port());

    CHECK(client.send_and_wait(std::move(request)).body == "hi");

    const Call asked = proxy.calls().at(0);
    CHECK(asked.method == "CONNECT");
    CHECK(asked.target == address(server));
    CHECK(asked.header("Authorization").empty());
    CHECK(asked.header("Proxy-Authorization") == "Basic bWU6d29yZA==");
    const Call call = server.calls().at(0);
    CHECK(call.header("Authorization") == "Bearer secret");
    CHECK(call.header("Proxy-Authorization").empty());
  }

  TEST_CASE("a proxy that refuses is named, its password is not") {
    const HttpServer server = server_of({});
    const HttpServer proxy = server_of({.status = 403});
    HttpClient client;
    HttpRequest request = get(server.url());
    request.proxy = "http://me:word@127.0.0.1:" + std::to_string(proxy.port());

    const HttpResponse response = client.send_and_wait(std::move(request));

    CHECK(response.cause == HttpCause::connect);
    CHECK(response.status == 0);
    CHECK(response.error == "the proxy " + address(proxy) + " refuses to connect to " +
                                address(server) +
                                " (HTTP 403); check its rules and its credentials");
    CHECK(server.calls().empty());
  }

  TEST_CASE("a SOCKS proxy is asked for the name, not for its address") {
    namespace asio = boost::asio;
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    auto asked = std::async(std::launch::async, [&] {
      asio::ip::tcp::socket socket = acceptor.accept();
      unsigned char bytes[5] = {};
      asio::read(socket, asio::buffer(bytes, 2));
      asio::read(socket, asio::buffer(bytes + 2, std::min<std::size_t>(bytes[1], 3)));
      asio::write(socket, asio::buffer(std::string("\x05\x00", 2)));
      asio::read(socket, asio::buffer(bytes, 5));
      std::string name(bytes[4], '\0');
      asio::read(socket, asio::buffer(name));
      return std::to_string(bytes[3]) + " " + name;
    });
    HttpClient client;
    HttpRequest request = get("http://ktel.invalid");
    request.proxy = "socks5://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());

    CHECK(client.send_and_wait(std::move(request)).cause == HttpCause::connect);
    CHECK(asked.get() == "3 ktel.invalid");
  }

  TEST_CASE("no signal is handled on the client's thread") {
    const HttpServer server = server_of({.body = "x"});
    HttpClient client;
    std::promise<bool> blocked;
    client.send(get(server.url()), {}, [&](HttpResponse) {
      sigset_t mask;
      pthread_sigmask(SIG_BLOCK, nullptr, &mask);
      bool all = true;
      for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1}) {
        all = all && sigismember(&mask, number) == 1;
      }
      blocked.set_value(all);
    });
    CHECK(blocked.get_future().get());
  }

  TEST_CASE("what never went out is not said to be sent") {
    const HttpServer server = server_of({.body = "x"});
    const test::ClosedPort closed;
    HttpClient client;
    std::stop_source stopped;
    stopped.request_stop();
    CHECK(client.send_and_wait(get(server.url())).sent);
    CHECK(client.send_and_wait(get(server.url())).sent);  // on the same connection
    CHECK_FALSE(client.send_and_wait(get(server.url()), stopped.get_token()).sent);
    CHECK_FALSE(client.send_and_wait(get("ftp://x")).sent);
    CHECK_FALSE(
        client.send_and_wait(get("http://127.0.0.1:" + std::to_string(closed.port()))).sent);
  }

  TEST_CASE("a connection that is lost before the answer is told from all other failures") {
    const test::ClosedPort closed;
    const struct {
      Reply reply;
      bool lost;
    } rows[] = {
        {{.raw = "HTTP/1.1 200 OK\r\n", .close = true}, true},
        {{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", .close = true}, false},
        {{.raw = "what?\r\n\r\n", .close = true}, false},
        {{.body = "x"}, false},
    };
    for (const auto& row : rows) {
      const HttpServer server = server_of(row.reply);
      HttpClient client;
      CHECK(client.send_and_wait(get(server.url())).lost == row.lost);
    }
    HttpClient client;
    CHECK_FALSE(
        client.send_and_wait(get("http://127.0.0.1:" + std::to_string(closed.port()))).lost);
  }

  TEST_CASE("a wait ends by itself, by a stop, or with the client") {
    const auto wait = [](HttpClient& client, std::chrono::milliseconds delay,
                         std::stop_token stop) {
      auto promise = std::make_shared<std::promise<bool>>();
      client.wait(delay, std::move(stop),
                  [promise](bool cut_short) { promise->set_value(cut_short); });
      return promise->get_future();
    };
    std::optional<HttpClient> client(std::in_place);
    CHECK_FALSE(wait(*client, 1ms, {}).get());

    std::stop_source stop;
    auto stopped = wait(*client, 1h, stop.get_token());
    stop.request_stop();
    CHECK(stopped.get());
    CHECK(wait(*client, 1h, stop.get_token()).get());  // stopped before

    auto left = wait(*client, 1h, {});
    client.reset();
    CHECK(left.get());
  }

  TEST_CASE("a body is streamed as it comes, after the head") {
    const HttpServer server = server_of({.body = std::string(300'000, 'x')});
    HttpClient client;
    HttpRequest request = get(server.url());
    std::vector<std::string> seen;
    std::size_t size = 0;
    request.on_head = [&](int status, const auto&) { seen.push_back(std::to_string(status)); };
    request.on_body = [&](std::string_view chunk) {
      if (size == 0) seen.push_back("body");
      size += chunk.size();
      return true;
    };

    const HttpResponse response = client.send_and_wait(std::move(request));

    CHECK(seen == std::vector<std::string>{"200", "body"});
    CHECK(size == 300'000);
    CHECK(response.bytes == 300'000);
    CHECK(response.body.empty());
  }

  TEST_CASE("a reader that has enough ends the transfer") {
    const HttpServer server = server_of({.body = std::string(300'000, 'x')});
    HttpClient client;
    HttpRequest request = get(server.url());
    request.on_body = [](std::string_view) { return false; };

    const HttpResponse response = client.send_and_wait(std::move(request));

    CHECK(response.cause == HttpCause::io);
    CHECK(response.error == "reading the answer of " + address(server) + " was given up");
  }

  TEST_CASE("a held body beyond its limit is a failure") {
    const HttpServer server = server_of({.body = "12345"});
    HttpClient client;
    HttpRequest request = get(server.url());
    request.max_body = 5;
    CHECK(client.send_and_wait(request).body == "12345");
    request.max_body = 4;

    const HttpResponse response = client.send_and_wait(std::move(request));

    CHECK(response.cause == HttpCause::too_large);
    CHECK(response.error == "the answer of " + address(server) +
                                " is larger than 4 bytes; check that it is the right server");
  }

  TEST_CASE("who cannot be reached is named") {
    HttpClient client;
    SUBCASE("nobody listens") {
      const test::ClosedPort closed;
      const std::string port = std::to_string(closed.port());
      const HttpResponse response = client.send_and_wait(get("http://127.0.0.1:" + port));
      CHECK(response.cause == HttpCause::connect);
      CHECK(response.error == "127.0.0.1:" + port +
                                  " refuses connections; check the port, and that a server runs "
                                  "there");
    }
    SUBCASE("the name is not known") {
      const HttpResponse response = client.send_and_wait(get("https://ktel.invalid"));
      CHECK(response.cause == HttpCause::dns);
      CHECK(response.error ==
            "the host name of ktel.invalid:443 cannot be resolved; check its spelling, and the DNS "
            "of this machine");
    }
    SUBCASE("the address is none") {
      const HttpResponse response = client.send_and_wait(get("ftp://x"));
      CHECK(response.cause == HttpCause::io);
      CHECK(response.error == "the address is not an http or https URL; check it");
    }
  }

  TEST_CASE("an answer that breaks off is a failure") {
    HttpClient client;
    SUBCASE("in the middle") {
      const HttpServer server =
          server_of({.raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", .close = true});
      const HttpResponse response = client.send_and_wait(get(server.url()));
      CHECK(response.cause == HttpCause::io);
      CHECK(response.status == 200);
      CHECK(response.error == address(server) +
                                  " closed the connection in the middle of its answer; try again, "
                                  "and check the proxies between");
    }
    SUBCASE("within its head") {
      const HttpServer server = server_of({.raw = "HTTP/1.1 200 OK\r\nContent-Le", .close = true});
      const HttpResponse response = client.send_and_wait(get(server.url()));
      CHECK(response.cause == HttpCause::io);
      CHECK(response.status == 0);
      CHECK(response.error == address(server) +
                                  " closed the connection in the middle of its answer; try again, "
                                  "and check the proxies between");
    }
    SUBCASE("before its first byte") {
      const HttpServer server = server_of({.raw = "\r\n", .close = true});
      const HttpResponse response = client.send_and_wait(get(server.url()));
      CHECK(response.cause == HttpCause::io);
      CHECK(response.status == 0);
    }
  }

  TEST_CASE("a silent server is given up") {
    const HttpServer server = server_of({.raw = "HTTP/1.1 ", .hang = true});
    HttpClient client;
    HttpRequest request = get(server.url());
    SUBCASE("when all of its time is over") {
      request.total_timeout = 100ms;
      const HttpResponse response = client.send_and_wait(std::move(request));
      CHECK(response.cause == HttpCause::timeout);
      CHECK(response.error == "no complete answer from " + address(server) +
                                  " within 0.1 s; check its load, or allow more time");
    }
    SUBCASE("when it was silent for too long") {
      request.idle_timeout = 1s;
      const HttpResponse response = client.send_and_wait(std::move(request));
      CHECK(response.cause == HttpCause::timeout);
      CHECK(response.error == address(server) +
                                  " has sent nothing for 1 s; check its load, and the proxies "
                                  "between");
    }
  }

  TEST_CASE("a header that would become two is refused, and not shown") {
    const HttpServer server = server_of({});
    HttpClient client;
    HttpRequest request = get(server.url());
    request.headers = {{"Authorization", "Bearer secret\nX-Evil: 1"}};

    const HttpResponse response = client.send_and_wait(std::move(request));

    CHECK(response.cause == HttpCause::io);
    CHECK(response.error == "a header for " + address(server) +
                                " holds a line break; check the token or setting it is made of");
    CHECK(server.calls().empty());
  }

  TEST_CASE("a stop ends the request, also one that came before") {
    std::stop_source source;
    HttpServer server([&](const Call&) {
      source.request_stop();
      return Reply{.raw = "HTTP/1.1 ", .hang = true};
    });
    HttpClient client;
    const HttpResponse during = client.send_and_wait(get(server.url()), source.get_token());
    const HttpResponse before = client.send_and_wait(get(server.url()), source.get_token());

    CHECK(during.cause == HttpCause::stopped);
    CHECK(during.error == "the request to " + address(server) + " was stopped");
    CHECK(before.cause == HttpCause::stopped);
    CHECK(server.calls().size() == 1);
  }

  TEST_CASE("a stop ends a request that waits for its turn, and the others take theirs") {
    std::promise<void> asked;
    HttpServer server([&, first = true](const Call&) mutable {
      if (std::exchange(first, false)) asked.set_value();
      return Reply{.raw = "HTTP/1.1 ", .hang = true};
    });
    HttpClient client;
    std::stop_source all;
    std::vector<std::promise<HttpCause>> ended(40);
    for (std::promise<HttpCause>& promise : ended) {
      client.send(get(server.url()), all.get_token(),
                  [&promise](HttpResponse response) { promise.set_value(response.cause); });
    }
    asked.get_future().wait();
    all.request_stop();
    for (std::promise<HttpCause>& promise : ended) {
      CHECK(promise.get_future().get() == HttpCause::stopped);
    }

    const HttpServer other = server_of({.body = "x"});
    CHECK(client.send_and_wait(get(other.url())).body == "x");
  }

  TEST_CASE("the client's end ends what is under way, each exactly once") {
    std::promise<void> asked;
    HttpServer server([&, first = true](const Call&) mutable {
      if (std::exchange(first, false)) asked.set_value();
      return Reply{.raw = "HTTP/1.1 ", .hang = true};
    });
    std::atomic<int> stopped = 0;
    {
      HttpClient client;
      for (int i = 0; i < 5; ++i) {
        client.send(get(server.url()), {}, [&](HttpResponse response) {
          if (response.cause == HttpCause::stopped) ++stopped;
        });
      }
      asked.get_future().wait();
    }
    CHECK(stopped == 5);
  }

  // Handlers of a socket and a timer are queued behind the end: libcurl must not hear of them.
  TEST_CASE("what becomes ready while the client ends is left alone") {
    const HttpServer quick = server_of({.body = "x"});
    const HttpServer silent = server_of({.raw = "HTTP/1.1 200 OK\r\n", .hang = true});
    for (int round = 0; round < 5; ++round) {
      auto client = std::make_unique<HttpClient>();
      std::promise<void> held;
      std::promise<void> go_on;
      std::atomic<int> stopped = 0;
      HttpRequest other = get(silent.url());
      other.total_timeout = 20ms;
      client->send(std::move(other), {}, [&](HttpResponse) { ++stopped; });
      client->send(get(quick.url()), {}, [&](HttpResponse) {
        held.set_value();
        go_on.get_future().wait();
      });
      held.get_future().wait();
      std::thread end([&] { client.reset(); });
      std::this_thread::sleep_for(40ms);  // its end is queued, and the other's time is over
      go_on.set_value();
      end.join();
      CHECK(stopped == 1);
    }
  }

  TEST_CASE("many threads may send and stop at the same time") {
    const HttpServer server = server_of({.body = "x"});
    HttpClient client;
    std::atomic<int> ended = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          std::stop_source source;
          std::promise<void> done;
          client.send(get(server.url()), source.get_token(), [&](HttpResponse) {
            ++ended;
            done.set_value();
          });
          if (i % 2) source.request_stop();
          done.get_future().wait();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(ended == 80);
  }
}
