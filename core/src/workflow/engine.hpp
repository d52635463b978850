// `run_jobs`: performs a prepared run: reads, jobs, deadlines, cancellation.
//
// The plan (plan.hpp, pure) decides; the engine collects on the cluster's threads, runs jobs on
// their plugin's strand over the pool, and keeps its own state on a strand of the run; whoever
// calls waits, and hears of progress. One job's failure is data in the result, not a failed run.
// May be called concurrently.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include <ktel/options.hpp>
#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include "base/clock.hpp"
#include "base/logger.hpp"
#include "cluster/collector.hpp"
#include "cluster/source.hpp"
#include "workflow/plugin_runtimes.hpp"
#include "workflow/pool.hpp"
#include "workflow/prepare.hpp"

namespace ktel::workflow {

struct RunInput {
  std::shared_ptr<const Prepared> prepared;  // its catalog outlives the run
  std::shared_ptr<cluster::Source> source;   // null: no job reads anything
  cluster::CollectOptions collect;
  std::chrono::milliseconds run_timeout{60'000};  // what is complete by then is reported
  std::chrono::milliseconds job_timeout{10'000};  // of jobs that declare none
  std::chrono::milliseconds max_job_timeout{60'000};
  std::chrono::milliseconds grace{1'000};  // from deadline to giving a job's thread up
  Clock clock;
  Logger log;
  std::function<void(const JobProgress&)> progress;  // on the caller's thread
};

struct RunOutput {
  std::map<std::string, boost::json::object> parts;  // of selected jobs that put something
  std::vector<JobRecord> jobs;
  std::vector<Finding> findings;
  cluster::CollectStats stats;
  std::optional<Error> refused;  // the first read for which the cluster refused the identity
  bool stopped = false;
};

// Blocks the caller, who is not a pool thread, until every job is settled; a stop settles all
// within the grace. bad_input: circular needs.
Result<RunOutput> run_jobs(Pool& pool, PluginRuntimes& runtimes, RunInput input,
                           std::stop_token stop);

}  // namespace ktel::workflow
