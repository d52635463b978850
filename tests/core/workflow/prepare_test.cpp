// workflow/prepare: names, parameters and policy to what a run will do.
#include "workflow/prepare.hpp"

#include <doctest/doctest.h>

#include <optional>

#include "test_plugin.hpp"

namespace {

using namespace ktel;  // NOLINT: a test

ktel_status run(ktel_call*, void*, const ktel_job*) noexcept { return KTEL_OK; }

const ktel_param params[] = {
    {.name = "app",
     .type = KTEL_T_TEXT,
     .description = "The product's namespace.",
     .env = "POD_NAMESPACE"},
    {.name = "size", .type = KTEL_T_COUNT, .description = "How many.", .default_text = "5"}};
const ktel_read reads[] = {{.id = "pods",
                            .verb = KTEL_READ_COUNT,
                            .versions = "v1",
                            .resource = "pods",
                            .ns = "${app}",
                            .why = "Counts them."}};
const ktel_field fields[] = {{.name = "pods_count",
                              .type = KTEL_T_COUNT,
                              .sensitivity = KTEL_S_SCALE,
                              .granularity = KTEL_G_EXACT,
                              .unit = "{pod}",
                              .from = "pods",
                              .description = "How many pods the product has.",
                              .example = "3",
                              .absent_when = "Pods cannot be listed."}};

struct Fixture {
  test::TestPlugin plugin{"io.tests.one"};
  plugin::Catalog catalog;

  Fixture() {
    ktel_job& job = plugin.job("tests-pods", run);
    job.params = params;
    job.param_count = 2;
    job.param_stride = sizeof(ktel_param);
    job.reads = reads;
    job.read_count = 1;
    job.read_stride = sizeof(ktel_read);
    job.fields = fields;
    plugin.job("tests-other", run);
    plugin.add_to(catalog);
  }

  Result<workflow::Prepared> prepare(std::vector<std::string> jobs,
                                     std::map<std::string, std::string> given = {},
                                     standard::Policy policy = {}) {
    return workflow::prepare(catalog, {.jobs = std::move(jobs),
                                       .params = std::move(given),
                                       .policy = std::move(policy),
                                       .today = "2026-11-25",
                                       .env = [](const std::string&) -> std::optional<std::string> {
                                         return std::nullopt;
                                       }});
  }
  std::string error(std::vector<std::string> jobs, std::map<std::string, std::string> given = {}) {
    const auto prepared = prepare(std::move(jobs), std::move(given));
    REQUIRE_FALSE(prepared.has_value());
    CHECK(prepared.error().code == Errc::bad_input);
    return prepared.error().message;
  }
};

}  // namespace

TEST_SUITE("core/workflow/prepare") {
  TEST_CASE_FIXTURE(Fixture, "what cannot be run is said in a sentence") {
    CHECK(error({}) ==
          "no jobs were named: give --jobs NAME,NAME or --jobs all; `ktel jobs list` shows what "
          "there is");
    CHECK(error({"tests-pod"}) ==
          "there is no job tests-pod; did you mean tests-pods? `ktel jobs list` shows all");
    CHECK(error({"nonsense-entirely"}) ==
          "there is no job nonsense-entirely; `ktel jobs list` shows all");
    CHECK(error({"tests-pods"}, {{"tests-pods.ap", "x"}}) ==
          "no selected job has a parameter tests-pods.ap; `ktel jobs describe JOB` shows what it "
          "takes");
    CHECK(error({"tests-pods"}, {{"tests-pods.size", "many"}}) ==
          "job tests-pods: parameter size takes a whole number");
    CHECK(error({"tests-pods"}, {{"tests-pods.app", "../secrets"}}) ==
          "parameter tests-pods.app must be a DNS name (a-z, 0-9, '-', '.')");
  }

  TEST_CASE_FIXTURE(Fixture, "all is every job, a name given twice counts once") {
    CHECK(prepare({"all"})->jobs.size() == 2);
    CHECK(prepare({"tests-pods", "all"})->jobs.size() == 2);
    CHECK(prepare({"tests-pods", "tests-pods"})->jobs.size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a parameter is put into the read; without it the read is not made") {
    const auto with = prepare({"tests-pods"}, {{"tests-pods.app", "kong"}});
    const auto without = prepare({"tests-pods"});

    CHECK(with->jobs.front().reads.front().ns == "kong");
    CHECK(with->jobs.front().wanted.front());
    CHECK(with->jobs.front().params[1].i64 == 5);
    CHECK_FALSE(without->jobs.front().wanted.front());
  }

  TEST_CASE_FIXTURE(Fixture, "what the operator gives counts before what the environment says") {
    const auto app = [&](std::map<std::string, std::string> given,
                         std::optional<std::string> variable) {
      const auto prepared =
          workflow::prepare(catalog, {.jobs = {"tests-pods"},
                                      .params = std::move(given),
                                      .policy = {},
                                      .today = "2026-11-25",
                                      .env = [&](const std::string& name) {
                                        return name == "POD_NAMESPACE" ? variable : std::nullopt;
                                      }});
      REQUIRE(prepared.has_value());
      const auto& value = prepared->jobs.front().params[0];
      return value.set ? value.text : "not set";
    };
    CHECK(app({}, "kong") == "kong");
    CHECK(app({{"tests-pods.app", "given"}}, "kong") == "given");
    CHECK(app({}, std::nullopt) == "not set");
    // What names no object is nobody's parameter.
    CHECK(app({}, "") == "not set");
    CHECK(app({}, "s3cret!") == "not set");
    CHECK(app({}, "Kong") == "not set");
    CHECK(app({}, "a/b/c") == "not set");
    CHECK(prepare({"tests-pods"})->jobs.front().params[0].set == false);
  }

  TEST_CASE_FIXTURE(Fixture, "a read that waits for an environment nobody knows stays open") {
    const auto prepared = workflow::prepare(
        catalog, {.jobs = {"tests-pods"}, .params = {}, .policy = {}, .today = "2026-11-25"});
    CHECK(prepared->jobs.front().wanted.front());
    CHECK(prepared->jobs.front().reads.front().ns == "${app}");
  }

  TEST_CASE_FIXTURE(Fixture, "a masked field takes its read along, and is listed") {
    const auto prepared = prepare({"tests-pods"}, {{"tests-pods.app", "kong"}},
                                  {.max_sensitivity = KTEL_S_ENVIRONMENT});

    REQUIRE(prepared.has_value());
    CHECK(prepared->jobs.front().withheld());
    CHECK_FALSE(prepared->jobs.front().wanted.front());
    REQUIRE(prepared->withheld.size() == 1);
    CHECK(prepared->withheld.front().rfind("tests-pods.pods_count: ", 0) == 0);
    CHECK(prepared->findings.front().id == "withheld-sensitivity");
  }

  TEST_CASE("jobs that need each other in a circle are refused before anything is opened") {
    static const ktel_need needs_b[] = {{.job = "tests-b", .paths = "items_count"}};
    static const ktel_need needs_a[] = {{.job = "tests-a", .paths = "items_count"}};
    test::TestPlugin plugin("io.tests.one");
    const auto add = [&](const char* name, const ktel_need* need) {
      ktel_job& job = plugin.job(name, run);
      job.needs = need;
      job.need_count = 1;
      job.need_stride = sizeof(ktel_need);
    };
    add("tests-a", needs_b);
    add("tests-b", needs_a);
    plugin::Catalog catalog;
    plugin.add_to(catalog);

    const auto prepared =
        workflow::prepare(catalog, {.jobs = {"all"}, .params = {}, .policy = {}, .today = {}});

    REQUIRE(!prepared);
    CHECK(prepared.error().message ==
          "jobs need each other in a circle: tests-a -> tests-b -> tests-a; leave one of them out");
  }
}
