// The SDK's promises held against the host itself, through the embedding API: check() refuses what
// the host refuses, and a job sees and reports under FakeHost what it sees and reports in a run.
#include <doctest/doctest.h>
#include <boost/json.hpp>
#include <ktel/sdk/testing/fake_host.hpp>
#include <ktel/workflow.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "parity_job.hpp"
#include "sample_plugin.hpp"

#include <unistd.h>

namespace {

namespace parity = ktel::test::parity;
using namespace parity;  // NOLINT: a test
using ktel::sdk::Run;
using ktel::sdk::Status;
using ktel::test::Also;
using ktel::test::Sample;
using ktel::test::Spoiled;

ktel::Host new_host() {
  return ktel::Host::create({.builtin_plugins = false, .threads = 1}).value();
}

// ---- the same cluster for both ----

class Snapshot {
 public:
  Snapshot()
      : dir_(std::filesystem::temp_directory_path() / ("parity-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(dir_ / "_reads");
    std::ofstream(dir_ / "nodes.json") << R"({"kind":"List","apiVersion":"v1","items":[
      {"kind":"Node","apiVersion":"v1","metadata":{"name":"n1","labels":{"a/x":"1","b":"2"}},
       "spec":{"flag":true,"taints":[{"key":"k"},{}]}},
      {"kind":"Node","apiVersion":"v1","metadata":{"name":"n2"}}]})";
    std::ofstream(dir_ / "_reads/version.json") << R"({"gitVersion":"v1.36.0"})";
    std::ofstream(dir_ / "_reads/metrics.txt") << "gate{stage=\"\",x_1=\"a\",x_2=\"b\"} 1\n"
                                                  "gates{stage=\"BETA\"} 1\n"
                                                  "gate{stage=\"BETA\"} 0.5\n"
                                                  "up 12\n";
    std::ofstream(dir_ / "_reads/served.json")
        << R"([{"group":"","version":"v1","resource":"nodes","kind":"Node"}])";
  }
  ~Snapshot() { std::filesystem::remove_all(dir_); }
  Snapshot(const Snapshot&) = delete;

  const std::filesystem::path& dir() const { return dir_; }

 private:
  std::filesystem::path dir_;
};

ktel::sdk::testing::FakeHost fake_host() {
  ktel::sdk::testing::FakeHost host(parity::jobs[0]);
  host.object("nodes", {{"metadata.name", "n1"},
                        {"metadata.labels['a/x']", "1"},
                        {"metadata.labels['b']", "2"},
                        {"spec.flag", true},
                        {"spec.taints[0].key", "k"},
                        {"spec.taints[1].effect", "not asked for"}});
  host.object("nodes", {{"metadata.name", "n2"}}).object("release", {{"gitVersion", "v1.36.0"}});
  host.object("gates", {{"name", "gate"},
                        {"labels.stage", ""},
                        {"labels.x_1", "a"},
                        {"labels.x_2", "b"},
                        {"value", std::int64_t{1}}});
  host.object("gates", {{"name", "gates"}, {"labels.stage", "BETA"}, {"value", std::int64_t{1}}});
  host.object("gates", {{"name", "gate"}, {"labels.stage", "BETA"}, {"value", 0.5}});
  host.object("gates", {{"name", "up"}, {"value", std::int64_t{12}}});
  host.count("if_no_mice", 2).ended("mice", KTEL_E_ABSENT).mask("masked");
  return host;
}

// ---- what a job is told, and what is reported ----

std::vector<std::string> told;

void tell(Status status) { told.push_back(std::to_string(status.code())); }

std::string text_of(const ktel_value& value) {
  std::string text = std::to_string(value.type) + " " + std::to_string(value.i64) + " " +
                     std::to_string(value.f64) + " " + std::string(ktel::sdk::view(value.str));
  for (std::uint32_t i = 0; i < value.count; ++i) text += " (" + text_of(value.items[i]) + ")";
  return text;
}

ktel_status tell_row(void*, const ktel_row* row) noexcept {
  told.emplace_back(ktel::sdk::view(row->version));
  for (std::uint32_t i = 0; i <= row->count; ++i) told.push_back(text_of(row->cells[i]));
  return KTEL_WITHHELD;  // no remark that ends it
}

std::string text_of(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_double()) return std::to_string(value.get_double());
  if (!value.is_array()) return boost::json::serialize(value);
  std::string text;
  for (const auto& item : value.get_array()) text += (text.empty() ? "" : ",") + text_of(item);
  return "[" + text + "]";
}

// In the form of Outcome::fields; nothing where there is no report.
std::map<std::string, std::string> reported(const ktel::Result<ktel::RunResult>& result) {
  std::map<std::string, std::string> texts;
  if (!result) return texts;
  const auto body = boost::json::parse(result->report.body).as_object();
  const auto* part = body.if_contains(parity::jobs[0].name);
  if (part == nullptr) return texts;
  for (const auto& [name, value] : part->as_object()) {
    if (value.is_object()) {
      for (const auto& [key, entry] : value.get_object()) {
        texts.emplace(std::string(name) + "." + std::string(key), text_of(entry));
      }
    } else {
      texts.emplace(name, text_of(value));
    }
  }
  return texts;
}

// ---- the cases ----

ktel_status see_reads(ktel_call* call, Run&) {
  const ktel_cluster* cluster = KTEL_SERVICE(call, cluster);
  for (std::uint32_t i = 0; i <= std::size(parity::reads); ++i) {
    std::uint64_t n = 0;
    const ktel_row* row = nullptr;
    tell(cluster->state(call, i));
    tell(cluster->count(call, i, &n));
    tell(static_cast<ktel_status>(n));
    tell(cluster->one(call, i, &row));
  }
  return KTEL_OK;
}

ktel_status see_rows(ktel_call* call, Run&) {
  const auto fail = [](void*, const ktel_row*) noexcept { return ktel_status{KTEL_E_LIMIT}; };
  const auto stop = [](void*, const ktel_row*) noexcept { return ktel_status{KTEL_STOP}; };
  const ktel_cluster* cluster = KTEL_SERVICE(call, cluster);
  for (const std::uint32_t read : {nodes, release, gates, if_no_mice, mice}) {
    tell(cluster->each(call, read, tell_row, nullptr));
  }
  tell(cluster->each(call, nodes, fail, nullptr));
  tell(cluster->each(call, nodes, stop, nullptr));
  return KTEL_OK;
}

ktel_status see_params_and_needs(ktel_call* call, Run&) {
  for (std::uint32_t i = 0; i <= std::size(parity::params); ++i) {
    ktel_value value{};
    tell(call->host->param(call, i, &value));
    told.push_back(text_of(value));
  }
  const ktel_row* row = nullptr;
  tell(call->host->need(call, 0, &row));
  tell(call->host->need(call, 1, &row));
  return KTEL_OK;
}

ktel_status put_what_fits(ktel_call*, Run& run) {
  tell(run.put(truth, true));
  tell(run.put(count, 10));
  tell(run.put(whole, -3));
  tell(run.put(ratio, 0.25));
  tell(run.put(span, 1.5));
  tell(run.put(color, "blue"));
  tell(run.put(hue, "red"));
  tell(run.put_list(numbers, std::vector{3, 1, 3}));
  tell(run.put_list(tints, std::vector{"red", "blue", "red"}));
  tell(run.put_entry(by_color, "red", 1));
  tell(run.put(masked, 1));
  tell(run.put(masked, 1));
  return KTEL_OK;
}

ktel_status put_what_does_not(ktel_call*, Run& run) {
  tell(run.put(truth, 1));
  tell(run.put(count, 11));
  tell(run.put(count, -1));
  tell(run.put(count, "one"));
  tell(run.put(count, 1.0));
  tell(run.put(whole, true));
  tell(run.put(ratio, 1.5));
  tell(run.put(ratio, 2));
  tell(run.put(color, 1));
  tell(run.put(hue, "blue"));
  tell(run.put(numbers, 1));
  tell(run.put_list(numbers, std::vector{"two"}));
  tell(run.put_list(numbers, std::vector{1, 2, 3, 4}));
  tell(run.put_list(count, std::vector{1}));
  tell(run.put(by_color, "red"));
  tell(run.put_entry(by_color, "blue", 1));
  tell(run.put_entry(by_color, "red", "one"));
  tell(run.put_entry(count, "red", 1));
  tell(run.put(99, 1));
  tell(run.put_entry(99, "red", 1));
  tell(run.add(99));
  return KTEL_OK;
}

ktel_status put_twice(ktel_call*, Run& run) {
  tell(run.put(count, 99));  // is refused, so it may be put again
  tell(run.put(count, 1));
  tell(run.put(count, 2));
  tell(run.add(count));
  tell(run.put_entry(by_color, "red", 1));
  tell(run.put_entry(by_color, "red", 2));
  tell(run.add(by_color, "red"));
  tell(run.add(by_color, "other"));
  tell(run.put_entry(by_color, "other", 1));
  tell(run.add(whole));
  tell(run.put(whole, 1));
  return KTEL_OK;
}

ktel_status add_up(ktel_call*, Run& run) {
  tell(run.add(count, 4));
  tell(run.add(count, -5));
  tell(run.add(count, 3));
  tell(run.add(count, "red"));
  tell(run.add(by_color, "red", 2));
  tell(run.add(by_color, "blue", 2));
  tell(run.add(by_color, "", 2));
  tell(run.add(by_hue, "red", -2));
  tell(run.add(by_hue, "blue"));
  tell(run.add(by_hue, ""));
  tell(run.add(by_hue, "other", INT64_MAX));
  tell(run.add(by_hue, "other"));
  tell(run.add(ratio));
  tell(run.add(color, "red"));
  tell(run.add(whole, 11));  // out of bounds, which shows at the end
  return KTEL_OK;
}

template <ktel_status status>
ktel_status put_and_return(ktel_call*, Run& run) {
  tell(run.put(count, 1));
  return status;
}

}  // namespace

TEST_SUITE("sdk/parity") {
  TEST_CASE("check() refuses what the host refuses, and what the standard calls a mistake") {
    const Sample right;
    CHECK(new_host().add(&right.plugin).has_value());

    for (const Spoiled& spoiled : ktel::test::spoiled_samples()) {
      Sample sample;
      spoiled.spoil(sample);
      CAPTURE(std::string(spoiled.rule));

      const bool added = new_host().add(&sample.plugin).has_value();

      CHECK(added == (spoiled.refused_by == Also::standard));
    }
  }

  TEST_CASE("a job sees and reports the same under both hosts") {
    SUBCASE("reads") { parity::body = see_reads; }
    SUBCASE("rows") { parity::body = see_rows; }
    SUBCASE("parameters and needs") { parity::body = see_params_and_needs; }
    SUBCASE("values that fit") { parity::body = put_what_fits; }
    SUBCASE("values that do not") { parity::body = put_what_does_not; }
    SUBCASE("values put twice") { parity::body = put_twice; }
    SUBCASE("sums") { parity::body = add_up; }
    SUBCASE("failed") { parity::body = put_and_return<KTEL_E_FAILED>; }
    SUBCASE("nothing to report") { parity::body = put_and_return<KTEL_E_ABSENT>; }
    SUBCASE("PARTIAL without permission") { parity::body = put_and_return<KTEL_PARTIAL>; }
    SUBCASE("an unknown remark") { parity::body = put_and_return<77>; }
    const Snapshot snapshot;
    ktel::Host host = new_host();
    REQUIRE(host.add(&parity::plugin).has_value());
    const auto workflow = ktel::Workflow::create(host, {.jobs = {parity::jobs[0].name},
                                                        .cluster = {.snapshot = snapshot.dir()},
                                                        .privacy = {.deny = {"*.masked"}},
                                                        .consent = ktel::Consent::local});
    REQUIRE(workflow.has_value());

    const auto by_host = reported(workflow->run());
    const auto told_by_host = std::exchange(told, {});
    const auto by_fake = fake_host().run().fields;
    const auto told_by_fake = std::exchange(told, {});

    CHECK(by_fake == by_host);
    CHECK(told_by_fake == told_by_host);
    CHECK_FALSE(told_by_host.empty());
  }
}
