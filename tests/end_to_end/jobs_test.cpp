// Which jobs run, and what becomes of a report when some of them do not do well.
#include <doctest/doctest.h>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

constexpr const char* good_part = R"({"tests-count":{"is_ready":true,"items_count":3}})";

}  // namespace

TEST_SUITE_BEGIN("end_to_end/jobs");

TEST_CASE("a job nobody knows is refused with the nearest name, and nothing runs") {
  const test::User user;
  const auto r = user.ktel({"workflows", "run", "--jobs", "identify-platfrom"});
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK(r.err ==
        "ktel: there is no job identify-platfrom; did you mean identify-platform? `ktel jobs list` "
        "shows all\n");
  CHECK(user.recorded() == 0);

  CHECK(user.ktel({"workflows", "run", "--jobs", "zzzzzzzzzz"}).err ==
        "ktel: there is no job zzzzzzzzzz; `ktel jobs list` shows all\n");
}

TEST_CASE("without jobs there is nothing to do") {
  const test::User user;
  const auto r = user.ktel({"workflows", "run"});
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK(r.err ==
        "ktel: no jobs were named: give --jobs NAME,NAME or --jobs all; `ktel jobs list` shows "
        "what there is\n");
  CHECK(user.ktel({"workflows", "run", "--jobs", ","}).err == r.err);
}

TEST_CASE("a job that fails, throws or puts the wrong type costs its own part only") {
  const test::User user;
  struct Row {
    std::string job;
    std::string says;
  };
  for (const auto& [job, says] : std::vector<Row>{
           {"tests-fails",
            "ktel: warning: tests-fails: FAILED: the moon is in the way (" KTEL_TEST_PLUGINS
            "/test_jobs.so); `ktel jobs describe tests-fails` says whom to tell\n"},
           {"tests-throws",
            "ktel: warning: tests-throws: FAILED: thrown by the job (" KTEL_TEST_PLUGINS
            "/test_jobs.so); `ktel jobs describe tests-throws` says whom to tell\n"},
           {"tests-mistypes",
            "ktel: error: tests-mistypes.items_count: text was put where the declared type is "
            "count; it was dropped; tell team-tests (https://tests.example/telemetry), who own the "
            "job\n"}}) {
    CAPTURE(job);
    const auto r = user.report("tests-count," + job);
    CHECK(r.exit_code == 0);
    CHECK(r.out == good_part);
    CHECK_MESSAGE(r.err.starts_with(says), r.err);
  }
}

TEST_CASE("a job that overruns its deadline is left behind, and the command ends") {
  const test::User user;
  const auto r = user.report("tests-hangs,tests-count");
  CHECK(r.exit_code == 0);
  CHECK_FALSE(r.timed_out);
  CHECK(r.out == good_part);
  CHECK_MESSAGE(contains(r.err,
                         "ktel: warning: tests-hangs: overran its deadline of 300 ms "
                         "(" KTEL_TEST_PLUGINS
                         "/test_hang.so); `ktel jobs describe tests-hangs` says whom to tell\n"),
                r.err);
  CHECK(user.recorded() == 1);
}

TEST_CASE("when no job has anything to report, nothing is recorded or sent") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.report("tests-fails", receiver.options());
  CHECK(r.exit_code == 3);
  CHECK(r.out == "");
  CHECK_MESSAGE(contains(r.err, "there is nothing to report"), r.err);
  CHECK_MESSAGE(contains(r.err, "the moon is in the way"), r.err);
  CHECK(user.recorded() == 0);
  CHECK(receiver.server().journal().requests().empty());
}

TEST_CASE("strict sends nothing where there is a finding") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r =
      user.report("tests-count,tests-fails", test::Words{"--strict"} + receiver.options());
  CHECK(r.exit_code == 3);
  CHECK(r.out == "");
  CHECK_MESSAGE(contains(r.err, "strict: nothing is sent because of a finding: tests-fails: "),
                r.err);
  CHECK(receiver.server().journal().requests().empty());
  CHECK(user.recorded() == 0);
}

TEST_CASE("all takes every job of every plugin there is") {
  const test::User user;
  const auto r = user.report("all", {"--dry-run"});
  CHECK(r.exit_code == 0);
  CHECK_MESSAGE(contains(r.out, R"("tests-count":{"is_ready":true,"items_count":3})"), r.out);
}

TEST_SUITE_END();
