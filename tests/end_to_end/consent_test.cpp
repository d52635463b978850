// Whether anything is collected and whether anything leaves: votes, ceilings, masks, dry runs.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

constexpr const char* body = R"({"tests-count":{"is_ready":true,"items_count":3}})";

}  // namespace

TEST_SUITE_BEGIN("end_to_end/consent");

TEST_CASE("off: nothing is collected, nobody is asked, and that is no error") {
  const test::User user;
  test::Receiver receiver(user);
  test::FakeApiServer api;
  const auto config = user.home().write("kubeconfig", test::kubeconfig(api.url()));
  for (const auto& [name, value, says] :
       {std::tuple{"DO_NOT_TRACK", "1", "DO_NOT_TRACK is set"},
        std::tuple{"KTEL_TELEMETRY", "off", "KTEL_TELEMETRY is off"},
        std::tuple{"KTEL_TELEMETRY", "maybe", "KTEL_TELEMETRY is none of on, local and off"}}) {
    CAPTURE(value);
    const auto more = receiver.options() + test::Words{"--kubeconfig", config};
    const auto r = user.run_jobs("all", more, {.env = {{name, value}}});
    CHECK(r.exit_code == 0);
    CHECK(r.out == "");
    CHECK(r.err == std::string("ktel: Off: ") + says +
                       "; nothing was collected and no connection was made.\n");
    CHECK(user.run_jobs("all", more + test::Words{"--fail-if-off"}, {.env = {{name, value}}})
              .exit_code == 6);
  }
  CHECK(api.requests().empty());
  CHECK(receiver.server().journal().requests().empty());
  CHECK_FALSE(std::filesystem::exists(user.ledger()));
}

TEST_CASE("off is also for what still waits: it is withdrawn, and cannot be sent") {
  const test::User user;
  test::Receiver receiver(
      user, test::hec::FaultScript({{.what = test::hec::Do::status, .status = 503, .code = 9}}));
  REQUIRE(user.report("tests-count", receiver.options() + test::Words{"--wait", "0s"}).exit_code ==
          5);
  const std::size_t asked = receiver.server().journal().requests().size();

  const auto sent = user.ktel({"reports", "send"}, {.env = {{"DO_NOT_TRACK", "1"}}});
  CHECK(sent.exit_code == 6);
  CHECK_MESSAGE(contains(sent.err, "DO_NOT_TRACK is set"), sent.err);

  const auto off = user.report("tests-count", receiver.options(), {.env = {{"DO_NOT_TRACK", "1"}}});
  CHECK(off.exit_code == 0);
  CHECK(off.out == "");
  CHECK(
      off.err ==
      "ktel: Off: DO_NOT_TRACK is set; nothing was collected and no connection was made. 1 queued "
      "report was withdrawn.\n");
  CHECK(user.state() == "withdrawn");
  CHECK(receiver.server().journal().requests().size() == asked);
}

TEST_CASE("local: the report is shown and kept, and nothing is sent") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r =
      user.report("tests-count", receiver.options(), {.env = {{"KTEL_TELEMETRY", "local"}}});
  CHECK(r.exit_code == 0);
  CHECK(r.out == body);
  CHECK_MESSAGE(
      contains(r.err, "ktel: Local: KTEL_TELEMETRY is local; the report is shown and not sent.\n"),
      r.err);
  CHECK(receiver.server().journal().requests().empty());
  CHECK(user.state() == "local");
}

TEST_CASE("without a report server the report stays here") {
  const test::User user;
  const auto r = user.report("tests-count");
  CHECK(r.exit_code == 0);
  CHECK(r.out == body);
  CHECK_MESSAGE(contains(r.err, "; recorded, not sent"), r.err);
  CHECK(user.state() == "local");
}

TEST_CASE("a report server that the environment names is no consent by itself") {
  struct Row {
    const char* name;
    std::map<std::string, std::string> env;
    bool named;  // on the command line
    bool sent;
    std::string says;
  };
  const std::string no_consent =
      "ktel: Local: KTEL_REPORT_SERVER alone is no consent; the report is shown and not sent. Name "
      "the report server with --report-server, or set KTEL_TELEMETRY=on, to send it.\n";
  for (const Row& row : std::vector<Row>{
           {"the variable alone", {}, false, false, no_consent},
           {"the variable and a vote", {{"KTEL_TELEMETRY", "on"}}, false, true, "; delivered "},
           {"the variable and a vote against it",
            {{"KTEL_TELEMETRY", "local"}},
            false,
            false,
            "ktel: Local: KTEL_TELEMETRY is local; the report is shown and not sent.\n"},
           {"the command line, over the variable", {}, true, true, "; delivered "}}) {
    CAPTURE(row.name);
    const test::User user;
    test::Receiver receiver(user);
    auto env = row.env;
    env["KTEL_REPORT_SERVER"] = row.named ? "splunk://127.0.0.1:1" : receiver.url();
    env["KTEL_TOKEN_FILE"] = receiver.token_file();
    env["KTEL_CA_FILE"] = receiver.ca_file();
    const auto more = row.named ? test::Words{"--report-server", receiver.url()} : test::Words{};

    const auto r = user.report("tests-count", more, {.env = env});
    CHECK(r.exit_code == 0);
    CHECK(r.out == body);
    CHECK_MESSAGE(contains(r.err, row.says), r.err);
    CHECK(receiver.server().journal().accepted().size() == (row.sent ? 1 : 0));
    CHECK(user.state() == (row.sent ? "delivered" : "local"));
    if (!row.sent) CHECK(receiver.server().journal().requests().empty());
  }
}

TEST_CASE("a dry run shows what would be sent, records nothing and connects to nobody") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.report("tests-count", receiver.options() + test::Words{"--dry-run"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == body);
  CHECK_MESSAGE(contains(r.err, "ktel: would send: POST https://" + receiver.server().authority() +
                                    "/services/collector/event\n"),
                r.err);
  CHECK_MESSAGE(contains(r.err, "\nktel:   Authorization: Splunk ${token}\n"), r.err);
  const std::size_t begin = r.err.find(" bytes:\nktel:   {");
  REQUIRE_MESSAGE(begin != r.err.npos, r.err);
  const std::string request = r.err.substr(begin, r.err.find('\n', begin + 10) - begin);
  CHECK_MESSAGE(contains(request, std::string("\"event\":") + body), request);
  CHECK_MESSAGE(contains(r.err, "; a dry run: not recorded, not sent"), r.err);
  CHECK_FALSE(contains(r.err, test::Receiver::token));
  CHECK(receiver.server().journal().requests().empty());
  CHECK_FALSE(std::filesystem::exists(user.ledger()));
}

TEST_CASE("what is above the ceiling or denied is withheld, and its read is not made") {
  const test::User user;
  CHECK(user.report("tests-count", {"--max-sensitivity", "product"}).out ==
        R"({"tests-count":{"is_ready":true}})");
  CHECK(user.report("tests-count", {"--deny", "*.items_count"}).out ==
        R"({"tests-count":{"is_ready":true}})");
  CHECK(user.report("tests-count", {"--deny", "tests-count.is_*"}).out ==
        R"({"tests-count":{"items_count":3}})");

  const auto told = user.report("tests-count", {"--max-sensitivity", "product", "-v"});
  CHECK_MESSAGE(contains(told.err,
                         "withheld tests-count.items_count: its class scale is above the ceiling "
                         "product\n"),
                told.err);

  test::FakeApiServer api;
  api.serve("v1", "pods", "Pod");
  const auto config = user.home().write("kubeconfig", test::kubeconfig(api.url()));
  const test::Words run = {"--kubeconfig", config};
  auto asked_for_pods = [&api, seen = std::size_t{0}]() mutable {
    const std::vector<std::string> requests = api.requests();
    const auto since = requests.begin() + static_cast<std::ptrdiff_t>(seen);
    seen = requests.size();
    return std::any_of(since, requests.end(),
                       [](const std::string& request) { return contains(request, "/pods"); });
  };
  CHECK(user.run_jobs("tests-pods,tests-count", run).out ==
        R"({"tests-count":{"is_ready":true,"items_count":3},"tests-pods":{"pods_count":0}})");
  CHECK(asked_for_pods());
  const auto denied =
      user.run_jobs("tests-pods,tests-count", run + test::Words{"--deny", "tests-pods.*"});
  CHECK(denied.exit_code == 0);
  CHECK(denied.out == body);
  CHECK_FALSE(asked_for_pods());
}

TEST_CASE("an identifier leaves when it is allowed by name, a draft when drafts are") {
  const test::User user;
  struct Row {
    test::Words options;
    std::string out;
  };
  for (const auto& [options, out] : std::vector<Row>{
           {{}, R"({"tests-private":{"is_here":true}})"},
           {{"--max-sensitivity", "identifier"}, R"({"tests-private":{"is_here":true}})"},
           {{"--allow", "tests-private.cluster_id"}, R"({"tests-private":{"is_here":true}})"},
           {{"--max-sensitivity", "identifier", "--allow", "tests-private.cluster_id"},
            R"({"tests-private":{"cluster_id":"moon","is_here":true}})"},
           {{"--allow-unstable"}, R"({"tests-private":{"drafts_count":2,"is_here":true}})"},
           {{"--allow-unstable", "--deny", "*.drafts_count"},
            R"({"tests-private":{"is_here":true}})"}}) {
    CAPTURE(options);
    const auto r = user.report("tests-private", options);
    CHECK(r.exit_code == 0);
    CHECK(r.out == out);
  }
}

TEST_SUITE_END();
