// The fake host refuses what ktel would refuse (parity_test.cpp), and lets a test say the rest.
#include <doctest/doctest.h>
#include <ktel/sdk/job.hpp>
#include <ktel/sdk/testing/fake_host.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sdk = ktel::sdk;
using sdk::testing::FakeHost;
using sdk::testing::Outcome;

TEST_SUITE("sdk/fake_host") {
  namespace {

  enum : std::uint32_t { pods, few, none, slices };
  constexpr ktel_read reads[] = {
      {.id = "pods", .verb = KTEL_READ_COUNT},
      {.id = "few", .verb = KTEL_READ_LIST, .paths = "metadata.name", .when = "pods"},
      {.id = "none", .verb = KTEL_READ_LIST, .paths = "metadata.name", .when = "!pods"},
      {.id = "slices",
       .verb = KTEL_READ_LIST,
       .versions = "v1 v1beta1",
       .ns = "${app}",
       .paths = "metadata.name"}};

  enum : std::uint32_t { color, n };
  constexpr ktel_label colors[] = {{"red", "red"}, {"other", "all else"}};
  constexpr ktel_field fields[] = {{.name = "color",
                                    .type = KTEL_T_ENUM,
                                    KTEL_VALUES(colors),
                                    .other = "other",
                                    .from = "slices"},
                                   {.name = "n", .type = KTEL_T_COUNT, .from = "few none slices"}};

  constexpr ktel_param params[] = {{.name = "app", .type = KTEL_T_TEXT, .default_text = "kong"},
                                   {.name = "level", .type = KTEL_T_COUNT},
                                   {.name = "share", .type = KTEL_T_RATIO}};
  constexpr ktel_need needs[] = {{.job = "earlier", .paths = "provider images[*] images gone"}};

  std::function<ktel_status(ktel_call*, sdk::Run&)> body;
  ktel_status run_body(ktel_call* call, void* self, const ktel_job* job) noexcept {
    sdk::Run run(call, self, job);
    return body(call, run);
  }

  constexpr ktel_job job = {.name = "job",
                            KTEL_FIELDS(fields),
                            KTEL_READS(reads),
                            KTEL_NEEDS(needs),
                            KTEL_PARAMS(params),
                            .run = run_body};

  using Lines = std::vector<std::string>;

  Outcome run_with(std::function<ktel_status(ktel_call*, sdk::Run&)> with,
                   FakeHost host = FakeHost(job)) {
    body = std::move(with);
    return host.run();
  }

  // How the reads ended, all of them.
  Lines ends(FakeHost host = FakeHost(job)) {
    Lines lines;
    run_with(
        [&](ktel_call*, sdk::Run& run) -> ktel_status {
          for (std::uint32_t i = 0; i < std::size(reads); ++i) {
            lines.push_back(std::to_string(run.state(i).code()));
          }
          return KTEL_OK;
        },
        std::move(host));
    return lines;
  }

  }  // namespace

  TEST_CASE("a wrong value is lost alone, and a finding says why") {
    const Outcome outcome = run_with([](ktel_call*, sdk::Run& run) -> ktel_status {
      run.put(color, "blue");
      run.put(color, "red");
      run.put(n, "a text");
      run.put(9, 1);
      return KTEL_OK;
    });

    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome["color"] == "other");
    CHECK(outcome.fields.size() == 1);
    CHECK(outcome.findings == Lines{"color: blue is not listed", "color: put twice",
                                    "n: its type does not take a text", "field 9: not declared"});
  }

  TEST_CASE("`when` decides which read is made, and of a failure it knows nothing") {
    CHECK(ends() == Lines{"0", "-6", "0", "0"});
    CHECK(ends(std::move(FakeHost(job).count("pods", 3))) == Lines{"0", "0", "-6", "0"});
    CHECK(ends(std::move(FakeHost(job).ended("pods", KTEL_E_ABSENT))) ==
          Lines{"-5", "-6", "0", "0"});
    for (const ktel_status unknown : {KTEL_E_DENIED, KTEL_E_FAILED}) {
      CHECK(ends(std::move(FakeHost(job).ended("pods", unknown))) ==
            Lines{std::to_string(unknown), "-6", "-6", "0"});
    }
  }

  TEST_CASE("what no field that may leave is made from is not read") {
    CHECK(ends(std::move(FakeHost(job).mask("n"))) == Lines{"-6", "-6", "-6", "0"});
    CHECK(ends(std::move(FakeHost(job).mask("color"))) == Lines{"0", "-6", "0", "0"});
  }

  TEST_CASE("a row says which version it came from") {
    FakeHost host(job);
    host.object("slices", {}).object("slices", {}, "v1beta1");
    Lines versions;

    run_with(
        [&](ktel_call*, sdk::Run& run) {
          return run.each(slices, [&](sdk::Row row) { versions.emplace_back(row.version()); })
              .code();
        },
        std::move(host));

    CHECK(versions == Lines{"v1", "v1beta1"});
  }

  TEST_CASE("a parameter is given as a value or as an operator types it") {
    const auto levels = [](FakeHost host) {
      Lines lines;
      run_with(
          [&](ktel_call*, sdk::Run& run) -> ktel_status {
            lines.push_back(std::to_string(run.param<std::int64_t>(1).value_or(-1)));
            lines.push_back(std::to_string(run.param<double>(2).value_or(-1)));
            return KTEL_OK;
          },
          std::move(host));
      return lines;
    };

    CHECK(levels(FakeHost(job)) == Lines{"-1", "-1.000000"});
    CHECK(levels(std::move(FakeHost(job).param("level", std::int64_t{3}).param("share", 0.5))) ==
          Lines{"3", "0.500000"});
    CHECK(levels(std::move(FakeHost(job).param("level", "3").param("share", std::int64_t{1}))) ==
          Lines{"3", "1.000000"});
    CHECK_THROWS_WITH(FakeHost(job).param("level", "3x"), "parameter level: not of its type");
    CHECK_THROWS_WITH(FakeHost(job).param("app", true), "parameter app: not of its type");
  }

  TEST_CASE("a needed job is not in the run, failed, or has a result") {
    const auto need = [](FakeHost host) {
      Lines lines;
      run_with(
          [&](ktel_call* call, sdk::Run&) -> ktel_status {
            const ktel_row* row = nullptr;
            lines.push_back(std::to_string(call->host->need(call, 0, &row)));
            for (std::uint32_t i = 0; row != nullptr && i < row->count; ++i) {
              lines.push_back(std::to_string(row->cells[i].type));
            }
            return KTEL_OK;
          },
          std::move(host));
      return lines;
    };

    CHECK(need(FakeHost(job)) == Lines{"-5"});
    CHECK(need(std::move(FakeHost(job).need_ended("earlier", KTEL_E_FAILED))) == Lines{"-1"});
    CHECK(need(std::move(FakeHost(job).need_ended("earlier", KTEL_OK))) ==
          Lines{"0", "0", "0", "0", "0"});
    CHECK(need(std::move(
              FakeHost(job).need("earlier", {{"provider", "GKE"}, {"images[0]", "nginx"}}))) ==
          Lines{"0", "5", "6", "6", "0"});
  }

  TEST_CASE("PARTIAL keeps what was put, where the job declares that it may") {
    const auto partial = [](ktel_call* call, sdk::Run& run) -> ktel_status {
      run.put(n, 1);
      call->host->fail(call, KTEL_OK, ktel_text("half of it"));
      return KTEL_PARTIAL;
    };
    ktel_job permitted = job;
    permitted.flags = KTEL_JOB_PARTIAL_OK;

    const Outcome kept = run_with(partial, FakeHost(permitted));
    CHECK(kept.status == KTEL_PARTIAL);
    CHECK(kept.reason == "half of it");
    CHECK(kept["n"] == "1");
    const Outcome dropped = run_with(partial);
    CHECK(dropped.status == KTEL_E_FAILED);
    CHECK(dropped.reason == "returned PARTIAL, which it does not declare that it may");
    CHECK(dropped.fields.empty());
  }

  TEST_CASE("a sample has a name, and is there if that is declared") {
    static constexpr ktel_read samples[] = {
        {.id = "samples", .verb = KTEL_READ_METRICS, .url = "/metrics", .metrics = "up gate"}};
    static constexpr ktel_field all[] = {{.name = "n", .type = KTEL_T_COUNT, .from = "samples"}};
    static constexpr ktel_job of_metrics = {
        .name = "metrics", KTEL_FIELDS(all), KTEL_READS(samples), .run = run_body};
    FakeHost host(of_metrics);
    for (const char* name : {"up", "gates", "gate", "up"}) host.object("samples", {{"name", name}});
    run_with(
        [](ktel_call*, sdk::Run& run) -> ktel_status {
          CHECK(*run.count(0) == 3);
          return KTEL_OK;
        },
        std::move(host));
    CHECK_THROWS_WITH(FakeHost(of_metrics).object("samples", {{"value", 1.0}}),
                      "a sample needs a `name`");
  }

  TEST_CASE("what the job does not declare cannot be given") {
    CHECK_THROWS_WITH(FakeHost(job).count("services", 1), "the job does not declare services");
    CHECK_THROWS_WITH(FakeHost(job).object("few", {{"a[b]", "x"}}), "no path: a[b]");
  }
}
