// The run record and the declarations of fields survive the ledger.
#include "delivery/record_json.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using namespace ktel::delivery;

TEST_SUITE("core/delivery/record_json") {
  TEST_CASE("a run record reads back as it was written") {
    RunRecord record;
    record.id = "01900000-0000-7000-8000-000000000001";
    record.signal = "daily";
    record.time_s = 1'700'000'000;
    record.started = "2023-11-14T22:13:19Z";
    record.ended = "2023-11-14T22:13:20Z";
    record.source = "snapshot ./gke";
    record.jobs = {{"a", JobState::ok, "", std::chrono::microseconds(12)},
                   {"b", JobState::stopped, "stopped", {}}};
    record.withheld = {"a.x: over the ceiling"};
    record.findings = {{"forbidden", FindingLevel::warn, "a", "x", "no \"pods\"", "grant it"}};
    record.origins = {{"a", "job"}, {"foo", "operator"}};
    record.plugins = {{"ktel.a", "1.0 abc"}};
    record.requests = 8;
    record.bytes = 1u << 20;

    const std::string text = to_json(record);
    const RunRecord read = record_from_json(text).value();

    CHECK(to_json(read) == text);
    CHECK(read.jobs[1].state == JobState::stopped);
    CHECK(read.jobs[0].took == std::chrono::microseconds(12));
    CHECK(read.findings[0].level == FindingLevel::warn);
    CHECK(read.origins == record.origins);
    CHECK(read.bytes == record.bytes);
    CHECK(text.find(R"("findings":[{"field":"x","id":"forbidden","job":"a","level":"warn",)") !=
          std::string::npos);
  }

  TEST_CASE("the declarations of fields read back as they were written") {
    const std::vector<SentField> fields = {{"a", "x", 2, 1, "{pod}", "k8s_pods"}};
    const std::string text = to_json(fields);

    CHECK(text ==
          R"([{"alias":"k8s_pods","field":"x","job":"a","metric":1,"type":2,"unit":"{pod}"}])");
    CHECK(to_json(fields_from_json(text).value()) == text);
    CHECK(fields_from_json("[]").value().empty());
  }

  TEST_CASE("members a newer ktel added are passed over, missing ones keep their defaults") {
    CHECK(record_from_json(R"({"signal":"x","colour":"blue"})").value().signal == "x");
    CHECK(record_from_json("{}").value().jobs.empty());
  }

  TEST_CASE("what does not fit is named") {
    const auto record = [](const char* text) { return record_from_json(text).error().message; };
    const std::string look = ": look at it with `ktel reports show`";

    CHECK(record(R"({"signal":1})") ==
          "the run record kept in the ledger cannot be read: signal is not a string" + look);
    CHECK(record(R"({"jobs":[{"state":"odd"}]})") ==
          "the run record kept in the ledger cannot be read: state is not a word this ktel knows" +
              look);
    CHECK(record("[]") ==
          "the run record kept in the ledger cannot be read: it is not an object" + look);
    CHECK(fields_from_json("{}").error().message ==
          "the list of fields kept in the ledger cannot be read: it is not an array" + look);
    CHECK(fields_from_json("").error().message ==
          "the list of fields kept in the ledger cannot be read: it is empty, one JSON value is "
          "expected");
  }
}
