// `Pipeline`: one run of a workflow, as the list of steps a newcomer can read from top to bottom.
//
// Everything that can be wrong with what was asked for is found before anything is collected;
// everything that is sent is recorded before a connection to the report server is opened.
#pragma once

#include <memory>

#include <ktel/options.hpp>
#include <ktel/result.hpp>
#include <ktel/workflow.hpp>

#include "app/host_impl.hpp"
#include "base/clock.hpp"
#include "base/env.hpp"
#include "workflow/prepare.hpp"

namespace ktel::app {

// What a run is made of; all of it outlives the run.
struct PipelineInput {
  Host::Impl& host;
  const WorkflowOptions& options;
  std::shared_ptr<const workflow::Prepared> prepared;
  const RunOptions& run;
  Env env;
  Clock clock;
};

Result<RunResult> run_pipeline(const PipelineInput& input);

}  // namespace ktel::app
