// Whether anything is collected and whether anything leaves: votes, ceilings, masks, dry runs.
#include <doctest/doctest.h>

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
  CHECK_MESSAGE(contains(off.err, "1 queued report"), off.err);
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

TEST_CASE("a dry run shows what would be sent, records nothing and connects to nobody") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.report("tests-count", receiver.options() + test::Words{"--dry-run"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == body);
  CHECK_MESSAGE(contains(r.err, "ktel: would send: POST https://" + receiver.server().authority() +
                                    "/services/collector/event\n"),
                r.err);
  CHECK_MESSAGE(contains(r.err, "Authorization: Splunk ${token}\n"), r.err);
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
  const auto r =
      user.run_jobs("tests-pods,tests-count", {"--kubeconfig", config, "--deny", "tests-pods.*"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == body);
  for (const std::string& request : api.requests()) CHECK_FALSE(contains(request, "/pods"));
}

TEST_SUITE_END();
