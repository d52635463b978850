// `save_snapshot`: what a run would read, into files that a run can read again.
//
// The form of `ktel snapshot save`. No job runs and nothing is sent: the reads are made, and of
// each object only what the jobs' declarations name is kept (cluster/recording_source.hpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <vector>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/report.hpp>
#include <ktel/result.hpp>

namespace ktel::app {

struct SavedSnapshot {
  std::size_t reads = 0;  // that it answers
  std::uint64_t requests = 0;
  std::vector<Finding> findings = {};      // of reads it does not answer, and why
  std::vector<std::string> stood_in = {};  // parameters from the environment: "JOB.NAME=VALUE"
};

// `dir` is made; nothing of its name may be there. Complete or not there at all: a stop or a
// failure leaves nothing behind (a process that is killed leaves DIR.PID.partial).
//
// Errors: bad_input as Workflow::create(), and a directory that is there; not_allowed where
// consent is off; forbidden and no_result when nothing could be read; no_result with options.strict
// and a finding above a note; undelivered when a file could not be written; stopped.
Result<SavedSnapshot> save_snapshot(const Host& host, const WorkflowOptions& options,
                                    const std::filesystem::path& dir, const std::stop_token& stop);

}  // namespace ktel::app
