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
  std::vector<Finding> findings = {};  // of reads it does not answer, and why
};

// `dir` is made; what is there already must be an empty directory. Complete or not there at all: a
// stop or a failure leaves nothing behind.
//
// Errors: bad_input as Workflow::create(), and a directory that is not empty; not_allowed where
// consent is off; forbidden and no_result when nothing could be read; undelivered when a file could
// not be written; stopped.
Result<SavedSnapshot> save_snapshot(const Host& host, const WorkflowOptions& options,
                                    const std::filesystem::path& dir, const std::stop_token& stop);

}  // namespace ktel::app
