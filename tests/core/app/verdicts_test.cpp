// app/verdicts: the sentence a run ends with, and the code behind its exit code.
#include "app/verdicts.hpp"

#include <doctest/doctest.h>

namespace {

using namespace ktel;  // NOLINT: a test
using delivery::Cause;
using delivery::State;

Finding finding(std::string job, std::string text, FindingLevel level = FindingLevel::warn,
                std::string next = {}) {
  return {.id = "unreachable",
          .level = level,
          .job = std::move(job),
          .field = {},
          .text = std::move(text),
          .next = std::move(next)};
}

delivery::DeliveryResult ended(State state, std::string text, Cause cause = Cause::none) {
  delivery::DeliveryResult result;
  result.state = state;
  result.last.text = std::move(text);
  result.last.cause = cause;
  result.attempts = 2;
  return result;
}

}  // namespace

TEST_SUITE("core/app/verdicts") {
  TEST_CASE("a finding is said with where it is and what to do") {
    Finding whole = finding("pods", "is no number", FindingLevel::error, "ask its maker");
    whole.field = "count";
    CHECK(app::said(whole) == "pods.count: is no number; ask its maker");
    CHECK(app::said(finding("", "the disk is full")) == "the disk is full");
  }

  TEST_CASE("a server that fails every read of every job is one reason, said once") {
    workflow::RunOutput output;
    for (const char* job : {"a", "a", "b"}) {
      output.findings.push_back(finding(job, "nobody answers", FindingLevel::warn, "check it"));
    }
    output.findings.push_back(finding("b", "it hangs"));
    output.findings.push_back(finding("b", "of no interest", FindingLevel::note));

    const auto error = app::nothing_usable(output);

    REQUIRE(error);
    CHECK(error->code == Errc::no_result);
    CHECK(error->message == "there is nothing to report: nobody answers; check it; b: it hangs");
  }

  TEST_CASE("many reasons are counted, not told") {
    workflow::RunOutput output;
    for (const char* text : {"1", "2", "3", "4", "5", "6", "7"}) {
      output.findings.push_back(finding("a", text));
    }
    CHECK(app::nothing_usable(output)->message ==
          "there is nothing to report: a: 1; a: 2; a: 3; a: 4; a: 5; and 2 more reasons");
  }

  TEST_CASE("an identity that the cluster refuses is forbidden; any part makes a report") {
    workflow::RunOutput output;
    output.findings.push_back(finding("a", "answers 401"));
    output.refused = Error{Errc::forbidden, "answers 401; renew them"};

    CHECK(app::nothing_usable(output)->code == Errc::forbidden);
    output.parts["b"] = {{"n", 1}};
    CHECK_FALSE(app::nothing_usable(output));
  }

  TEST_CASE("jobs that found nothing to report are no failure") {
    CHECK_FALSE(app::nothing_usable({}));
  }

  TEST_CASE("the receipt says what became of the report, and whether it is still there") {
    const struct {
      State state;
      Cause cause;
      bool kept;
      const char* shown;
      Errc code;
      const char* fate;
    } rows[] = {
        {State::queued, Cause::http, true, "queued", Errc::undelivered,
         "the report is kept; `ktel reports send` tries again"},
        {State::queued, Cause::auth, true, "queued", Errc::forbidden,
         "the report is kept; `ktel reports send` tries again"},
        {State::queued, Cause::http, false, "lost", Errc::undelivered,
         "the report was not kept and is lost"},
        {State::dead, Cause::data, true, "dead", Errc::undelivered,
         "the report server rejects this report, which is kept as dead: `ktel reports show` "
         "prints it"},
        {State::dead, Cause::data, false, "lost", Errc::undelivered,
         "the report was not kept and is lost"},
        {State::withdrawn, Cause::none, true, "withdrawn", Errc::not_allowed,
         "consent was withdrawn meanwhile: it will not be sent"},
    };
    for (const auto& row : rows) {
      CAPTURE(row.fate);
      const Receipt receipt =
          app::receipt_of(ended(row.state, "H is busy", row.cause), "splunk://h", row.kept);
      CHECK(receipt.state == row.shown);
      REQUIRE(receipt.error);
      CHECK(receipt.error->code == row.code);
      CHECK(receipt.error->message == std::string("splunk://h: H is busy; ") + row.fate);
    }
    CHECK_FALSE(app::receipt_of(ended(State::delivered, "taken"), "splunk://h", true).error);
  }
}
