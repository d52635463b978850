// Same job, same result: what a child keeps and the host makes again gives the part and the
// findings that the calls themselves give. And the way there and back, as bytes.
#include "workflow/recorded_run.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "cluster/table_writer.hpp"
#include "json/canonical.hpp"

using namespace ktel;
using workflow::NeedResult;
using workflow::PreparedJob;
using workflow::RecordedRun;
using workflow::RunContext;

namespace {

plugin::Field field(const char* name, std::uint32_t type, std::uint32_t item = 0) {
  plugin::Field field;
  field.name = name;
  field.type = type;
  field.item = item;
  field.sensitivity = KTEL_S_SCALE;
  return field;
}

// A job with a field of each kind that puts differ in.
struct OneJob {
  plugin::CatalogPlugin plugin;
  PreparedJob prepared;

  OneJob() {
    plugin::Job& job = plugin.declared.jobs.emplace_back();
    job.name = "tests-all";
    job.owner = "tests";
    job.fields = {field("a_count", KTEL_T_COUNT),
                  field("b", KTEL_T_INT),
                  field("c", KTEL_T_BOOL),
                  field("d", KTEL_T_ENUM),
                  field("e_by_kind", KTEL_T_MAP, KTEL_T_COUNT),
                  field("f", KTEL_T_RATIO),
                  field("g", KTEL_T_COUNT)};
    job.fields[3].values = {{"one", ""}, {"two", ""}, {"other", ""}};
    job.fields[3].other = "other";
    job.fields[4].values = {{"x", ""}, {"y", ""}, {"other", ""}};
    job.fields[4].other = "other";
    plugin::Param& open = job.params.emplace_back();
    open.name = "open";
    plugin::Param& secret = job.params.emplace_back();
    secret.name = "token";
    secret.secret = true;
    job.reads.resize(3);
    prepared.ref = {&plugin, 0};
    prepared.masked.assign(job.fields.size(), false);
    prepared.masked[6] = true;
    prepared.params.resize(2);
    prepared.reads = job.reads;
  }

  template <class Run>
  std::unique_ptr<Run> run() const {
    return std::make_unique<Run>(prepared, std::vector<cluster::ReadResult>(3),
                                 std::vector<NeedResult>{}, 0,
                                 std::chrono::steady_clock::time_point::max(), Logger{});
  }
};

// One call of a random kind, with a value that may or may not fit.
void call(RunContext& run, std::mt19937& random) {
  const auto field = static_cast<std::uint32_t>(random() % 8);  // the last is none
  const std::vector<std::string> keys = {"", "x", "y", "z", "w"};
  const std::string& key = keys[random() % keys.size()];
  ktel_value value{};
  value.type = static_cast<std::uint32_t>(random() % 6);
  value.i64 = static_cast<std::int64_t>(random() % 5) - 1;
  value.f64 = 0.25 * static_cast<double>(random() % 8);
  const std::string text = random() % 2 == 0 ? "one" : "three";
  if (value.type == KTEL_V_STRING) value.str = {text.data(), text.size()};
  switch (random() % 6) {
    case 0:
      run.put(field, &value);
      break;
    case 1:
      run.put_entry(field, key, &value);
      break;
    case 2:
      run.add(field, key, std::numeric_limits<std::int64_t>::max() - 2);
      break;
    default:
      run.add(field, key, value.i64);
  }
}

std::string what_came(RunContext& run) {
  run.close();
  auto [part, findings] = run.take();
  std::string text = json::canonical(part);
  for (const Finding& finding : findings) {
    text += "\n" + finding.id + " " + finding.field + ": " + finding.text;
  }
  return text;
}

}  // namespace

TEST_SUITE("core/workflow/recorded_run") {
  TEST_CASE("whatever is put, in whatever order, the host finds what the child found") {
    const OneJob job;
    for (unsigned seed = 0; seed < 3'000; ++seed) {
      CAPTURE(seed);
      std::mt19937 direct_random(seed);
      std::mt19937 child_random(seed);
      const auto direct = job.run<RunContext>();
      const auto child = job.run<RecordedRun>();
      const auto host = job.run<RunContext>();
      const int calls = static_cast<int>(seed % 25);
      for (int i = 0; i < calls; ++i) call(*direct, direct_random);
      for (int i = 0; i < calls; ++i) call(*child, child_random);
      child->close();

      const std::string sent =
          workflow::run_result(KTEL_OK, child->reason(), child->misused(), child->calls());
      const auto status = workflow::replay_run_result(sent, *host);

      REQUIRE(status.has_value());
      CHECK(*status == KTEL_OK);
      CHECK(what_came(*host) == what_came(*direct));
    }
  }

  TEST_CASE("what is added up row by row is one call") {
    const OneJob job;
    const auto child = job.run<RecordedRun>();
    for (int i = 0; i < 50'000; ++i) {
      child->add(0, "", 1);
      child->add(4, i % 2 == 0 ? "x" : "y", 2);
    }
    CHECK(child->calls().size() == 3);
    const auto host = job.run<RunContext>();
    REQUIRE(workflow::replay_run_result(workflow::run_result(KTEL_OK, "", false, child->calls()),
                                        *host));
    CHECK(what_came(*host) == R"({"a_count":50000,"e_by_kind":{"x":50000,"y":50000}})");
  }

  TEST_CASE("more than a report can hold is said to be too much, and is not kept") {
    const OneJob job;
    const auto child = job.run<RecordedRun>();
    const std::string large(10'000, 'x');
    ktel_value value{};
    value.type = KTEL_V_STRING;
    value.str = {large.data(), large.size()};
    ktel_status last = KTEL_OK;
    for (int i = 0; i < 1000; ++i) last = child->put(3, &value);
    CHECK(last == KTEL_E_LIMIT);
    CHECK(child->too_much());
    CHECK(child->calls().size() < 110);
  }

  TEST_CASE("status, reason and misuse come along; a positive status too") {
    const OneJob job;
    const auto host = job.run<RunContext>();
    const auto status = workflow::replay_run_result(
        workflow::run_result(KTEL_PARTIAL, "half of it", true, {}), *host);
    CHECK(status.value() == KTEL_PARTIAL);
    CHECK(host->reason() == "half of it");
    CHECK(host->misused());
  }

  TEST_CASE("a result that is cut, or none, is refused and harms nothing") {
    const OneJob job;
    const auto child = job.run<RecordedRun>();
    std::mt19937 random(1);
    for (int i = 0; i < 20; ++i) call(*child, random);
    const std::string sent = workflow::run_result(KTEL_OK, "", false, child->calls());
    for (std::size_t n = 0; n < sent.size(); ++n) {
      const auto host = job.run<RunContext>();
      CHECK_FALSE(workflow::replay_run_result(sent.substr(0, n), *host).has_value());
    }
    const auto host = job.run<RunContext>();
    CHECK_FALSE(workflow::replay_run_result(sent + "x", *host).has_value());
    for (unsigned seed = 0; seed < 20'000; ++seed) {
      std::mt19937 noise(seed);
      std::string bytes = sent;
      for (int i = 0; i < 3; ++i) bytes[noise() % bytes.size()] = static_cast<char>(noise());
      const auto other = job.run<RunContext>();
      static_cast<void>(workflow::replay_run_result(bytes, *other));
      other->close();
      CHECK(other->take().first.size() <= 7);
    }
  }
}
