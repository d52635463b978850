// Run, Row and the guard, through a job that uses all of them.
#include <doctest/doctest.h>
#include <ktel/sdk/job.hpp>
#include <ktel/sdk/testing/fake_host.hpp>

#include <functional>
#include <limits>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sdk = ktel::sdk;
using sdk::testing::FakeHost;
using sdk::testing::Object;
using sdk::testing::Outcome;

TEST_SUITE("sdk/run") {
  namespace {

  enum : std::uint32_t { nodes, version };
  constexpr ktel_read reads[] = {
      {.id = "nodes",
       .verb = KTEL_READ_LIST,
       .versions = "v1",
       .resource = "nodes",
       .paths = "spec.x metadata.labels['a*'] spec.n spec.list[*].name spec.flag"},
      {.id = "version", .verb = KTEL_READ_RAW, .url = "/version", .paths = "gitVersion"}};

  enum : std::uint32_t { text, number, truth, ratio, list, map, words };
  constexpr ktel_label keys[] = {{"red", "red"}, {"other", "all else"}};
  constexpr ktel_field fields[] = {{.name = "text", .type = KTEL_T_SEMVER, .from = "nodes version"},
                                   {.name = "number", .type = KTEL_T_COUNT},
                                   {.name = "truth", .type = KTEL_T_BOOL},
                                   {.name = "ratio", .type = KTEL_T_RATIO},
                                   {.name = "list", .type = KTEL_T_LIST, .item = KTEL_T_COUNT},
                                   {.name = "map",
                                    .type = KTEL_T_MAP,
                                    .item = KTEL_T_COUNT,
                                    KTEL_VALUES(keys),
                                    .other = "other"},
                                   {.name = "words", .type = KTEL_T_LIST, .item = KTEL_T_TOKEN}};
  enum : std::uint32_t { level, share, loud, name };
  constexpr ktel_param params[] = {{.name = "level", .type = KTEL_T_INT},
                                   {.name = "share", .type = KTEL_T_RATIO, .default_text = "0.5"},
                                   {.name = "loud", .type = KTEL_T_BOOL},
                                   {.name = "name", .type = KTEL_T_TEXT}};
  constexpr ktel_need needs[] = {{.job = "earlier", .paths = "provider"}};

  // What each case lets the job do.
  std::function<sdk::Status(sdk::Run&)> body;
  sdk::Status run_body(sdk::Run& run) { return body(run); }

  constexpr ktel_job job = {.name = "job",
                            KTEL_FIELDS(fields),
                            KTEL_READS(reads),
                            KTEL_NEEDS(needs),
                            KTEL_PARAMS(params),
                            .run = sdk::executor<run_body>};

  Outcome run_with(std::function<sdk::Status(sdk::Run&)> with, FakeHost host = FakeHost(job)) {
    body = std::move(with);
    return host.run();
  }

  }  // namespace

  TEST_CASE("a value of each type arrives as what it is") {
    const Outcome outcome = run_with([](sdk::Run& run) {
      run.put(text, "v1.2");
      run.put(number, std::uint64_t{7});
      run.put(truth, true);
      run.put(ratio, 0.5);
      run.put_list(list, std::vector<int>{3, 4});
      run.put_entry(map, "red", 1);
      run.add(map, "blue", 2);
      return sdk::Status();
    });

    CHECK(outcome.findings == std::vector<std::string>{});
    CHECK(outcome["text"] == "v1.2");
    CHECK(outcome["number"] == "7");
    CHECK(outcome["truth"] == "true");
    CHECK(outcome["ratio"] == "0.500000");
    CHECK(outcome["list"] == "[3,4]");
    CHECK(outcome["map.red"] == "1");
    CHECK(outcome["map.other"] == "2");
  }

  TEST_CASE("a row shows what its paths found, and nothing where they found nothing") {
    FakeHost host(job);
    host.object("nodes", {{"spec.x", "here"},
                          {"spec.n", std::int64_t{5}},
                          {"spec.flag", true},
                          {"metadata.labels['a/1']", "one"},
                          {"metadata.labels['b']", "two"},
                          {"spec.list[0].name", "first"},
                          {"spec.list[1].other", "unseen"}});
    host.object("nodes", {});

    int rows = 0;
    run_with(
        [&](sdk::Run& run) {
          return run.each(nodes, [&](sdk::Row row) {
            if (rows++ > 0) {
              CHECK_FALSE(row.has(0));
              CHECK(row.text(0).empty());
              CHECK(row.list(1).empty());
              return;
            }
            CHECK(row.text(0) == "here");
            CHECK(row.list(1).size() == 1);
            CHECK(row.list(1)[0].text() == "one");
            CHECK_FALSE(row.list(1)[9].has());
            CHECK(row.i64(2) == 5);
            CHECK(row.list(3).size() == 2);
            CHECK(row.list(3)[0].text() == "first");
            CHECK_FALSE(row.list(3)[1].has());
            CHECK(row.boolean(4));
            CHECK_FALSE(row.has(63));
            CHECK_FALSE(row.has(1000));
          });
        },
        std::move(host));
    CHECK(rows == 2);
  }

  TEST_CASE("a callback that answers false has seen enough") {
    FakeHost host(job);
    host.object("nodes", {}).object("nodes", {});

    int rows = 0;
    const Outcome outcome = run_with(
        [&](sdk::Run& run) { return run.each(nodes, [&](sdk::Row) { return ++rows < 1; }); },
        std::move(host));

    CHECK(rows == 1);
    CHECK(outcome.status == KTEL_OK);
  }

  TEST_CASE("what a read did not bring is a status, not an exception") {
    FakeHost host(job);
    host.ended("nodes", KTEL_E_DENIED);

    run_with(
        [](sdk::Run& run) {
          CHECK(run.state(nodes).code() == KTEL_E_DENIED);
          CHECK_FALSE(run.count(nodes).has_value());
          CHECK_FALSE(run.each(nodes, [](sdk::Row) { FAIL("no row"); }));
          CHECK(run.state(version).code() == KTEL_E_ABSENT);
          CHECK_FALSE(run.one(version).has_value());
          CHECK_FALSE(run.need(0).has_value());
          CHECK_FALSE(run.param(name).has_value());
          return sdk::Status();
        },
        std::move(host));
  }

  TEST_CASE("a list may be made of what is gone the moment after") {
    const Outcome outcome = run_with([](sdk::Run& run) {
      const std::vector<int> numbers{11, 22};
      const auto named = [](int n) {
        return "a word too long to lie within a string, " + std::to_string(n);
      };
      run.put_list(words, numbers | std::views::transform(named));
      run.put_list(list, std::vector<bool>{} | std::views::transform([](bool) { return 1; }));
      return sdk::Status();
    });

    CHECK(
        outcome["words"] ==
        "[a word too long to lie within a string, 11,a word too long to lie within a string, 22]");
    CHECK(outcome["list"] == "[]");
  }

  TEST_CASE("a parameter is read by its type") {
    FakeHost host(job);
    host.param("level", std::int64_t{3}).param("loud", true).param("name", "x");

    run_with(
        [](sdk::Run& run) {
          CHECK(run.param<std::int64_t>(level) == 3);
          CHECK(run.param<double>(share) == 0.5);
          CHECK(run.param<bool>(loud) == true);
          CHECK(run.param(name) == "x");
          CHECK_FALSE(run.param(level).has_value());
          CHECK_FALSE(run.param<bool>(share).has_value());
          CHECK_FALSE(run.param<double>(9).has_value());
          return sdk::Status();
        },
        std::move(host));
  }

  TEST_CASE("what start made is at hand in a run, until stop") {
    struct State {
      int runs = 0;
    };
    struct Broken {
      Broken() { throw std::runtime_error("no licence"); }
    };
    ktel_host table{};
    static std::string reason;
    table.fail = [](ktel_call*, ktel_status, ktel_str why) noexcept { reason = sdk::view(why); };
    ktel_call call{&table};
    void* self = nullptr;

    REQUIRE(sdk::start<State>(&call, &self) == KTEL_OK);
    body = [](sdk::Run& run) { return ++run.self<State>()->runs, sdk::Status(); };
    FakeHost host(job);
    host.run(self);
    host.run(self);

    CHECK(static_cast<State*>(self)->runs == 2);
    sdk::stop<State>(self);
    CHECK(sdk::start<Broken>(&call, &self) == KTEL_E_FAILED);
    CHECK(reason == "no licence");
  }

  TEST_CASE("the document of a RAW, a need and the clock") {
    FakeHost host(job);
    host.object("version", {{"gitVersion", "v1.2.3"}})
        .need("earlier", {{"provider", "GKE"}})
        .now_us(42)
        .cancel();

    run_with(
        [](sdk::Run& run) {
          CHECK(run.one(version)->text(0) == "v1.2.3");
          CHECK(run.need(0)->text(0) == "GKE");
          CHECK(run.now().time_since_epoch().count() == 42);
          CHECK(run.cancelled());
          return sdk::Status();
        },
        std::move(host));
  }

  TEST_CASE("an exception ends the run with its words") {
    CHECK(run_with([](sdk::Run&) -> sdk::Status { throw std::runtime_error("no luck"); }).reason ==
          "no luck");
    CHECK(run_with([](sdk::Run&) -> sdk::Status { throw 42; }).reason ==
          "threw something that is no std::exception");

    const Outcome refused =
        run_with([](sdk::Run&) -> sdk::Status { throw sdk::Refusal(KTEL_E_LIMIT, "too many"); });
    CHECK(refused.status == KTEL_E_LIMIT);
    CHECK(refused.reason == "too many");
    CHECK(sdk::Refusal(KTEL_PARTIAL, "done").status() == KTEL_E_FAILED);
  }

  TEST_CASE("an exception of a row callback goes around the host, and drops what was put") {
    FakeHost host(job);
    host.object("nodes", {});

    const Outcome outcome = run_with(
        [](sdk::Run& run) {
          run.put(number, 1);
          return run.each(nodes, [](sdk::Row) { throw std::runtime_error("in a row"); });
        },
        std::move(host));

    CHECK(outcome.status == KTEL_E_FAILED);
    CHECK(outcome.reason == "in a row");
    CHECK(outcome.fields.empty());
  }

  TEST_CASE("a number beyond 64 bits is not wrapped") {
    const Outcome outcome = run_with(
        [](sdk::Run& run) { return run.put(number, std::numeric_limits<std::uint64_t>::max()); });

    CHECK(outcome.reason == "a number beyond 64 bits was put");
  }

  TEST_CASE("fail gives the reason and the status in one") {
    const Outcome outcome = run_with([](sdk::Run& run) { return run.fail("cannot"); });

    CHECK(outcome.status == KTEL_E_FAILED);
    CHECK(outcome.reason == "cannot");
  }
}
