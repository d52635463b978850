// Ctrl-C and SIGTERM while collecting and while sending: a clean end, and nothing lost.
//
// Each server here, left alone, holds the run for half a minute and more, which is how long ktel
// waits for a connection: a stop that waits for one does not pass.
#include <doctest/doctest.h>
#include <signal.h>

#include <memory>
#include <sstream>
#include <thread>
#include <utility>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// The process has taken the signal: it does not wait for one of its threads any more.
bool taken(pid_t pid, int signal) {
  std::istringstream status(test::read_file("/proc/" + std::to_string(pid) + "/status"));
  const std::string name = "ShdPnd:";  // of the process as a whole, as a mask in hexadecimal
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(name)) continue;
    return (std::stoull(line.substr(name.size()), nullptr, 16) >> (signal - 1) & 1) == 0;
  }
  return false;
}

constexpr const char* body = R"({"tests-count":{"is_ready":true,"items_count":3}})";

}  // namespace

TEST_SUITE_BEGIN("end_to_end/signals");

TEST_CASE("interrupted while collecting: nothing is recorded and nothing is sent") {
  int signal = SIGINT;
  int code = 130;
  test::HttpServer::Reply reply{.raw = "HTTP/1.1 200 OK\r\n", .hang = true};
  SUBCASE("SIGINT, half a head") {}
  SUBCASE("SIGTERM") {
    signal = SIGTERM;
    code = 143;
  }
  SUBCASE("half a list") {
    reply.raw =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
        "{\"kind\":\"PodList\",\"items\":[";
  }
  SUBCASE("half an error") {
    reply.raw = "HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\nbec";
  }
  SUBCASE("a list that never ends, drop by drop") {
    const auto begun = std::make_shared<bool>();
    reply = {.headers = {{"Content-Type", "application/json"}}, .more = [begun] {
               std::this_thread::sleep_for(20ms);
               return std::exchange(*begun, true) ? std::string(" ") : "{\"items\":[";
             }};
  }
  SUBCASE("busy for a minute") {
    reply = {.status = 429, .headers = {{"Retry-After", "60"}}, .body = "busy"};
  }
  const test::User user;
  test::Receiver receiver(user);
  test::FakeApiServer api;
  api.always("/", reply);
  const auto config = user.home().write("kubeconfig", test::kubeconfig(api.url()));
  auto ktel =
      user.start(test::Words{"workflows", "run", "--jobs", "tests-pods", "--kubeconfig", config} +
                 test::test_plugins() + receiver.options());
  REQUIRE(test::eventually([&] { return !api.requests().empty(); }, 30s));

  ktel.send_signal(signal);
  const auto r = ktel.wait(10s);
  REQUIRE(r);
  CHECK(r->exit_code == code);
  CHECK(r->out == "");
  CHECK_MESSAGE(r->err.ends_with("ktel: stopped while collecting; nothing was sent\n"), r->err);
  CHECK(receiver.server().journal().requests().empty());
  CHECK(user.recorded() == 0);
}

TEST_CASE("interrupted while the API server does not answer the TLS handshake") {
  const test::User user;
  const test::FakeApiServer api;  // waits for a line of plain HTTP, which does not come
  const auto config = user.home().write(
      "kubeconfig", test::kubeconfig("https" + api.url().substr(std::string("http").size())));
  auto ktel =
      user.start(test::Words{"workflows", "run", "--jobs", "tests-pods", "--kubeconfig", config} +
                 test::test_plugins());
  REQUIRE(test::eventually([&] { return api.connections() > 0; }, 30s));

  ktel.send_signal(SIGINT);
  const auto r = ktel.wait(10s);

  REQUIRE(r);
  CHECK(r->exit_code == 130);
  CHECK_MESSAGE(r->err.ends_with("ktel: stopped while collecting; nothing was sent\n"), r->err);
}

TEST_CASE("interrupted while a credential plugin hangs: it is ended with us") {
  const test::User user;
  user.home().write("plugin", "#!/bin/sh\necho $$ > \"$(dirname \"$0\")/pid\"\nexec sleep 60\n",
                    0755);
  const auto config = user.home().write(
      "kubeconfig",
      "current-context: here\ncontexts: [{name: here, context: {cluster: one, user: me}}]\n"
      "clusters: [{name: one, cluster: {server: \"https://127.0.0.1:1\"}}]\n"
      "users: [{name: me, user: {exec: {command: ./plugin, apiVersion: "
      "client.authentication.k8s.io/v1, interactiveMode: Never}}}]\n");
  auto ktel =
      user.start(test::Words{"workflows", "run", "--jobs", "tests-pods", "--kubeconfig", config} +
                 test::test_plugins());
  const auto pid = user.home() / "pid";
  REQUIRE(test::eventually(
      [&] { return std::filesystem::exists(pid) && !test::read_file(pid).empty(); }, 30s));

  ktel.send_signal(SIGINT);
  const auto r = ktel.wait(10s);

  REQUIRE(r);
  CHECK(r->exit_code == 130);
  CHECK_MESSAGE(r->err.ends_with("ktel: stopped while collecting; nothing was sent\n"), r->err);
  CHECK(::kill(std::stoi(test::read_file(pid)), 0) != 0);
}

TEST_CASE("interrupted while sending: the report is kept, and sent later") {
  const test::User user;
  test::Receiver receiver(user, test::hec::FaultScript({{.what = test::hec::Do::silent}}));
  auto ktel = user.start(
      test::Words{"workflows", "run", "--jobs", "tests-count", "--snapshot", user.snapshot()} +
      test::test_plugins() + receiver.options());
  REQUIRE(receiver.server().journal().wait_requests(1, 30s));

  ktel.send_signal(SIGINT);
  const auto r = ktel.wait(10s);
  REQUIRE(r);
  CHECK(r->exit_code == 130);
  CHECK(r->out == body);
  CHECK_MESSAGE(r->err.ends_with("\nktel: " + receiver.url() +
                                 ": stopped before it was known what became of the report; the "
                                 "report is kept; `ktel reports send` tries again\n"),
                r->err);
  CHECK(user.state() == "queued");

  receiver.server().set_script({});
  const auto sent = user.ktel(
      {"reports", "send", "--token-file", receiver.token_file(), "--ca-file", receiver.ca_file()});
  CHECK(sent.exit_code == 0);
  CHECK(sent.err == "ktel: 1 delivered, 0 still queued\n");
  const auto accepted = receiver.server().journal().accepted();
  REQUIRE(accepted.size() == 1);
  CHECK(accepted[0].event == body);
  CHECK(user.state() == "delivered");
}

TEST_CASE("interrupted while the report server does not answer the TLS handshake") {
  const test::User user;
  const test::MutePort mute;
  const auto token = user.home().write("token", "a-token\n", 0600);
  auto ktel = user.start(test::Words{"workflows", "run", "--jobs", "tests-count", "--snapshot",
                                     user.snapshot(), "--report-server",
                                     "splunk://127.0.0.1:" + std::to_string(mute.port()),
                                     "--token-file", token} +
                         test::test_plugins());
  REQUIRE(test::eventually([&] { return mute.called(); }, 30s));

  ktel.send_signal(SIGINT);
  const auto r = ktel.wait(10s);

  REQUIRE(r);
  CHECK(r->exit_code == 130);
  CHECK(r->out == body);
  CHECK_MESSAGE(r->err.ends_with("the report is kept; `ktel reports send` tries again\n"), r->err);
  CHECK(user.state() == "queued");
}

TEST_CASE("interrupted in reports send: what is left stays") {
  const test::User user;
  test::Receiver receiver(
      user, test::hec::FaultScript({{.what = test::hec::Do::status, .status = 503, .code = 9}}));
  REQUIRE(user.report("tests-count", receiver.options() + test::Words{"--wait", "0s"}).exit_code ==
          5);
  const std::size_t asked = receiver.server().journal().requests().size();
  receiver.server().set_script(test::hec::FaultScript({{.what = test::hec::Do::silent}}));
  auto ktel = user.start(
      {"reports", "send", "--token-file", receiver.token_file(), "--ca-file", receiver.ca_file()});
  REQUIRE(receiver.server().journal().wait_requests(asked + 1, 30s));

  ktel.send_signal(SIGINT);
  const auto r = ktel.wait(10s);
  REQUIRE(r);
  CHECK(r->exit_code == 130);
  CHECK(user.state() == "queued");
}

TEST_CASE("a second signal ends at once, whatever hangs") {
  const test::User user;
  auto ktel = user.start(test::Words{"workflows", "run", "--jobs", "tests-hangs", "--snapshot",
                                     user.snapshot(), "-v"} +
                         test::test_plugins());
  REQUIRE(test::eventually([&] { return contains(ktel.err(), "hangs from here on"); }, 30s));

  // The first one gives the job a second to end. Two that are sent at once may be one.
  ktel.send_signal(SIGINT);
  REQUIRE(test::eventually([&] { return taken(ktel.pid(), SIGINT); }, 10s, 1ms));
  ktel.send_signal(SIGINT);
  const auto r = ktel.wait(10s);

  REQUIRE(r);
  CHECK(r->exit_code == 130);
  CHECK(r->out == "");
  // Nothing is tidied up: the sentence of an orderly end does not come.
  CHECK_MESSAGE(!contains(r->err, "stopped while collecting"), r->err);
  CHECK(user.recorded() == 0);
}

TEST_SUITE_END();
