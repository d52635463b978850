// `plan_run`: what a run would read and report, from declarations and options alone. No I/O.
//
// The form of `ktel workflows plan`. The same read plan that a run performs
// (cluster/read_plan.hpp), made as if the cluster served the first of the versions that each read
// would take.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "standard/access.hpp"

namespace ktel::app {

struct PlannedRequest {
  std::string request = {};              // "GET /api/v1/nodes?limit=1000"
  std::string cost = {};                 // in words
  std::vector<std::string> when = {};    // "JOB: only if READ finds something"; empty: in any case
  std::string permission = {};           // "list nodes"; empty: any authenticated user may
  std::vector<std::string> fields = {};  // "job.field", sorted
  std::vector<std::string> why = {};     // what the jobs say, each once
  standard::AccessRule access = {};      // the permission as a rule, also where any user may
};

struct PlannedField {
  std::string job = {};
  std::string field = {};
  std::string sensitivity = {};  // "scale"
  std::string withheld = {};     // by whom; empty: it may leave
};

struct RunPlan {
  std::vector<PlannedRequest> requests = {};  // in the order in which they go out
  std::vector<PlannedField> fields = {};      // of the selected jobs
  // How many requests it makes, each list being one page: where nothing is served but what every
  // cluster has, and where everything is and every condition holds.
  std::size_t fewest = 0;
  std::size_t most = 0;
};

// bad_input as Workflow::create().
Result<RunPlan> plan_run(const Host& host, const WorkflowOptions& options);

}  // namespace ktel::app
