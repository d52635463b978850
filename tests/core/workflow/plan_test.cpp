// workflow/plan: what starts when, and what is lost with what.
#include "workflow/plan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using ktel::workflow::JobSpec;
using ktel::workflow::Lose;
using ktel::workflow::Plan;
using ktel::workflow::Start;
using ktel::workflow::Steps;

JobSpec spec(std::string name, std::size_t reads, std::vector<std::string> needs = {},
             std::vector<std::string> optional_needs = {}) {
  return {.name = std::move(name),
          .reads = reads,
          .needs = std::move(needs),
          .optional_needs = std::move(optional_needs),
          .withheld = false};
}

Plan plan_of(std::vector<JobSpec> jobs) { return Plan::make(std::move(jobs)).value(); }

}  // namespace

TEST_SUITE("core/workflow/plan") {
  TEST_CASE("a job without reads and needs starts at once") {
    Plan plan = plan_of({spec("a", 0)});

    CHECK(plan.begin() == Steps{Start{0}});
    CHECK_FALSE(plan.finished());
    CHECK(plan.job_ended(0, true).empty());
    CHECK(plan.finished());
  }

  TEST_CASE("a job is needed if another one waits for its result, must it have it or not") {
    const Plan plan = plan_of({spec("a", 0), spec("b", 0), spec("c", 0, {"a"}, {"b"})});

    CHECK(plan.needed(0));
    CHECK(plan.needed(1));
    CHECK_FALSE(plan.needed(2));
  }

  TEST_CASE("a job starts when the last of its reads has ended") {
    Plan plan = plan_of({spec("mesh", 2)});

    CHECK(plan.begin().empty());
    CHECK(plan.read_ended(0).empty());
    CHECK(plan.read_ended(0) == Steps{Start{0}});
  }

  TEST_CASE("a job waits for the job it needs and for its own reads") {
    Plan plan = plan_of({spec("platform", 1), spec("advice", 1, {"platform"})});

    CHECK(plan.begin().empty());
    CHECK(plan.read_ended(1).empty());
    CHECK(plan.read_ended(0) == Steps{Start{0}});
    CHECK(plan.job_ended(0, true) == Steps{Start{1}});
  }

  TEST_CASE("a job is lost with the job it needs, and so is who needs that one") {
    Plan plan = plan_of({spec("a", 0), spec("b", 0, {"a"}), spec("c", 0, {"b"})});

    CHECK(plan.begin() == Steps{Start{0}});
    CHECK(plan.job_ended(0, false) ==
          Steps{Lose{1, "it needs a, which was lost"}, Lose{2, "it needs b, which was lost"}});
    CHECK(plan.finished());
  }

  TEST_CASE("an optional need is waited for, and its loss is survived") {
    Plan plan = plan_of({spec("a", 0), spec("b", 0, {}, {"a", "not-in-this-run"})});

    CHECK(plan.begin() == Steps{Start{0}});
    CHECK(plan.job_ended(0, false) == Steps{Start{1}});
  }

  TEST_CASE("a withheld job never starts, and who needs it runs without its fields") {
    std::vector<JobSpec> jobs = {spec("a", 1), spec("b", 0, {"a"})};
    jobs[0].withheld = true;
    Plan plan = plan_of(jobs);

    CHECK(plan.begin() == Steps{Start{1}});
    CHECK(plan.read_ended(0).empty());
    CHECK(plan.job_ended(1, true).empty());
    CHECK(plan.finished());
  }

  TEST_CASE("needs in a circle are refused, naming the circle") {
    const auto plan =
        Plan::make({spec("a", 0, {"b"}), spec("b", 0, {"c"}), spec("c", 0, {}, {"b"})});

    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().code == ktel::Errc::bad_input);
    CHECK(plan.error().message ==
          "jobs need each other in a circle: b -> c -> b; leave one of them out");
  }

  TEST_CASE("a need that nobody provides is refused, naming both") {
    const auto plan = Plan::make({spec("a", 0, {"ghost"})});

    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().message ==
          "job a needs the result of job ghost, which no plugin provides: install the plugin that "
          "has it, or leave a out");
  }
}
