// The sentences a run ends with: why there is nothing to send, and what became of what was sent.
//
// Pure. Asked by the pipeline; what it answers decides the command's exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ktel/report.hpp>
#include <ktel/result.hpp>
#include <ktel/workflow.hpp>

#include "delivery/courier.hpp"
#include "workflow/engine.hpp"

namespace ktel::app {

// "JOB.FIELD: what is wrong; the next step".
std::string said(const Finding& finding);

// Nothing came of any job, and not because there was nothing to find: forbidden if the cluster
// refused the identity, else no_result with each reason once. The caller's keys alone are no
// report of such a run.
std::optional<Error> nothing_usable(const workflow::RunOutput& output);

// `kept`: the report is in a ledger. `destination` as it is shown.
Receipt receipt_of(const delivery::DeliveryResult& done, const std::string& destination, bool kept);

}  // namespace ktel::app
