// workflow/verdict: what a return is judged to be, and what the operator is told.
#include "workflow/verdict.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace ktel;  // NOLINT: a test
using namespace std::chrono_literals;
using workflow::Return;
using workflow::Terms;
using workflow::Verdict;

const boost::json::object a_part = {{"items_count", 3}};
const Finding dropped = {.id = "invalid-value", .level = FindingLevel::error};
const Finding noted = {.id = "value-other", .level = FindingLevel::note};
const Verdict run_is_over = {JobState::stopped, "the run was stopped"};

Return returned(ktel_status status, std::string reason = {}, boost::json::object part = {},
                std::vector<Finding> findings = {}) {
  return {.status = status,
          .reason = std::move(reason),
          .took = 1ms,
          .part = std::move(part),
          .findings = std::move(findings)};
}

Return not_started() {
  Return of = returned(KTEL_E_FAILED);
  of.started = Error{Errc::bad_input, "plugin x: start failed (-1): no licence"};
  return of;
}

Return uncalled() {
  Return of;
  of.uncalled = Verdict{JobState::failed, "it was not called"};
  of.took = 1h;
  return of;
}

Return late(Return of) {
  of.took = 10ms;
  return of;
}

}  // namespace

TEST_SUITE("core/workflow/verdict") {
  TEST_CASE("a return is judged by what came with it and when") {
    const Terms plain{.timeout = 10ms};
    const Terms partial_ok{.timeout = 10ms, .partial_ok = true};
    const Terms ended{.timeout = 10ms, .ended = run_is_over};
    const Verdict too_late = {JobState::timed_out, "overran its deadline of 10 ms"};
    const struct {
      const char* what;
      Return of;
      Terms terms;
      Verdict verdict;
    } cases[] = {
        {"a part", returned(KTEL_OK, {}, a_part), plain, {JobState::ok, ""}},
        {"a part, with a note", returned(KTEL_OK, {}, a_part, {noted}), plain, {JobState::ok, ""}},
        {"some dropped", returned(KTEL_OK, {}, a_part, {dropped}), plain, {JobState::ok, ""}},
        {"no part", returned(KTEL_OK), plain, {JobState::nothing, ""}},
        {"all dropped",
         returned(KTEL_OK, {}, {}, {noted, dropped}),
         plain,
         {JobState::failed, "nothing of what it put passed its declarations"}},
        {"another success", returned(7, {}, a_part), plain, {JobState::ok, ""}},
        {"PARTIAL",
         returned(KTEL_PARTIAL, "half of it", a_part),
         partial_ok,
         {JobState::partial, "half of it"}},
        {"PARTIAL of nothing", returned(KTEL_PARTIAL), partial_ok, {JobState::partial, ""}},
        {"PARTIAL, all dropped",
         returned(KTEL_PARTIAL, {}, {}, {dropped}),
         partial_ok,
         {JobState::failed, "nothing of what it put passed its declarations"}},
        {"PARTIAL undeclared",
         returned(KTEL_PARTIAL, {}, a_part),
         plain,
         {JobState::failed, "returned PARTIAL, which it does not declare that it may"}},
        {"ABSENT",
         returned(KTEL_E_ABSENT, "no mesh", a_part),
         plain,
         {JobState::nothing, "no mesh"}},
        {"SKIPPED", returned(KTEL_E_SKIPPED), plain, {JobState::nothing, ""}},
        {"a reason",
         returned(KTEL_E_LIMIT, "too many", a_part),
         plain,
         {JobState::failed, "LIMIT: too many"}},
        {"a status of its own",
         returned(-77, "why not"),
         plain,
         {JobState::failed, "FAILED: why not"}},
        {"no reason", returned(-77), plain, {JobState::failed, "failed (-77) and gave no reason"}},
        {"DENIED",
         returned(KTEL_E_DENIED),
         plain,
         {JobState::failed, "DENIED: what it reads is forbidden"}},
        {"late", late(returned(KTEL_OK, {}, a_part)), plain, too_late},
        {"late, in a run that is over", late(returned(KTEL_OK, {}, a_part)), ended, too_late},
        {"in time, in a run that is over",
         returned(KTEL_OK, {}, a_part),
         ended,
         {JobState::ok, ""}},
        {"broken off by the end of the run", returned(KTEL_E_CANCELLED, "was asked to"), ended,
         run_is_over},
        {"a plugin that does not start",
         not_started(),
         plain,
         {JobState::failed, "plugin x: start failed (-1): no licence"}},
        {"a plugin that does not start, late", late(not_started()), plain, too_late},
        {"a plugin that does not start, in a run that is over", not_started(), ended, run_is_over},
        {"never called", uncalled(), ended, {JobState::failed, "it was not called"}},
    };
    for (const auto& [what, of, terms, verdict] : cases) {
      CAPTURE(what);
      const Verdict judged = workflow::judge(of, terms);
      CHECK(judged.why == verdict.why);
      CHECK(judged.state == verdict.state);
    }
  }

  TEST_CASE("each failure has a name of its own") {
    const struct {
      ktel_status status;
      const char* name;
    } cases[] = {{KTEL_E_FAILED, "FAILED"},           {KTEL_E_CANCELLED, "CANCELLED"},
                 {KTEL_E_DEADLINE, "DEADLINE"},       {KTEL_E_DENIED, "DENIED"},
                 {KTEL_E_INVALID, "INVALID"},         {KTEL_E_LIMIT, "LIMIT"},
                 {KTEL_E_UNSUPPORTED, "UNSUPPORTED"}, {KTEL_E_STATE, "STATE"}};
    for (const auto& [status, name] : cases) {
      CHECK(workflow::judge(returned(status, "so"), {.timeout = 10ms}).why ==
            std::string(name) + ": so");
    }
  }

  TEST_CASE("why a job was not waited for") {
    using enum JobState;
    CHECK(workflow::overran(20ms) == Verdict{timed_out, "overran its deadline of 20 ms"});
    CHECK(workflow::overran(1s, " waiting for its plugin") ==
          Verdict{timed_out, "overran its deadline of 1000 ms waiting for its plugin"});
    CHECK(workflow::hangs_in("start()") ==
          Verdict{failed, "its plugin still hangs in start(), which overran its deadline"});
    CHECK(workflow::ended_early(KTEL_E_CANCELLED, 1s) == Verdict{stopped, "the run was stopped"});
    CHECK(workflow::ended_early(KTEL_E_DEADLINE, 1s) ==
          Verdict{timed_out, "the run's time limit of 1000 ms passed before it was done"});
  }

  TEST_CASE("what a job's end means to those who need it, and to its call") {
    using enum JobState;
    for (const JobState state : {ok, partial, nothing}) {
      CHECK(workflow::usable(state));
      CHECK(workflow::for_others(state) == KTEL_OK);
      CHECK(workflow::came_back(state));
    }
    CHECK(workflow::for_others(withheld) == KTEL_OK);
    for (const JobState state : {failed, lost, timed_out, stopped}) {
      CHECK_FALSE(workflow::usable(state));
      CHECK(workflow::for_others(state) == KTEL_E_FAILED);
    }
    CHECK_FALSE(workflow::came_back(timed_out));
    CHECK_FALSE(workflow::came_back(stopped));
  }

  TEST_CASE("a record is told as a finding where there is something to do") {
    plugin::CatalogPlugin linked;
    linked.declared.id = "io.tests.one";
    plugin::CatalogPlugin file;
    file.file = "/plugins/one.so";
    const struct {
      JobState state;
      std::string why;
      std::string id;
      std::string text;
    } cases[] = {
        {JobState::failed, "it rained", "job-failed", "it rained"},
        {JobState::lost, "it needs a, which was lost", "job-failed", "it needs a, which was lost"},
        {JobState::timed_out, "too late", "job-timeout", "too late"},
        {JobState::partial, "", "job-partial", "reported a part only"},
        {JobState::partial, "half", "job-partial", "reported a part only: half"},
    };
    for (const auto& [state, why, id, text] : cases) {
      CAPTURE(text);
      const auto finding =
          workflow::finding_of({.name = "a-job", .state = state, .why = why}, file);
      REQUIRE(finding);
      CHECK(finding->id == id);
      CHECK(finding->level == FindingLevel::warn);
      CHECK(finding->job == "a-job");
      CHECK(finding->text == text + " (/plugins/one.so)");
      CHECK(finding->next == "`ktel jobs describe a-job` says whom to tell");
    }
    CHECK(workflow::finding_of({.name = "a-job", .state = JobState::failed, .why = "so"}, linked)
              ->text == "so (io.tests.one)");
    for (const JobState quiet :
         {JobState::ok, JobState::nothing, JobState::withheld, JobState::stopped}) {
      CHECK_FALSE(workflow::finding_of({.name = "a-job", .state = quiet, .why = "so"}, file));
    }
  }
}
