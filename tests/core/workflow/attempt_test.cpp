// workflow/attempt: a pool thread and the run's strand change it at the same time, and one has it.
#include "workflow/attempt.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>

#include "support/spin.hpp"
#include "test_plugin.hpp"
#include "workflow/returns.hpp"

namespace {

using namespace ktel;  // NOLINT: a test
using namespace std::chrono_literals;
using workflow::Attempt;

ktel_status put_three(ktel_call* call, void*, const ktel_job*) noexcept {
  return ktel_put_i64(call, 0, 3);
}

std::atomic<bool> go_on{false};
ktel_status put_when_let_go(ktel_call* call, void*, const ktel_job*) noexcept {
  test::spin_until([] { return go_on.load(); });
  return ktel_put_i64(call, 0, 3);
}

ktel_status wait_for_cancel(ktel_call* call, void*, const ktel_job*) noexcept {
  ktel_status why = KTEL_OK;
  test::spin_until([&] { return (why = call->host->cancelled(call)) != KTEL_OK; });
  return why;
}

// One job of one plugin, to be called again and again.
struct OneJob {
  test::TestPlugin plugin{"io.tests.one"};
  plugin::Catalog catalog;
  workflow::Pool pool{1};
  workflow::PluginRuntimes runtimes{pool, "0.0.0", Logger{}};
  workflow::Prepared prepared;
  std::shared_ptr<workflow::PluginRuntime> runtime;
  Logger log;

  explicit OneJob(ktel_executor run, std::uint32_t flags = 0) {
    plugin.job("tests-one", run).flags = flags;
    plugin.add_to(catalog);
    prepared = workflow::prepare(
                   catalog, {.jobs = {"all"}, .params = {}, .policy = {}, .today = "2026-11-25"})
                   .value();
    runtime = runtimes.get(catalog.plugins().front());
  }

  Attempt::Made make(Attempt& attempt, std::chrono::milliseconds timeout = 60s) {
    return attempt.make({prepared.jobs.front(), *runtime, timeout, 0, log, {}});
  }
};

}  // namespace

TEST_SUITE("core/workflow/attempt") {
  TEST_CASE("what a job put is there after its return") {
    OneJob one(put_three);
    Attempt attempt;
    attempt.queue({}, {});

    CHECK(one.make(attempt) == Attempt::Made::returned);

    CHECK(attempt.result().status == KTEL_OK);
    CHECK(attempt.result().part.at("items_count").as_int64() == 3);
    CHECK_FALSE(attempt.give_up());
    CHECK_FALSE(attempt.withdraw());
  }

  TEST_CASE("what a job puts after it was given up is not there") {
    go_on = false;
    OneJob one(put_when_let_go);
    Attempt attempt;
    attempt.queue({}, {});
    auto made = std::async(std::launch::async, [&] { return one.make(attempt); });
    test::spin_until([&] { return attempt.running().has_value(); });

    CHECK_FALSE(attempt.withdraw());
    CHECK(attempt.give_up());
    go_on = true;

    CHECK(made.get() == Attempt::Made::given_up);
    CHECK(attempt.result().part.empty());
  }

  TEST_CASE("a job is told of its cancellation, and that is not the end of it") {
    OneJob one(wait_for_cancel);
    Attempt attempt;
    attempt.cancel(KTEL_E_CANCELLED);  // it does not run: nobody is told
    attempt.queue({}, {});
    auto made = std::async(std::launch::async, [&] { return one.make(attempt); });
    test::spin_until([&] { return attempt.running().has_value(); });

    attempt.cancel(KTEL_E_CANCELLED);

    CHECK(made.get() == Attempt::Made::returned);
    CHECK(attempt.result().status == KTEL_E_CANCELLED);
  }

  TEST_CASE("a plugin that another one holds is waited for until the deadline") {
    OneJob one(put_three);
    Attempt attempt;
    attempt.queue({}, {});
    const std::unique_lock held(*one.runtime->exclusion);

    CHECK(one.make(attempt, 5ms) == Attempt::Made::returned);

    REQUIRE(attempt.result().uncalled);
    CHECK(attempt.result().uncalled->why == "overran its deadline of 5 ms waiting for its plugin");
  }

  TEST_CASE("a job that may overlap waits for nobody, but does where its plugin has a child") {
    OneJob one(put_three, KTEL_JOB_REENTRANT);
    {
      Attempt attempt;
      attempt.queue({}, {});
      const std::unique_lock held(*one.runtime->exclusion);
      CHECK(one.make(attempt, 5ms) == Attempt::Made::returned);
      CHECK_FALSE(attempt.result().uncalled);
    }
    one.runtime = std::make_shared<workflow::PluginRuntime>(one.catalog.plugins().front(), one.pool,
                                                            "0.0.0", Logger{}, "/no/such/child");
    Attempt attempt;
    attempt.queue({}, {});
    const std::unique_lock held(*one.runtime->exclusion);

    CHECK(one.make(attempt, 5ms) == Attempt::Made::returned);

    REQUIRE(attempt.result().uncalled);
    CHECK(attempt.result().uncalled->why == "overran its deadline of 5 ms waiting for its plugin");
  }

  TEST_CASE("of a return and a giving up at the same time one has the job") {
    OneJob one(put_three);
    for (int round = 0; round < 2000; ++round) {
      Attempt attempt;
      attempt.queue({}, {});
      std::atomic<bool> over{false};
      bool given_up = false;
      std::thread strand([&] {
        while (!over && !given_up) given_up = attempt.give_up();
      });

      const Attempt::Made made = one.make(attempt);
      over = true;
      strand.join();

      CHECK(made == (given_up ? Attempt::Made::given_up : Attempt::Made::returned));
      if (!given_up) CHECK(attempt.result().part.size() == 1);
    }
  }

  TEST_CASE("of a beginning and a withdrawal at the same time one has the job") {
    OneJob one(put_three);
    for (int round = 0; round < 2000; ++round) {
      Attempt attempt;
      attempt.queue({}, {});
      std::atomic<bool> ready{false};
      bool withdrawn = false;
      std::thread strand([&] {
        ready = true;
        withdrawn = attempt.withdraw();
        attempt.cancel(KTEL_E_CANCELLED);
      });
      test::spin_until([&] { return ready.load(); });

      const Attempt::Made made = one.make(attempt);
      strand.join();

      CHECK(made == (withdrawn ? Attempt::Made::withdrawn : Attempt::Made::returned));
    }
  }

  TEST_CASE("returns are heard of once each, of one thread in their order") {
    constexpr std::size_t each = 20'000;
    workflow::Returns returns(2 * each);
    const auto push = [&](std::size_t from) {
      for (std::size_t i = 0; i < each; ++i) returns.push(from + i);
    };
    std::thread one(push, 0);
    std::thread two(push, each);
    std::vector<std::size_t> heard;
    test::spin_until([&] {
      for (const std::size_t job : returns.take()) heard.push_back(job);
      return heard.size() == 2 * each;
    });
    one.join();
    two.join();

    CHECK(returns.take().empty());
    std::size_t next[] = {0, each};
    bool in_order = true;
    for (const std::size_t job : heard) in_order = in_order && job == next[job < each ? 0 : 1]++;
    CHECK(in_order);
  }
}
