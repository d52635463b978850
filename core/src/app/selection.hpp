// Options of a workflow to what a run will do: the checks and choices that need no cluster.
//
// Asked by Workflow, and by the commands that show a run before there is one.
#pragma once

#include <string>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "base/env.hpp"
#include "plugin/catalog.hpp"
#include "workflow/prepare.hpp"

namespace ktel::app {

// What this job declares: a plugin's, or the host's own ktel-loss. not_found, with the nearest
// name.
Result<plugin::Job> declared_job(const plugin::Catalog& catalog, const std::string& name);

// What a run with these options does on `today` ("2026-11-25", UTC; empty: a day on which nothing
// has expired) in that environment. Refers to the catalog. bad_input: a class that
// is none, what cannot be the name of a namespace, and all that workflow::prepare() refuses.
Result<workflow::Prepared> select_jobs(const plugin::Catalog& catalog,
                                       const WorkflowOptions& options, const std::string& today,
                                       const Env& env = process_env());

}  // namespace ktel::app
