// What has changed since a declaration was printed.
#include "standard/baseline.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include <functional>
#include <string>
#include <vector>

#include "sample.hpp"
#include "standard/describe.hpp"

using ktel::Errc;
using ktel::Finding;
using ktel::FindingLevel;
using ktel::plugin::Field;
using ktel::plugin::Job;
using ktel::standard::Baseline;
using ktel::standard::compare;
using ktel::standard::parse_baseline;

namespace {

// The sample with a field more, whose granularity is coarse.
Job sample() {
  Job job = ktel::test::sample_job();
  Field changed = ktel::test::make_field("last_change", KTEL_T_TIME);
  changed.granularity = KTEL_G_HOUR;
  job.fields.push_back(changed);
  return job;
}

Baseline printed(const Job& job) {
  return parse_baseline(ktel::standard::describe_yaml(job)).value();
}

std::vector<Finding> changes(const Job& before, const Job& now) {
  return compare({printed(before)}, {&now});
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/baseline");

TEST_CASE("what was printed is the job it was printed of") {
  CHECK(printed(sample()).job == "identify-platform");
  CHECK(printed(sample()).fields.size() == 4);
  CHECK(changes(sample(), sample()).empty());
}

TEST_CASE("a change that breaks somebody's word is found, and one that does not is not") {
  struct Row {
    std::string id;  // empty: no finding
    std::string field;
    std::string text;
    std::function<void(Job&)> change;
  };
  const Row rows[] = {
      {"breaking-change", "provider", "provider is gone: it was declared as enum",
       [](Job& job) { job.fields.erase(job.fields.begin()); }},
      {"breaking-change", "provider", "provider was declared as enum and is token",
       [](Job& job) { job.fields[0].type = KTEL_T_TOKEN; }},
      {"breaking-change", "nodes_by_arch",
       "nodes_by_arch was declared as map of count and is map of int",
       [](Job& job) { job.fields[2].item = KTEL_T_INT; }},
      {"breaking-change", "provider", "provider was of class environment and is activity",
       [](Job& job) { job.fields[0].sensitivity = KTEL_S_ACTIVITY; }},
      {"breaking-change", "nodes_by_arch",
       "nodes_by_arch left as pow2 at the finest and leaves as exact",
       [](Job& job) { job.fields[2].granularity = 0; }},
      {"breaking-change", "last_change",
       "last_change left as hour at the finest and leaves as second",
       [](Job& job) { job.fields[3].granularity = KTEL_G_SECOND; }},
      {"new-field", "cloud", "cloud is new, of class environment",
       [](Job& job) {
         Field cloud = job.fields[0];
         cloud.name = "cloud";
         job.fields.push_back(cloud);
       }},
      {"", "", "", [](Job& job) { job.fields[0].sensitivity = KTEL_S_PRODUCT; }},
      {"", "", "", [](Job& job) { job.fields[3].granularity = KTEL_G_DAY; }},
      {"", "", "", [](Job& job) { job.fields[1].granularity = KTEL_G_MINOR; }},
      {"", "", "",
       [](Job& job) {
         job.fields[0].values.push_back({"IBM", "IBM Cloud"});
       }},
      {"", "", "", [](Job& job) { std::swap(job.fields[0], job.fields[1]); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Job now = sample();
    row.change(now);

    const auto findings = changes(sample(), now);

    REQUIRE(findings.size() == (row.id.empty() ? 0 : 1));
    if (row.id.empty()) continue;
    CHECK(findings[0].id == row.id);
    CHECK(findings[0].level == (row.id == "new-field" ? FindingLevel::warn : FindingLevel::error));
    CHECK(findings[0].job == "identify-platform");
    CHECK(findings[0].field == row.field);
    CHECK(findings[0].text == row.text);
    CHECK(findings[0].next != "");
  }
}

TEST_CASE("a job that is gone is broken, and of a new one every field is new") {
  Job renamed = sample();
  renamed.name = "identify-cluster";

  const auto findings = changes(sample(), renamed);

  REQUIRE(findings.size() == 5);
  CHECK(findings[0].id == "breaking-change");
  CHECK(findings[0].job == "identify-platform");
  CHECK(findings[0].text == "job identify-platform is gone");
  for (std::size_t i = 1; i < findings.size(); ++i) {
    CHECK(findings[i].id == "new-field");
    CHECK(findings[i].job == "identify-cluster");
  }
}

TEST_CASE("what is no declaration is refused with what is wrong") {
  const std::pair<const char*, const char*> rows[] = {
      {"", "it holds no job with fields"},
      {"- job", "it holds no job with fields"},
      {"job: a\n", "it holds no job with fields"},
      {"job: a\nfields: [x]\n", "it holds no job with fields"},
      {"job: a\nfields: {x: {sensitivity: scale}}\n", "field x has no type, or no sensitivity"},
      {"job: a\nfields: {x: {type: count, sensitivity: high}}\n",
       "field x has no type, or no sensitivity"},
      {"job: a\nfields: {x: count}\n", "field x has no type, or no sensitivity"},
      {"job: {\n", "line 2: end of map flow not found"},
  };
  for (const auto& [yaml, why] : rows) {
    CAPTURE(yaml);
    const auto baseline = parse_baseline(yaml);
    REQUIRE_FALSE(baseline.has_value());
    CHECK(baseline.error().code == Errc::bad_input);
    CHECK(baseline.error().message == why);
  }
}

TEST_SUITE_END();
