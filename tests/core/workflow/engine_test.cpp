// workflow/engine: deadlines, cancellation, needs, exclusion, and that a failure stays one job's.
#include "workflow/engine.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "test_plugin.hpp"

namespace {

using namespace ktel;  // NOLINT: a test
using namespace std::chrono_literals;
using workflow::RunOutput;

ktel_status put_three(ktel_call* call, void*, const ktel_job*) noexcept {
  return ktel_put_i64(call, 0, 3);
}

ktel_status put_nothing(ktel_call*, void*, const ktel_job*) noexcept { return KTEL_OK; }

ktel_status fail_with_reason(ktel_call* call, void*, const ktel_job*) noexcept {
  ktel_put_i64(call, 0, 3);
  call->host->fail(call, KTEL_E_FAILED, ktel_text("the moon is down"));
  return KTEL_E_FAILED;
}

ktel_status fail_silently(ktel_call*, void*, const ktel_job*) noexcept { return -77; }

ktel_status partial(ktel_call* call, void*, const ktel_job*) noexcept {
  ktel_put_i64(call, 0, 3);
  return KTEL_PARTIAL;
}

// Waits until it is asked to end, as a well-behaved job does.
ktel_status wait_for_cancel(ktel_call* call, void*, const ktel_job*) noexcept {
  ktel_status why = KTEL_OK;
  while ((why = call->host->cancelled(call)) == KTEL_OK) std::this_thread::yield();
  return why;
}

// Hangs until the test lets it go, whatever the host says.
std::mutex hang_mutex;
std::condition_variable hang_changed;
bool hang_over = false;
std::atomic<int> hanging{0};
ktel_status hang(ktel_call* call, void*, const ktel_job*) noexcept {
  ++hanging;
  std::unique_lock lock(hang_mutex);
  hang_changed.wait(lock, [] { return hang_over; });
  lock.unlock();
  // The host has given it up: what it does now must have no effect.
  ktel_put_i64(call, 0, 99);
  --hanging;
  return KTEL_OK;
}

ktel_status add_one_to_need(ktel_call* call, void*, const ktel_job*) noexcept {
  const ktel_row* row = nullptr;
  if (const ktel_status status = call->host->need(call, 0, &row); status != KTEL_OK) return status;
  return ktel_put_i64(call, 0, row->cells[0].i64 + 1);
}

std::atomic<int> inside{0};
std::atomic<int> most_inside{0};
ktel_status count_inside(ktel_call* call, void*, const ktel_job*) noexcept {
  const int now = ++inside;
  int most = most_inside;
  while (now > most && !most_inside.compare_exchange_weak(most, now)) {
  }
  std::this_thread::yield();
  --inside;
  return ktel_put_i64(call, 0, 1);
}

struct Engine {
  plugin::Catalog catalog;
  workflow::Pool pool{2};
  workflow::PluginRuntimes runtimes{pool, "0.0.0", Logger{}};

  RunOutput run(const std::vector<std::string>& jobs, std::stop_token stop = {},
                std::chrono::milliseconds job_timeout = 10s,
                std::function<void(const workflow::Progress&)> progress = {}) {
    auto prepared = workflow::prepare(
        catalog, {.jobs = jobs, .params = {}, .policy = {}, .today = "2026-11-25"});
    REQUIRE_MESSAGE(prepared.has_value(), prepared.error().message);
    workflow::RunInput input;
    input.prepared = std::make_shared<const workflow::Prepared>(std::move(prepared).value());
    input.job_timeout = job_timeout;
    input.grace = 50ms;
    input.clock = system_clock();
    input.progress = std::move(progress);
    auto output = workflow::run_jobs(pool, runtimes, std::move(input), stop);
    REQUIRE_MESSAGE(output.has_value(), output.error().message);
    return std::move(output).value();
  }
};

const JobRecord& record(const RunOutput& output, const std::string& name) {
  for (const JobRecord& job : output.jobs) {
    if (job.name == name) return job;
  }
  FAIL("no record of job " << name);
  return output.jobs.front();
}

}  // namespace

TEST_SUITE("core/workflow/engine") {
  TEST_CASE("what a job puts is its part of the output") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-three", put_three);
    plugin.job("tests-nothing", put_nothing);
    Engine engine;
    plugin.add_to(engine.catalog);

    const RunOutput output = engine.run({"tests-three", "tests-nothing"});

    CHECK(record(output, "tests-three").state == JobState::ok);
    CHECK(output.parts.at("tests-three").at("items_count").as_int64() == 3);
    CHECK(record(output, "tests-nothing").state == JobState::nothing);
    CHECK(output.parts.size() == 1);
    CHECK(output.findings.empty());
  }

  TEST_CASE("a job that fails loses its own part alone, and says why") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-good", put_three);
    plugin.job("tests-bad", fail_with_reason);
    plugin.job("tests-mute", fail_silently);
    plugin.job("tests-part", partial);
    Engine engine;
    plugin.add_to(engine.catalog);

    const RunOutput output = engine.run({"all"});

    CHECK(output.parts.size() == 1);
    CHECK(output.parts.count("tests-good") == 1);
    CHECK(record(output, "tests-bad").why == "FAILED: the moon is down");
    CHECK(record(output, "tests-mute").why == "failed (-77) and gave no reason");
    CHECK(record(output, "tests-part").why ==
          "returned PARTIAL, which it does not declare that it may");
    REQUIRE(output.findings.size() == 3);
    for (const Finding& finding : output.findings) CHECK(finding.id == "job-failed");
  }

  TEST_CASE("PARTIAL of a job that declares it is kept, with a finding") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-part", partial).flags = KTEL_JOB_PARTIAL_OK;
    Engine engine;
    plugin.add_to(engine.catalog);

    const RunOutput output = engine.run({"tests-part"});

    CHECK(record(output, "tests-part").state == JobState::partial);
    CHECK(output.parts.size() == 1);
    REQUIRE(output.findings.size() == 1);
    CHECK(output.findings.front().text ==
          "io.tests.one: io.tests.one/tests-part: reported a part only");
  }

  TEST_CASE("a job gets the result it needs; a job pulled in by a need is not reported") {
    static const ktel_need needs[] = {{.job = "tests-three", .paths = "items_count"}};
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-three", put_three);
    ktel_job& next = plugin.job("tests-next", add_one_to_need);
    next.needs = needs;
    next.need_count = 1;
    next.need_stride = sizeof(ktel_need);
    Engine engine;
    plugin.add_to(engine.catalog);

    const RunOutput output = engine.run({"tests-next"});

    CHECK(output.parts.size() == 1);
    CHECK(output.parts.at("tests-next").at("items_count").as_int64() == 4);
  }

  TEST_CASE("a job that passes its deadline and ends then is timed out") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-slow", wait_for_cancel);
    plugin.job("tests-three", put_three);
    Engine engine;
    plugin.add_to(engine.catalog);

    const RunOutput output = engine.run({"tests-slow", "tests-three"}, {}, 20ms);

    CHECK(record(output, "tests-slow").state == JobState::timed_out);
    CHECK(record(output, "tests-slow").why == "overran its deadline of 20 ms");
    CHECK(output.parts.count("tests-three") == 1);
  }

  TEST_CASE("a job that never comes back loses its plugin, and nothing else") {
    hang_over = false;
    test::TestPlugin bad("io.tests.bad");
    bad.job("tests-hang", hang);
    bad.job("tests-behind", put_three);
    test::TestPlugin good("io.tests.good");
    good.job("tests-good", put_three);
    {
      Engine engine;
      bad.add_to(engine.catalog);
      good.add_to(engine.catalog);

      const RunOutput output = engine.run({"tests-hang", "tests-behind", "tests-good"}, {}, 20ms);
      const RunOutput again = engine.run({"tests-behind", "tests-good"});

      CHECK(record(output, "tests-hang").state == JobState::timed_out);
      CHECK(output.parts.count("tests-hang") == 0);
      CHECK(output.parts.count("tests-good") == 1);
      CHECK(record(again, "tests-behind").why ==
            "its plugin still hangs in job tests-hang, which overran its deadline");
      CHECK(again.parts.count("tests-good") == 1);
    }
    {
      const std::lock_guard lock(hang_mutex);
      hang_over = true;
    }
    hang_changed.notify_all();
    while (hanging > 0) std::this_thread::yield();
  }

  TEST_CASE("deadlines hold while every thread of the pool is lost in a plugin") {
    hang_over = false;
    test::TestPlugin one("io.tests.one");
    one.job("tests-hang-one", hang);
    test::TestPlugin two("io.tests.two");
    two.job("tests-hang-two", hang);
    test::TestPlugin good("io.tests.good");
    good.job("tests-z-good", put_three);
    {
      Engine engine;
      one.add_to(engine.catalog);
      two.add_to(engine.catalog);
      good.add_to(engine.catalog);

      const RunOutput output = engine.run({"all"}, {}, 20ms);

      CHECK(record(output, "tests-hang-one").state == JobState::timed_out);
      CHECK(record(output, "tests-hang-two").state == JobState::timed_out);
      CHECK(output.parts.count("tests-z-good") == 1);
    }
    {
      const std::lock_guard lock(hang_mutex);
      hang_over = true;
    }
    hang_changed.notify_all();
    while (hanging > 0) std::this_thread::yield();
  }

  TEST_CASE("a stop ends running jobs, and the output says so") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-slow", wait_for_cancel);
    Engine engine;
    plugin.add_to(engine.catalog);
    std::stop_source stop;

    const RunOutput output =
        engine.run({"tests-slow"}, stop.get_token(), 60s, [&](const workflow::Progress& progress) {
          if (progress.phase == workflow::Progress::Phase::running) stop.request_stop();
        });

    CHECK(output.stopped);
    CHECK(record(output, "tests-slow").state == JobState::stopped);
    CHECK(record(output, "tests-slow").why == "the run was stopped");
  }

  TEST_CASE("jobs of one plugin exclude each other, also in concurrent runs") {
    inside = most_inside = 0;
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-a", count_inside);
    plugin.job("tests-b", count_inside);
    plugin.job("tests-c", count_inside);
    Engine engine;
    plugin.add_to(engine.catalog);

    std::vector<std::thread> runs;
    std::atomic<std::size_t> parts{0};
    for (int i = 0; i < 4; ++i) {
      runs.emplace_back([&] {
        for (int round = 0; round < 20; ++round) parts += engine.run({"all"}).parts.size();
      });
    }
    for (std::thread& run : runs) run.join();

    CHECK(parts == 4 * 20 * 3);
    CHECK(most_inside == 1);
  }
}
