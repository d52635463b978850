// The report that tells a destination which reports it will never get.
//
// Pure. Asked by the pipeline before it records a run's own report; delivered as any other.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include <ktel/report.hpp>

#include "delivery/ledger.hpp"

namespace ktel::app {

// masked: by field of standard::loss_job(). Nothing: the operator withholds all of it.
std::optional<Report> loss_report(const std::vector<delivery::Loss>& losses,
                                  const std::vector<bool>& masked,
                                  std::chrono::system_clock::time_point now);

}  // namespace ktel::app
