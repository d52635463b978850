// The votes on telemetry that a workflow's options and its environment cast.
//
// Pure. Asked before anything else happens, by a run and by what shows what a run would do.
#pragma once

#include <ktel/options.hpp>

#include "base/env.hpp"
#include "standard/consent.hpp"

namespace ktel::app {

// Where nobody votes: off.
standard::Consent ask_consent(const WorkflowOptions& options, const Env& env);

}  // namespace ktel::app
