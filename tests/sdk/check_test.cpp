// What the compile-time checks refuse. Here they run, so that the sentence can be looked at.
#include <doctest/doctest.h>
#include <ktel/sdk/job.hpp>

#include <string>

#include "sample_plugin.hpp"

namespace sdk = ktel::sdk;
using ktel::test::Sample;
using ktel::test::Spoiled;

namespace {

void collect(sdk::Run&) {}

constexpr ktel_field fields[] = {{.name = "answer",
                                  .type = KTEL_T_BOOL,
                                  .sensitivity = KTEL_S_PRODUCT,
                                  .description = "True, and made of nothing.",
                                  .example = "true",
                                  .absent_when = "Never."}};
constexpr ktel_job jobs[] = {{.name = "acme-answer",
                              .title = "Answer",
                              .summary = "Says yes.",
                              .question = "Is it?",
                              .benefit = "You know.",
                              .owner = "team",
                              .contact = "team@acme.example",
                              .since = "1.0.0",
                              .expires = "2028-06-30",
                              KTEL_FIELDS(fields),
                              .run = sdk::executor<collect>}};

}  // namespace

KTEL_PLUGIN(.id = "io.acme.answer", .version = "1.0.0", .summary = "Answers", KTEL_JOBS(jobs));
static_assert(sdk::check(ktel_descriptor));
static_assert(sdk::check(jobs));

TEST_SUITE("sdk/check") {
  TEST_CASE("a plugin that is right passes") {
    CHECK(sdk::check(Sample().plugin));
    CHECK(sdk::check(*ktel_plugin_v1(nullptr)));
  }

  TEST_CASE("each broken rule is named") {
    for (const Spoiled& spoiled : ktel::test::spoiled_samples()) {
      Sample sample;
      spoiled.spoil(sample);
      CAPTURE(std::string(spoiled.rule));

      CHECK_THROWS_WITH(sdk::check(sample.plugin), spoiled.rule);
    }
  }

  TEST_CASE("an index is found by name when the job is compiled") {
    static constexpr ktel_read reads[] = {{.id = "pods"}, {.id = "nodes"}};
    static constexpr ktel_param params[] = {{.name = "app"}, {.name = "level"}};

    static_assert(sdk::index_of(reads, "nodes") == 1);
    static_assert(sdk::index_of(fields, "answer") == 0);
    static_assert(sdk::index_of(params, "level") == 1);
    static_assert(sdk::path_of({.paths = "a.b c['d e'] f"}, "f") == 2);
  }
}
