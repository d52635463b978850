// The fake host refuses what ktel would refuse, and follows `when`.
#include <doctest/doctest.h>
#include <ktel/sdk/job.hpp>
#include <ktel/sdk/testing/fake_host.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace sdk = ktel::sdk;
using sdk::testing::FakeHost;
using sdk::testing::Outcome;

TEST_SUITE("sdk/fake_host") {
  namespace {

  constexpr ktel_read reads[] = {
      {.id = "pods", .verb = KTEL_READ_COUNT},
      {.id = "few", .verb = KTEL_READ_LIST, .paths = "metadata.name", .when = "pods"},
      {.id = "none", .verb = KTEL_READ_LIST, .paths = "metadata.name", .when = "!pods"}};

  constexpr ktel_label colors[] = {{"red", "red"}, {"other", "all else"}};
  constexpr ktel_field fields[] = {
      {.name = "color", .type = KTEL_T_ENUM, KTEL_VALUES(colors), .other = "other"},
      {.name = "n", .type = KTEL_T_COUNT}};

  void collect(sdk::Run& run) {
    run.put(0, "blue");
    run.put(0, "red");
    run.put(1, "a text");
    run.put(9, 1);
    run.log(KTEL_LOG_INFO, "few " + std::to_string(run.state(1).code()));
    run.log(KTEL_LOG_INFO, "none " + std::to_string(run.state(2).code()));
  }

  constexpr ktel_job job = {
      .name = "job", KTEL_FIELDS(fields), KTEL_READS(reads), .run = sdk::executor<collect>};

  using Lines = std::vector<std::string>;

  }  // namespace

  TEST_CASE("a wrong value is lost alone, and a finding says why") {
    const Outcome outcome = FakeHost(job).run();

    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome["color"] == "other");
    CHECK(outcome.fields.size() == 1);
    CHECK(outcome.findings == Lines{"color: blue is not listed", "color: put twice",
                                    "n: its type does not take a text"});
  }

  TEST_CASE("a masked field is taken and withheld") {
    CHECK(FakeHost(job).mask("color").run().fields.empty());
  }

  TEST_CASE("`when` decides which read is made") {
    CHECK(FakeHost(job).run().log == Lines{"few -6", "none 0"});
    CHECK(FakeHost(job).count("pods", 3).run().log == Lines{"few 0", "none -6"});
    CHECK(FakeHost(job).ended("pods", KTEL_E_DENIED).run().log == Lines{"few -6", "none 0"});
  }

  TEST_CASE("what the job does not declare cannot be given") {
    CHECK_THROWS_WITH(FakeHost(job).count("services", 1), "the job does not declare services");
    CHECK_THROWS_WITH(FakeHost(job).object("few", {{"a[b]", "x"}}), "no path: a[b]");
  }
}
