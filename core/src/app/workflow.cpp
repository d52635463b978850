// Workflow: see ktel/workflow.hpp.
#include <ktel/workflow.hpp>

#include <fmt/format.h>

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

}  // namespace

Workflow::Workflow(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<Workflow> Workflow::create(const Host& host, WorkflowOptions options) {
  Result<standard::Policy> policy = policy_of(options.privacy);
  if (!policy) return policy.error();
  auto impl = std::make_shared<Impl>();
  impl->host = host.impl_;
  impl->options = std::move(options);
  impl->policy = std::move(policy).value();
  // What the choice of jobs can be wrong in is said now; a run prepares anew, for its own day.
  const auto prepared = workflow::prepare(host.impl_->catalog, {.jobs = impl->options.jobs,
                                                                .params = impl->options.params,
                                                                .policy = impl->policy,
                                                                .today = {}});
  if (!prepared) return prepared.error();
  host.impl_->sealed = true;
  return Workflow(std::move(impl));
}

Result<RunResult> Workflow::run(const RunOptions& options) const {
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
}

}  // namespace ktel
