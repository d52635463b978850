// Report servers that cannot be named, reached or trusted, and those that say no.
#include <doctest/doctest.h>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"

using namespace ktel;
using test::hec::Do;
using test::hec::Fault;

namespace {

constexpr const char* body = R"({"tests-count":{"is_ready":true,"items_count":3}})";
constexpr const char* kept = "; the report is kept; `ktel reports send` tries again\n";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// The last line of stderr without "ktel: ".
std::string last_line(const test::RunResult& r) {
  std::string text = r.err;
  while (text.ends_with('\n')) text.pop_back();
  const std::size_t at = text.rfind('\n');
  if (at != text.npos) text.erase(0, at + 1);
  return text.starts_with("ktel: ") ? text.substr(6) + "\n" : text;
}

// `line` is `before`, the time that was left of --wait 2s, and `behind`.
bool tells_time(const std::string& line, const std::string& before, const std::string& behind) {
  if (!line.starts_with(before) || !line.ends_with(behind)) return false;
  if (line.size() <= before.size() + behind.size()) return false;
  const std::string time = line.substr(before.size(), line.size() - before.size() - behind.size());
  std::size_t used = 0;
  const double seconds = std::stod(time, &used);
  return used == time.size() && seconds > 0.5 && seconds <= 2;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/report_server");

TEST_CASE("a URL that cannot be right is refused before anything is collected") {
  const test::User user;
  const auto token_file = user.home().write("token", "t0ken\n", 0600);
  struct Row {
    std::string url;
    std::string says;
  };
  for (const auto& [url, says] : std::vector<Row>{
           {"splnk://h:8088",
            "ktel: no backend takes splnk:// URLs; there are file://, http://, https://, "
            "kafka+plain://, kafka://, kong+tls://, otlp+http://, otlp://, splunk+http://, "
            "splunk://, stdout:, tests-crash://\n"},
           {"splunk://",
            "ktel: report server splunk:// has no host: write it like splunk://HOST\n"},
           {"10.0.0.1:8088",
            "ktel: report server 10.0.0.1:8088 has no scheme: write it like "
            "splunk://10.0.0.1:8088\n"},
           {"splunk://s3cret@h:8088",
            "ktel: report server splunk://h:8088 has user info in it; a token in a URL ends up "
            "in logs: give it with --token-file or KTEL_TOKEN_FILE\n"},
           {"splunk://h:8088?token=s3cret",
            "ktel: report server splunk://h:8088 has token= in it; a token in a URL ends up in "
            "logs: give it with --token-file or KTEL_TOKEN_FILE\n"},
           {"splunk://h:8088?indx=main",
            "ktel: splunk has no parameter indx; did you mean index? "},
           {"splunk+http://10.0.0.1:8088",
            "ktel: splunk: splunk+http:// is for this machine alone, and 10.0.0.1:8088 is another: "
            "the token would travel in clear; write splunk://10.0.0.1:8088\n"},
           {"splunk://h:8088?ca=/no/such/ca.pem",
            "ktel: report server splunk://h:8088 has a ca file that cannot be used: "
            "/no/such/ca.pem: No such file or directory; give the path of a PEM file\n"}}) {
    CAPTURE(url);
    const auto r =
        user.report("tests-count", {"--report-server", url, "--token-file", token_file.string()});
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK_MESSAGE(r.err.starts_with(says), r.err);
    CHECK_FALSE(contains(r.err, "s3cret"));
  }
  CHECK(user.recorded() == 0);
}

TEST_CASE("without a usable token nothing is collected") {
  const test::User user;
  const test::Words to = {"--report-server", "splunk://127.0.0.1:1"};
  const auto token_file = [&](const std::string& text, mode_t mode) {
    return test::Words{"--token-file", user.home().write("token", text, mode).string()};
  };
  const std::string file = user.home() / "token";
  struct Row {
    test::Words options;
    std::string says;
  };
  for (const auto& row : std::vector<std::function<Row()>>{
           [&] {
             return Row{{},
                        "ktel: splunk needs a token: give it with --token-file FILE or "
                        "KTEL_TOKEN_FILE (or KTEL_TOKEN)\n"};
           },
           [&] {
             return Row{{"--token-file", "/no/such/token"},
                        "ktel: cannot read the token, give another file with --token-file or "
                        "KTEL_TOKEN_FILE: /no/such/token: No such file or directory\n"};
           },
           [&] {
             return Row{
                 token_file(" \n", 0600),
                 "ktel: token file " + file + " is empty; write the token into it, on one line\n"};
           },
           [&] {
             return Row{token_file("a\nb\n", 0600), "ktel: token file " + file +
                                                        " holds more than one line; a token is one "
                                                        "line\n"};
           },
           [&] {
             return Row{token_file("t\n", 0666), "ktel: token file " + file +
                                                     " is writable by others (mode 0666); chmod "
                                                     "go-w " +
                                                     file + "\n"};
           }}) {
    const auto [options, says] = row();
    CAPTURE(says);
    const auto r = user.report("tests-count", to + options);
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == says);
  }
}

TEST_CASE("a token in the environment works and warns") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.report(
      "tests-count", {"--report-server", receiver.url(), "--ca-file", receiver.ca_file().string()},
      {.env = {{"KTEL_TOKEN", test::Receiver::token}}});
  CHECK(r.exit_code == 0);
  CHECK_MESSAGE(contains(r.err,
                         "the token comes from KTEL_TOKEN, which other processes of this user can "
                         "read; --token-file is safer\n"),
                r.err);
  CHECK(receiver.server().journal().accepted().size() == 1);
}

TEST_CASE("every option can come from the environment") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.report("tests-count", {},
                             {.env = {{"KTEL_TELEMETRY", "on"},  // a variable is no consent
                                      {"KTEL_REPORT_SERVER", receiver.url()},
                                      {"KTEL_TOKEN_FILE", receiver.token_file()},
                                      {"KTEL_CA_FILE", receiver.ca_file()}}});
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(receiver.server().journal().accepted().size() == 1);
}

TEST_CASE("a report that was refused or not taken stays, and the sentence says why") {
  const test::User user;
  struct Row {
    const char* name;
    Fault fault;
    int exit_code;
    std::string says;  // behind "Splunk at HOST "
    std::string state;
  };
  const std::string keeps_url = " for later reports (this one keeps the URL it was made for)";
  const std::string token_step =
      ": give the token of an enabled HEC input with --token-file FILE or KTEL_TOKEN_FILE";
  for (const Row& row : std::vector<Row>{
           {"403",
            {.what = Do::status, .status = 403, .code = 4},
            4,
            "answers \"Invalid token\" (HTTP 403, code 4)" + token_step + kept,
            "queued"},
           {"401",
            {.what = Do::status, .status = 401, .code = 3},
            4,
            "answers \"Invalid authorization\" (HTTP 401, code 3)" + token_step + kept,
            "queued"},
           {"503",
            {.what = Do::status, .status = 503, .code = 9},
            5,
            "answers \"Server is busy\" (HTTP 503, code 9): it is tried again" + std::string(kept),
            "queued"},
           {"400",
            {.what = Do::status, .status = 400, .code = 12},
            5,
            "answers \"Event field is required\" (HTTP 400, code 12): it does not take this "
            "report; the report server rejects this report, which is kept as dead: `ktel reports "
            "show` prints it\n",
            "dead"},
           {"redirect",
            {.what = Do::redirect, .location = "https://login.example/"},
            5,
            "redirects to https://login.example/ (HTTP 307), and a token is never forwarded to "
            "another address: give the address of the HTTP Event Collector itself" +
                keeps_url + kept,
            "queued"},
           {"html",
            {.what = Do::html},
            5,
            "answers HTTP 200 and a web page: the endpoint is not HEC, so the report counts as not "
            "delivered: correct host, port and path in the URL" +
                keeps_url + ", or look at the proxy between" + kept,
            "queued"}}) {
    CAPTURE(row.name);
    const test::User sender;
    test::Receiver receiver(sender, test::hec::FaultScript({row.fault}));
    const auto r = sender.report("tests-count", receiver.options() + test::Words{"--wait", "1s"});
    CHECK(r.exit_code == row.exit_code);
    CHECK(r.out == body);
    CHECK(last_line(r) ==
          receiver.url() + ": Splunk at " + receiver.server().authority() + " " + row.says);
    CHECK_FALSE(contains(r.err, test::Receiver::token));
    CHECK(sender.state() == row.state);
    CHECK(receiver.server().journal().accepted().empty());
    CHECK(sender.ktel({"reports", "show"}).out == body);

    // Nothing was lost: once the server takes it, it is there with the same bytes.
    receiver.server().set_script({});
    const auto sent = sender.ktel({"reports", "send", "--token-file", receiver.token_file(),
                                   "--ca-file", receiver.ca_file()});
    const bool waits = row.state == "queued";
    CHECK(sent.exit_code == 0);
    CHECK(sent.out == "");
    CHECK(sent.err ==
          (waits ? "ktel: 1 delivered, 0 still queued\n" : "ktel: 0 delivered, 0 still queued\n"));
    REQUIRE(receiver.server().journal().accepted().size() == (waits ? 1 : 0));
    if (waits) CHECK(receiver.server().journal().accepted()[0].event == body);
  }
}

TEST_CASE("a certificate of an unknown authority ends the connection before the token") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.report("tests-count", {"--report-server", receiver.url(), "--token-file",
                                             receiver.token_file().string(), "--wait", "1s"});
  CHECK(r.exit_code == 5);
  CHECK(r.out == body);
  CHECK(last_line(r) ==
        receiver.url() + ": the certificate of " + receiver.server().authority() +
            " is signed by an unknown authority; give the CA certificate that signed it (whom to "
            "trust: --ca-file FILE, or ca=, server_name=, pin= in the URL)" +
            kept);
  CHECK(receiver.server().journal().requests().empty());
  CHECK(user.state() == "queued");
}

TEST_CASE("a port nobody listens on") {
  const test::User user;
  const test::ClosedPort closed;
  const std::string authority = "127.0.0.1:" + std::to_string(closed.port());
  const auto token_file = user.home().write("token", "t0ken\n", 0600);
  const auto r = user.report("tests-count", {"--report-server", "splunk://" + authority,
                                             "--token-file", token_file.string(), "--wait", "1s"});
  CHECK(r.exit_code == 5);
  CHECK(last_line(r) == "splunk://" + authority + ": " + authority +
                            " refuses connections; check the port, and that a server runs there" +
                            kept);
  CHECK(user.state() == "queued");
}

TEST_CASE("a server that takes the report and says nothing") {
  const test::User user;
  test::Receiver receiver(user, test::hec::FaultScript({{.what = Do::silent}}));
  const auto r = user.report("tests-count", receiver.options() + test::Words{"--wait", "2s"});
  CHECK(r.exit_code == 5);
  CHECK(r.out == body);
  const std::string at = receiver.server().authority();
  CHECK_MESSAGE(
      tells_time(last_line(r), receiver.url() + ": no complete answer from " + at + " within ",
                 std::string(" s; check its load, or allow more time") + kept),
      r.err);
  CHECK(user.state() == "queued");
}

TEST_CASE("a port that takes the connection and never shakes hands") {
  const test::User user;
  const test::MutePort mute;
  const std::string at = "127.0.0.1:" + std::to_string(mute.port());
  const auto token_file = user.home().write("token", "t0ken\n", 0600);
  const auto r = user.report("tests-count", {"--report-server", "splunk://" + at, "--token-file",
                                             token_file.string(), "--wait", "2s"});
  CHECK(r.exit_code == 5);
  CHECK(r.out == body);
  CHECK_MESSAGE(tells_time(last_line(r), "splunk://" + at + ": no connection to " + at + " within ",
                           std::string(" s; check the address, and the firewalls between") + kept),
                r.err);
  CHECK(user.state() == "queued");
}

TEST_CASE("without a ledger what is not delivered is lost, and says so") {
  const test::User user;
  test::Receiver receiver(user,
                          test::hec::FaultScript({{.what = Do::status, .status = 503, .code = 9}}));
  const auto r =
      user.report("tests-count", receiver.options() + test::Words{"--wait", "1s", "--no-ledger"});
  CHECK(r.exit_code == 5);
  CHECK(last_line(r) == receiver.url() + ": Splunk at " + receiver.server().authority() +
                            " answers \"Server is busy\" (HTTP 503, code 9): it is tried again; "
                            "the report was not kept and is lost\n");
  CHECK_FALSE(std::filesystem::exists(user.ledger()));

  // Nor is it said to be kept where the server rejects it for good.
  receiver.server().set_script(
      test::hec::FaultScript({{.what = Do::status, .status = 400, .code = 12}}));
  const auto rejected = user.report("tests-count", receiver.options() + test::Words{"--no-ledger"});
  CHECK(rejected.exit_code == 5);
  CHECK(rejected.out == body);
  CHECK(last_line(rejected) ==
        receiver.url() + ": Splunk at " + receiver.server().authority() +
            " answers \"Event field is required\" (HTTP 400, code 12): it does not take this "
            "report; the report was not kept and is lost\n");
  CHECK_FALSE(std::filesystem::exists(user.ledger()));

  receiver.server().set_script({});
  CHECK(user.report("tests-count", receiver.options() + test::Words{"--no-ledger"}).exit_code == 0);
  CHECK(receiver.server().journal().accepted().size() == 1);
  CHECK_FALSE(std::filesystem::exists(user.ledger()));
}

TEST_CASE("a server that is busy once is asked again within --wait") {
  const test::User user;
  test::Receiver receiver(
      user, test::hec::FaultScript({{.what = Do::status, .to = 0, .status = 503, .code = 9}}));
  const auto r = user.report("tests-count", receiver.options());
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(user.state() == "delivered");
  CHECK(receiver.server().journal().requests().size() == 2);
  CHECK(receiver.server().journal().accepted().size() == 1);
}

TEST_SUITE_END();
