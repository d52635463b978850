// `check_workflow`: is a run allowed what it needs, and can its report servers be used?
//
// Reads no object, records nothing, sends no report and no report server's token. The form of
// `ktel workflows check`. What it asks and what answers mean is in preflight.hpp.
#pragma once

#include <chrono>
#include <stop_token>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "app/preflight.hpp"

namespace ktel::app {

struct CheckOptions {
  bool probe = false;                         // connect to the report servers
  std::chrono::milliseconds timeout{30'000};  // for the API server; and for each host probed
  std::stop_token stop = {};
};

// Where consent is off nothing is looked at; where reports would not leave, no report server is
// connected to. bad_input, not_found as a run: jobs, parameters, kubeconfig, report servers; and
// a probe without a report server. stopped. What the API server and the report servers say is in
// the answer. Blocks; not on the pool or the HTTP client's thread.
Result<Preflight> check_workflow(const Host& host, const WorkflowOptions& options,
                                 const CheckOptions& check);

}  // namespace ktel::app
