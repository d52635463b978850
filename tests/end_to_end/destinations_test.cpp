// Reports to several destinations, and what they are told of reports they will never get.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"

using namespace ktel;
using test::Receiver;
using test::User;
using test::Words;

namespace {

constexpr const char* body = R"({"tests-count":{"is_ready":true,"items_count":3}})";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::string read(const std::filesystem::path& file) {
  std::ostringstream all;
  all << std::ifstream(file).rdbuf();
  return all.str();
}

// Whom to trust and who one is, for one receiver among several.
Words server(const Receiver& receiver, const std::filesystem::path& token_file) {
  return {"--report-server", receiver.url() + "?ca=" + receiver.ca_file().string(), "--token-file",
          token_file};
}

// What a receiver has taken, without the times, which are today's.
std::vector<std::string> events(Receiver& receiver) {
  std::vector<std::string> events;
  for (const auto& entry : receiver.server().journal().accepted()) {
    const std::size_t times = entry.event.find(",\"first_recorded\":\"");
    events.push_back(entry.event.substr(0, times));
  }
  return events;
}

std::string nobody() {
  static const test::ClosedPort closed;
  return "splunk+http://127.0.0.1:" + std::to_string(closed.port());
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/destinations");

TEST_CASE("each report server gets the report, and one that is down costs the others nothing") {
  const User user;
  Receiver receiver(user);
  const std::string file = "file://" + (user.home() / "reports.ndjson").string();
  const auto r = user.report("tests-count",
                             Words{"--report-server", nobody()} + receiver.options() +
                                 Words{"--report-server", file, "--wait", "1s"},
                             {.env = {}});

  CHECK(r.exit_code == 2);  // the first takes a token, too, and has none
  const auto second = user.report(
      "tests-count", Words{"--report-server", nobody(), "--token-file", receiver.token_file()} +
                         receiver.options() + Words{"--report-server", file, "--wait", "1s"});
  CHECK(second.exit_code == 5);
  CHECK(second.out == body);
  CHECK_MESSAGE(contains(second.err, "; queued " + nobody() + "; delivered " + receiver.url() +
                                         "; delivered " + file),
                second.err);
  CHECK(events(receiver) == std::vector<std::string>{body});
  CHECK(contains(read(user.home() / "reports.ndjson"), body));
  CHECK(user.recorded() == 3);  // one row for each

  const auto status = user.ktel({"status"});
  CHECK_MESSAGE(contains(status.out, "\n" + nobody() + "\n  state      held up\n"), status.out);
  CHECK_MESSAGE(contains(status.out, "\n" + receiver.url() + "\n  state      empty\n"), status.out);
}

TEST_CASE("each report server has its own token, ledger or not") {
  for (const Words& more : {Words{}, Words{"--no-ledger"}}) {
    const User user;
    const User other;
    Receiver here(user);
    Receiver there(other);
    const auto wrong = user.home().write("wrong", "not-the-token\n", 0600);
    const auto r =
        user.report("tests-count", server(here, here.token_file()) + server(there, wrong) +
                                       Words{"--wait", "1s"} + more);
    CHECK_MESSAGE(r.exit_code == 4, r.err);
    CHECK(contains(r.err, "Invalid token"));
    CHECK(here.server().journal().accepted().size() == 1);
    CHECK(there.server().journal().accepted().empty());
    CHECK(user.report("tests-count",
                      server(here, here.token_file()) + server(there, there.token_file()) + more)
              .exit_code == 0);
    CHECK_FALSE(there.server().journal().accepted().empty());
  }
}

TEST_CASE("report servers that cannot be told apart, and tokens that are for nobody") {
  const User user;
  const auto token = user.home().write("token", "t0ken\n", 0600);
  struct Row {
    const char* name;
    Words arguments;
    std::map<std::string, std::string> env;
    std::string says;
  };
  for (const Row& row : std::vector<Row>{
           {"twice",
            {"--report-server", "stdout:", "--report-server", "stdout:"},
            {},
            "the report server stdout: is named twice: name each once"},
           {"one token in the environment for two",
            {"--report-server", "splunk://a:1", "--report-server", "splunk://b:1"},
            {{"KTEL_TOKEN", "t0ken"}},
            "one token in the environment is not for several report servers (splunk://a:1, "
            "splunk://b:1): give each its own, with --token-file behind its --report-server"},
           {"a token for one that takes none",
            {"--report-server", "stdout:", "--token-file", token},
            {},
            "stdout: takes no token: --token-file stands behind the --report-server it is for"}}) {
    CAPTURE(row.name);
    const auto r = user.report("tests-count", row.arguments, {.env = row.env});
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == "ktel: " + row.says + "\n");
    CHECK_FALSE(std::filesystem::exists(user.ledger()));
  }
}

TEST_CASE(
    "`reports send` gives the token to whom it is for, and one that is wrong holds up no other") {
  const User user;
  Receiver receiver(user);
  const std::string file = "file://" + (user.home() / "reports.ndjson").string();
  const auto ca = user.home().write("gone.pem", receiver.server().url() + "\n-----BEGIN X-----\n");
  const std::string broken = receiver.url() + "?ca=" + ca.string();
  for (const Words& to : {receiver.options(), Words{"--report-server", file}}) {
    REQUIRE(user.report("tests-count", to + Words{"--wait", "0s"}).exit_code == 5);
  }
  const Words send = {"reports",         "send", "--token-file", receiver.token_file(), "--ca-file",
                      receiver.ca_file()};
  const auto sent = user.ktel(send);
  CHECK_MESSAGE(sent.exit_code == 0, sent.err);
  CHECK(sent.err == "ktel: 2 delivered, 0 still queued\n");

  REQUIRE(user.report("tests-count", {"--report-server", broken, "--token-file",
                                      receiver.token_file(), "--wait", "0s"})
              .exit_code == 5);
  REQUIRE(user.report("tests-count", {"--report-server", file, "--wait", "0s"}).exit_code == 5);
  std::filesystem::remove(ca);
  const auto half = user.ktel(send);
  CHECK(half.exit_code == 2);
  CHECK_MESSAGE(contains(half.err, "ca file that cannot be used"), half.err);
  CHECK_MESSAGE(contains(half.err, "1 delivered, 1 still queued"), half.err);
}

TEST_CASE("a dry run shows what each would get") {
  const User user;
  const std::string file = "file://" + (user.home() / "reports.ndjson").string();
  const auto r = user.report("tests-count",
                             {"--report-server", "stdout:", "--report-server", file, "--dry-run"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == body);
  CHECK_MESSAGE(contains(r.err, "would send: write stdout:"), r.err);
  CHECK_MESSAGE(contains(r.err, "would send: write " + file), r.err);
  CHECK_FALSE(std::filesystem::exists(user.home() / "reports.ndjson"));
}

TEST_CASE("a report that is too old is given up, and the report server learns of it") {
  const User user;
  Receiver receiver(user);
  const Words never = {"--wait", "0s"};
  REQUIRE(user.report("tests-count", receiver.options() + never).exit_code == 5);
  REQUIRE(user.report("tests-count", receiver.options() + never).exit_code == 5);

  const auto r = user.report("tests-count", receiver.options() + Words{"--max-age", "1ms"});

  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(events(receiver) == std::vector<std::string>{R"({"ktel-loss":{"expired_count":2)", body});
  const auto list = user.ktel({"reports", "list", "-o", "json"});
  CHECK_MESSAGE(contains(list.out, R"("state":"expired")"), list.out);
  CHECK_MESSAGE(contains(user.ktel({"status"}).out, "\n  expired    2 reports\n"),
                user.ktel({"status"}).out);
  CHECK(user.ktel({"reports", "verify"}).exit_code == 0);

  // Once.
  REQUIRE(user.report("tests-count", receiver.options() + Words{"--max-age", "1ms"}).exit_code ==
          0);
  CHECK(events(receiver).size() == 3);
}

TEST_CASE("what an operator withholds is not told of losses either") {
  const User user;
  Receiver receiver(user);
  REQUIRE(user.report("tests-count", receiver.options() + Words{"--wait", "0s"}).exit_code == 5);
  const Words expires = receiver.options() + Words{"--max-age", "1ms"};
  REQUIRE(user.report("tests-count", expires + Words{"--deny", "ktel-loss.*"}).exit_code == 0);
  CHECK(events(receiver) == std::vector<std::string>{body});

  // It is still to be told, in so far as it may be.
  REQUIRE(user.report("tests-count",
                      expires + Words{"--deny", "ktel-loss.first_recorded,ktel-loss.last_recorded"})
              .exit_code == 0);
  CHECK(events(receiver).at(1) == R"({"ktel-loss":{"expired_count":1}})");
}

TEST_CASE("a full ledger refuses the new report, or gives up the oldest where it is asked to") {
  const User user;
  Receiver receiver(user);
  const Words full = receiver.options() + Words{"--wait", "0s", "--ledger-size", "200KiB"};
  const test::Given large = {.stdin_text = "{\"x\":\"" + std::string(60'000, 'x') + "\"}"};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(user.report("tests-count", full + Words{"-"}, large).exit_code == 5);
  }
  const auto refused = user.report("tests-count", full + Words{"-"}, large);
  CHECK(refused.exit_code == 5);
  CHECK_MESSAGE(contains(refused.err, " is full, 204800 bytes of reports wait to be sent"),
                refused.err);
  CHECK(user.recorded() == 2);

  const auto kept = user.report("tests-count", full + Words{"--drop-oldest", "-"}, large);
  CHECK_MESSAGE(contains(kept.err, "; queued " + receiver.url()), kept.err);

  const auto sent = user.report("tests-count", receiver.options());
  CHECK(sent.exit_code == 0);
  const auto got = events(receiver);
  REQUIRE(got.size() == 4);
  CHECK(std::count(got.begin(), got.end(), R"({"ktel-loss":{"evicted_count":1)") == 1);
}

TEST_CASE("a report that crashes its backend does so three times, and then no more") {
  for (const char* where : {"crash in encode", "crash in decode"}) {
    CAPTURE(where);
    const User user;
    const test::HttpServer server([](const auto&) { return test::HttpServer::Reply{}; });
    const std::string url = "tests-crash://127.0.0.1:" + std::to_string(server.port());
    const Words to = {"--report-server", url};
    const auto poison = user.report("tests-count", to + Words{"-"},
                                    {.stdin_text = "{\"x\":\"" + std::string(where) + "\"}"});
    CHECK_FALSE(poison.exit_code == 0);
    CHECK_FALSE(poison.exit_code == 5);  // the process died of it
    for (int i = 2; i <= 3; ++i) CHECK_FALSE(user.report("tests-count", to).exit_code == 0);

    const auto r = user.report("tests-count", to);

    CHECK_MESSAGE(r.exit_code == 0, r.err);
    const std::string says = "ktel ended 3 times while the backend worked on report ";
    CHECK_MESSAGE(contains(r.err, says), r.err);
    CHECK_MESSAGE(contains(r.err,
                           ": it is not touched again; tell the backend's maker, `ktel "
                           "reports show "),
                  r.err);
    const auto status = user.ktel({"status"});
    CHECK_MESSAGE(contains(status.out, "\n  dead       1 report: " + says), status.out);
    CHECK_MESSAGE(contains(status.out, "\n  delivered  3 reports"), status.out);

    // The operator's word counts: it gets its three times again.
    REQUIRE(user.ktel({"reports", "retry", "--all"}).exit_code == 0);
    for (int i = 1; i <= 3; ++i) {
      CHECK_FALSE(user.ktel(Words{"reports", "send"} + test::test_plugins()).exit_code == 0);
    }
    CHECK(contains(user.ktel(Words{"reports", "send"} + test::test_plugins()).err, says));
  }
}

TEST_CASE("a bound that is none") {
  const User user;
  const auto size = user.report("tests-count", {"--ledger-size", "64MB"});
  CHECK(size.exit_code == 2);
  CHECK(size.err == "ktel: --ledger-size takes a size such as 64MiB or 1GiB, not '64MB'\n");
  const auto signal = user.report("tests-count", {"--signal", "ktel-loss"});
  CHECK(signal.exit_code == 2);
  CHECK(signal.err ==
        "ktel: signal 'ktel-loss' is what reports of lost reports are called: take another\n");
  const auto age = user.report("tests-count", {"--max-age", "a week"});
  CHECK(age.exit_code == 2);
  CHECK(age.err == "ktel: --max-age takes a time such as 30s, 500ms or 2m, not 'a week'\n");
}

TEST_SUITE_END();
