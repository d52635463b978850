// workflow/engine: deadlines, cancellation, needs, exclusion, and that a failure stays one job's.
#include "workflow/engine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/spin.hpp"
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
  test::spin_until([&] { return (why = call->host->cancelled(call)) != KTEL_OK; });
  return why;
}

std::atomic<int> waiting{0};
ktel_status say_and_wait_for_cancel(ktel_call* call, void* self, const ktel_job* job) noexcept {
  ++waiting;
  return wait_for_cancel(call, self, job);
}

// Hangs until the test lets it go, whatever the host says.
std::mutex hang_mutex;
std::condition_variable hang_changed;
bool hang_over = false;
std::atomic<int> hanging{0};
void wait_to_be_let_go() {
  std::unique_lock lock(hang_mutex);
  hang_changed.wait(lock, [] { return hang_over; });
}
void let_go() {
  {
    const std::lock_guard lock(hang_mutex);
    hang_over = true;
  }
  hang_changed.notify_all();
  test::spin_until([] { return hanging == 0; });
}
ktel_status hang(ktel_call* call, void*, const ktel_job*) noexcept {
  ++hanging;
  wait_to_be_let_go();
  // The host has given it up: what it does now must have no effect.
  ktel_put_i64(call, 0, 99);
  --hanging;
  return KTEL_OK;
}

std::atomic<ktel_call*> kept_call{nullptr};
ktel_status keep_the_call(ktel_call* call, void*, const ktel_job*) noexcept {
  kept_call = call;
  return KTEL_OK;
}
ktel_status use_the_kept_call(ktel_call* call, void*, const ktel_job*) noexcept {
  if (kept_call == nullptr || ktel_put_i64(kept_call, 0, 3) != KTEL_E_STATE) return KTEL_E_FAILED;
  return ktel_put_i64(call, 0, 1);
}

ktel_status hang_at_start(ktel_call*, void**) noexcept {
  ++hanging;
  wait_to_be_let_go();
  --hanging;
  return KTEL_OK;
}

ktel_status fail_at_start(ktel_call* call, void**) noexcept {
  call->host->fail(call, KTEL_E_FAILED, ktel_text("no licence"));
  return KTEL_E_FAILED;
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
  std::chrono::milliseconds run_timeout = 60s;
  std::chrono::milliseconds grace = 50ms;

  RunOutput run(const std::vector<std::string>& jobs, std::stop_token stop = {},
                std::chrono::milliseconds job_timeout = 10s,
                std::function<void(const JobProgress&)> progress = {}) {
    auto prepared = workflow::prepare(
        catalog, {.jobs = jobs, .params = {}, .policy = {}, .today = "2026-11-25"});
    REQUIRE_MESSAGE(prepared.has_value(), prepared.error().message);
    workflow::RunInput input;
    input.prepared = std::make_shared<const workflow::Prepared>(std::move(prepared).value());
    input.run_timeout = run_timeout;
    input.job_timeout = job_timeout;
    input.grace = grace;
    input.clock = system_clock();
    input.progress = std::move(progress);
    auto output = workflow::run_jobs(pool, runtimes, std::move(input), stop);
    REQUIRE_MESSAGE(output.has_value(), output.error().message);
    return std::move(output).value();
  }

  // Until no thread is in a plugin any more, also of those that were given up.
  void come_to_rest() {
    for (const plugin::CatalogPlugin& plugin : catalog.plugins()) {
      const std::lock_guard lock(*runtimes.get(plugin)->exclusion);
    }
  }
};

// Plugins of jobs that put three, with names that differ.
class ManyJobs {
 public:
  ManyJobs(int plugins, int jobs_of_each) {
    for (int p = 0; p < plugins; ++p) {
      test::TestPlugin& plugin = plugins_.emplace_back("io.tests.p" + std::to_string(p));
      for (int i = 0; i < jobs_of_each; ++i) {
        names_.push_back("tests-" + std::to_string(p) + "-" + std::to_string(i));
        plugin.job(names_.back().c_str(), put_three);
      }
    }
  }

  void add_to(plugin::Catalog& catalog) {
    for (test::TestPlugin& plugin : plugins_) plugin.add_to(catalog);
  }

 private:
  std::deque<std::string> names_;
  std::deque<test::TestPlugin> plugins_;
};

std::size_t count(const RunOutput& output, JobState state) {
  return static_cast<std::size_t>(
      std::count_if(output.jobs.begin(), output.jobs.end(),
                    [&](const JobRecord& job) { return job.state == state; }));
}

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
    CHECK(output.findings.front().text == "reported a part only (io.tests.one)");
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
    let_go();
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
    let_go();
  }

  TEST_CASE("a plugin whose start() fails loses its own jobs, and says why") {
    test::TestPlugin bad("io.tests.bad");
    bad.job("tests-bad", put_three);
    bad.start = fail_at_start;
    test::TestPlugin good("io.tests.good");
    good.job("tests-good", put_three);
    Engine engine;
    bad.add_to(engine.catalog);
    good.add_to(engine.catalog);

    const RunOutput output = engine.run({"all"});

    CHECK(record(output, "tests-bad").state == JobState::failed);
    CHECK(record(output, "tests-bad").why == "plugin io.tests.bad: start failed (-1): no licence");
    CHECK(output.parts.count("tests-good") == 1);
  }

  TEST_CASE("a start() that never comes back costs its plugin's jobs their deadline, no more") {
    hang_over = false;
    test::TestPlugin bad("io.tests.bad");
    bad.job("tests-bad", put_three);
    bad.job("tests-behind", put_three);
    bad.start = hang_at_start;
    test::TestPlugin good("io.tests.good");
    good.job("tests-good", put_three);
    {
      Engine engine;
      bad.add_to(engine.catalog);
      good.add_to(engine.catalog);

      const RunOutput output = engine.run({"all"}, {}, 20ms);

      CHECK(record(output, "tests-bad").state == JobState::timed_out);
      CHECK(record(output, "tests-bad").why ==
            "overran its deadline of 20 ms in the start() of its plugin");
      CHECK(record(output, "tests-behind").why ==
            "its plugin still hangs in start(), which overran its deadline");
      CHECK(output.parts.size() == 1);
      CHECK(output.parts.count("tests-good") == 1);
    }
    let_go();
  }

  TEST_CASE("a plugin started for its backend gets a limit, too") {
    hang_over = false;
    test::TestPlugin bad("io.tests.bad");
    bad.start = hang_at_start;
    bad.job("tests-bad", put_three);
    {
      Engine engine;
      bad.add_to(engine.catalog);
      const plugin::CatalogPlugin& of = engine.catalog.plugins().front();

      const auto started = engine.runtimes.get_started(of, 20ms, {});

      REQUIRE(!started);
      CHECK(started.error().message ==
            "plugin io.tests.bad: start() has not returned within 20 ms; ask its maker for a "
            "corrected build, or leave it out");
    }
    let_go();
  }

  TEST_CASE("a stop ends running jobs, and the output says so") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-slow", wait_for_cancel);
    Engine engine;
    plugin.add_to(engine.catalog);
    std::stop_source stop;

    const RunOutput output =
        engine.run({"tests-slow"}, stop.get_token(), 60s, [&](const JobProgress& progress) {
          if (progress.phase == JobProgress::Phase::running) stop.request_stop();
        });

    CHECK(output.stopped);
    CHECK(record(output, "tests-slow").state == JobState::stopped);
    CHECK(record(output, "tests-slow").why == "the run was stopped");
  }

  TEST_CASE("progress comes on the caller's thread, and what the callback throws harms nothing") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-three", put_three);
    Engine engine;
    plugin.add_to(engine.catalog);
    std::vector<JobProgress::Phase> phases;
    const auto caller = std::this_thread::get_id();

    const RunOutput output = engine.run({"tests-three"}, {}, 10s, [&](const JobProgress& progress) {
      CHECK(std::this_thread::get_id() == caller);
      phases.push_back(progress.phase);
      throw std::runtime_error("not your affair");
    });

    using enum JobProgress::Phase;
    CHECK(phases == std::vector{reading, running, ended});
    CHECK(output.parts.size() == 1);
  }

  TEST_CASE("a call used after its return is answered, and told") {
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-a-keeps", keep_the_call);
    plugin.job("tests-b-uses", use_the_kept_call);
    Engine engine;
    plugin.add_to(engine.catalog);

    const RunOutput output = engine.run({"all"});

    CHECK(output.parts.count("tests-a-keeps") == 0);
    REQUIRE(output.findings.size() == 1);
    CHECK(output.findings.front().id == "call-kept");
    CHECK(output.findings.front().job == "tests-a-keeps");
  }

  TEST_CASE("a job that failed before a stop keeps its own reason, heard of or not") {
    waiting = 0;
    test::TestPlugin plugin("io.tests.one");
    plugin.job("tests-a-bad", fail_with_reason);
    plugin.job("tests-b-good", put_three);
    plugin.job("tests-c-slow", say_and_wait_for_cancel);
    Engine engine;
    plugin.add_to(engine.catalog);
    std::stop_source stop;
    std::thread stopper([&] {
      test::spin_until([] { return waiting == 1; });
      stop.request_stop();
    });

    const RunOutput output = engine.run({"all"}, stop.get_token(), 60s);
    stopper.join();

    CHECK(record(output, "tests-a-bad").why == "FAILED: the moon is down");
    CHECK(record(output, "tests-c-slow").why == "the run was stopped");
    CHECK(output.parts.count("tests-b-good") == 1);
    CHECK(output.stopped);
  }

  TEST_CASE("a job that the run's time limit cuts short says so, answer it or not") {
    hang_over = false;
    test::TestPlugin bad("io.tests.bad");
    bad.job("tests-hang", hang);
    bad.job("tests-hang-behind", put_three);
    test::TestPlugin good("io.tests.good");
    good.job("tests-slow", wait_for_cancel);
    {
      Engine engine;
      engine.run_timeout = 20ms;
      bad.add_to(engine.catalog);
      good.add_to(engine.catalog);

      const RunOutput output = engine.run({"all"}, {}, 30s);

      for (const char* job : {"tests-hang", "tests-hang-behind", "tests-slow"}) {
        CAPTURE(job);
        CHECK(record(output, job).state == JobState::timed_out);
        CHECK(record(output, job).why == "the run's time limit of 20 ms passed before it was done");
      }
      CHECK_FALSE(output.stopped);
    }
    let_go();
  }

  TEST_CASE("a thousand jobs whose deadline passes at once are a thousand timeouts") {
    ManyJobs many(10, 100);
    Engine engine;
    engine.grace = 60s;
    many.add_to(engine.catalog);

    const RunOutput output = engine.run({"all"}, {}, 0ms);

    CHECK(output.jobs.size() == 1000);
    CHECK(count(output, JobState::timed_out) == 1000);
    CHECK(output.findings.size() == 1000);
    CHECK(output.parts.empty());
    CHECK(record(output, "tests-3-14").why == "overran its deadline of 0 ms");
  }

  TEST_CASE("a return at the moment its thread is given up is settled once, either way") {
    for (int round = 0; round < 20; ++round) {
      ManyJobs many(20, 2);
      Engine engine;
      engine.grace = 0ms;
      many.add_to(engine.catalog);

      const RunOutput output = engine.run({"all"}, {}, 0ms);
      engine.come_to_rest();

      // Failed is the second job of a plugin that is lost with its first.
      CHECK(count(output, JobState::timed_out) + count(output, JobState::failed) == 40);
      CHECK(count(output, JobState::timed_out) >= 20);
      CHECK(output.findings.size() == 40);
      CHECK(output.parts.empty());
    }
  }

  TEST_CASE("a stop between returns loses no job and invents none") {
    for (std::size_t after = 1; after <= 200; after += 40) {
      ManyJobs many(10, 20);
      Engine engine;
      many.add_to(engine.catalog);
      std::stop_source stop;
      std::size_t ended = 0;

      const RunOutput output =
          engine.run({"all"}, stop.get_token(), 60s, [&](const JobProgress& progress) {
            ended += progress.phase == JobProgress::Phase::ended ? 1 : 0;
            if (ended == after) stop.request_stop();
          });

      CHECK(ended == 200);
      CHECK(count(output, JobState::ok) + count(output, JobState::stopped) == 200);
      CHECK(output.parts.size() == count(output, JobState::ok));
      CHECK(output.parts.size() >= after);
    }
  }

  TEST_CASE("of every job progress tells reading, running and ended, in this order") {
    ManyJobs many(4, 50);
    Engine engine;
    many.add_to(engine.catalog);
    std::map<std::string, std::vector<JobProgress::Phase>> phases;

    engine.run({"all"}, {}, 10s, [&](const JobProgress& progress) {
      phases[progress.job].push_back(progress.phase);
    });

    CHECK(phases.size() == 200);
    using enum JobProgress::Phase;
    for (const auto& [job, seen] : phases) {
      CAPTURE(job);
      CHECK(seen == std::vector{reading, running, ended});
    }
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
