// What becomes of a job: from what came back of it, or why nothing did, to its record. Pure.
//
// Fed by the engine, with what a pool thread brought (attempt.hpp); what is decided here is told to
// the operator word for word.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include <ktel/abi/types.h>
#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include "plugin/catalog.hpp"

namespace ktel::workflow {

struct Verdict {
  JobState state = JobState::ok;
  std::string why = {};  // of anything but ok
  bool operator==(const Verdict&) const = default;
};

// What a pool thread brings back of a job.
struct Return {
  std::optional<Verdict> uncalled = {};  // set: the job was not called, and nothing below counts
  Result<void> started = {};             // its plugin; if not, the job was not called either
  ktel_status status = KTEL_E_FAILED;
  std::string reason = {};  // as the job gave it
  std::chrono::steady_clock::duration took{};
  boost::json::object part = {};       // what passed its declarations
  std::vector<Finding> findings = {};  // what did not
};

// What it is judged by.
struct Terms {
  std::chrono::milliseconds timeout{};
  bool partial_ok = false;            // it declares that it may return PARTIAL
  std::optional<Verdict> ended = {};  // of the run, if that ends early
};

// Its part counts with ok and partial only.
Verdict judge(const Return& of, const Terms& terms);

// Why a job was not waited for. where: " in ...", or nothing.
Verdict overran(std::chrono::milliseconds timeout, std::string_view where = {});
Verdict hangs_in(std::string_view function);  // of its plugin
// why: KTEL_E_CANCELLED, or the run's time limit.
Verdict ended_early(ktel_status why, std::chrono::milliseconds run_timeout);

// Those who need the job may be called.
bool usable(JobState state);
// What they are told of it.
ktel_status for_others(JobState state);
// The job came back by itself: what it does with its call from then on is wrong.
bool came_back(JobState state);

// What the operator is told of a record; of most there is nothing to tell.
std::optional<Finding> finding_of(const JobRecord& record, const plugin::CatalogPlugin& plugin);
// Of a job that came back and goes on using its call.
Finding misuse_of(const std::string& job);

}  // namespace ktel::workflow
