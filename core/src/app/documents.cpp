// Documents: see the header.
#include "app/documents.hpp"

#include <algorithm>
#include <set>

#include "app/host_impl.hpp"
#include "app/selection.hpp"
#include "base/clock.hpp"
#include "json/canonical.hpp"
#include "standard/dictionary.hpp"
#include "standard/loss_job.hpp"
#include "standard/roles.hpp"
#include "standard/schema.hpp"

namespace ktel::app {
namespace {

Result<std::vector<plugin::Job>> declared(const Host& host, const std::vector<std::string>& names) {
  const plugin::Catalog& catalog = implementation(host).catalog;
  std::vector<plugin::Job> jobs;
  if (std::find(names.begin(), names.end(), "all") != names.end()) {
    for (const plugin::JobRef& ref : catalog.jobs()) jobs.push_back(ref.job());
    jobs.push_back(standard::loss_job());
    std::sort(jobs.begin(), jobs.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return jobs;
  }
  for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
    auto job = declared_job(catalog, name);
    if (!job) return Error{Errc::bad_input, job.error().message};
    jobs.push_back(std::move(job).value());
  }
  return jobs;
}

}  // namespace

Result<std::string> dictionary(const Host& host, const std::vector<std::string>& jobs) {
  const auto chosen = declared(host, jobs);
  if (!chosen) return chosen.error();
  return standard::dictionary_markdown(*chosen);
}

Result<std::string> report_schema(const Host& host, const std::vector<std::string>& jobs) {
  const auto chosen = declared(host, jobs);
  if (!chosen) return chosen.error();
  return json::pretty(standard::report_schema(*chosen)) + "\n";
}

Result<std::string> roles(const Host& host, const WorkflowOptions& options,
                          const std::vector<std::string>& namespaced) {
  // Where the run will be, and what stands in the environment there, is not known here.
  WorkflowOptions chosen = options;
  chosen.cluster.namespaces = namespaced;
  const auto prepared = select_jobs(implementation(host).catalog, chosen,
                                    rfc3339(system_clock()()).substr(0, 10), {});
  if (!prepared) return prepared.error();
  std::vector<plugin::Job> jobs;
  for (const workflow::PreparedJob& job : prepared->jobs) {
    if (!job.withheld()) jobs.push_back(job.narrowed());
  }
  return standard::roles_yaml(jobs, namespaced);
}

}  // namespace ktel::app
