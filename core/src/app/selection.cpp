// Selection: see the header.
#include "app/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "standard/loss_job.hpp"
#include "standard/names.hpp"
#include "standard/policy.hpp"

namespace ktel::app {
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

}  // namespace

Result<plugin::Job> declared_job(const plugin::Catalog& catalog, const std::string& name) {
  if (name == standard::loss_job().name) return standard::loss_job();
  const auto ref = catalog.find_job(name);
  if (!ref) return workflow::unknown_job(catalog, name);
  return ref->job();
}

Result<workflow::Prepared> select_jobs(const plugin::Catalog& catalog,
                                       const WorkflowOptions& options, const std::string& today,
                                       const Env& env) {
  Result<standard::Policy> policy = policy_of(options.privacy);
  if (!policy) return policy.error();
  if (auto all = check_namespaces(options.cluster.namespaces); !all) return all.error();
  return workflow::prepare(catalog, {.jobs = options.jobs,
                                     .params = options.params,
                                     .policy = std::move(policy).value(),
                                     .today = today,
                                     .env = env});
}

}  // namespace ktel::app
