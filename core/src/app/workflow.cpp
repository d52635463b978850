// Workflow: see ktel/workflow.hpp.
#include <ktel/workflow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "app/host_impl.hpp"
#include "app/pipeline.hpp"
#include "app/selection.hpp"
#include "standard/loss_job.hpp"
#include "workflow/prepare.hpp"

namespace ktel {

struct Workflow::Impl {
  std::shared_ptr<Host::Impl> host;
  WorkflowOptions options;
};

namespace {

// It travels with every report.
Result<void> check_signal(const std::string& signal) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  const bool good =
      !signal.empty() && signal.size() <= 64 && std::all_of(signal.begin(), signal.end(), fits);
  if (good && signal != standard::loss_job().name) return {};
  if (good) {
    return Error{Errc::bad_input,
                 fmt::format("signal '{}' is what reports of lost reports are called: take another",
                             signal)};
  }
  return Error{Errc::bad_input,
               fmt::format("signal '{}' must be 1 to 64 of a-z, 0-9, '-', '_' and '.', for it "
                           "leaves with the report",
                           signal)};
}

// Exceptions of the libraries below end here: an embedder gets an Error.
template <class T, class Act>
Result<T> guarded(Act act) {
  try {
    return act();
  } catch (const std::exception& error) {
    return Error{Errc::internal, fmt::format("{}; please report it", error.what())};
  }
}

}  // namespace

Workflow::Workflow(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<Workflow> Workflow::create(const Host& host, WorkflowOptions options) {
  return guarded<Workflow>([&]() -> Result<Workflow> {
    if (auto signal = check_signal(options.name); !signal) return signal.error();
    // What the choice of jobs can be wrong in is said now; a run selects anew, for its own day.
    if (auto chosen = app::select_jobs(host.impl_->catalog, options, {}); !chosen)
      return chosen.error();
    auto impl = std::make_shared<Impl>();
    impl->host = host.impl_;
    impl->options = std::move(options);
    host.impl_->sealed = true;
    return Workflow(std::move(impl));
  });
}

Result<RunResult> Workflow::run(const RunOptions& options) const {
  return guarded<RunResult>([&]() -> Result<RunResult> {
    if (!options.signal.empty()) {
      if (auto signal = check_signal(options.signal); !signal) return signal.error();
    }
    const Clock clock = system_clock();
    auto prepared =
        app::select_jobs(impl_->host->catalog, impl_->options, rfc3339(clock()).substr(0, 10));
    if (!prepared) return prepared.error();
    return app::run_pipeline(
        {.host = *impl_->host,
         .options = impl_->options,
         .prepared = std::make_shared<const workflow::Prepared>(std::move(prepared).value()),
         .run = options,
         .env = process_env(),
         .clock = clock});
  });
}

}  // namespace ktel
