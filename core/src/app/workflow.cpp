// Workflow: see ktel/workflow.hpp.
#include <ktel/workflow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "app/host_impl.hpp"
#include "app/pipeline.hpp"
#include "standard/names.hpp"
#include "workflow/prepare.hpp"

namespace ktel {

struct Workflow::Impl {
  std::shared_ptr<Host::Impl> host;
  WorkflowOptions options;
  standard::Policy policy;
};

namespace {

Result<standard::Policy> policy_of(const PrivacyOptions& privacy) {
  const auto ceiling = standard::sensitivity_of(privacy.max_sensitivity);
  if (!ceiling) {
    return Error{Errc::bad_input,
                 fmt::format("'{}' is no class of data: product, environment, scale, activity and "
                             "identifier are",
                             privacy.max_sensitivity)};
  }
  return standard::Policy{.max_sensitivity = *ceiling,
                          .deny = privacy.deny,
                          .allow = privacy.allow,
                          .allow_development = privacy.allow_unstable};
}

// It travels with every report.
Result<void> check_signal(const std::string& signal) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  const bool good =
      !signal.empty() && signal.size() <= 64 && std::all_of(signal.begin(), signal.end(), fits);
  if (good) return {};
  return Error{Errc::bad_input,
               fmt::format("signal '{}' must be 1 to 64 of a-z, 0-9, '-', '_' and '.', for it "
                           "leaves with the report",
                           signal)};
}

Result<void> check_namespaces(const std::vector<std::string>& namespaces) {
  for (const std::string& name : namespaces) {
    const bool good = !name.empty() && name.size() <= 63 && name.front() != '-' &&
                      name.back() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                      });
    if (good) continue;
    return Error{Errc::bad_input,
                 fmt::format("'{}' is no name of a namespace (a-z, 0-9, '-'); without --namespace "
                             "all are read",
                             name)};
  }
  return {};
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
    Result<standard::Policy> policy = policy_of(options.privacy);
    if (!policy) return policy.error();
    if (auto signal = check_signal(options.name); !signal) return signal.error();
    if (auto all = check_namespaces(options.cluster.namespaces); !all) return all.error();
    auto impl = std::make_shared<Impl>();
    impl->host = host.impl_;
    impl->options = std::move(options);
    impl->policy = std::move(policy).value();
    host.impl_->sealed = true;
    // What the choice of jobs can be wrong in is said now; a run prepares anew, for its own day.
    const auto prepared = workflow::prepare(host.impl_->catalog, {.jobs = impl->options.jobs,
                                                                  .params = impl->options.params,
                                                                  .policy = impl->policy,
                                                                  .today = {}});
    if (!prepared) return prepared.error();
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
        workflow::prepare(impl_->host->catalog, {.jobs = impl_->options.jobs,
                                                 .params = impl_->options.params,
                                                 .policy = impl_->policy,
                                                 .today = rfc3339(clock()).substr(0, 10)});
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
