// From the read plan to words.
#include "app/run_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/host_impl.hpp"
#include "app/selection.hpp"
#include "base/clock.hpp"
#include "cluster/api_url.hpp"
#include "cluster/pager.hpp"
#include "cluster/read_plan.hpp"
#include "standard/access.hpp"
#include "standard/names.hpp"

namespace ktel::app {
namespace {

using cluster::Fetch;
using cluster::Representation;

struct Planner {
  const workflow::Prepared& prepared;
  std::vector<plugin::Job> jobs = {};  // by prepared job: what may leave of it
  RunPlan plan = {};

  // The fields that hang on a read, as "job.field".
  std::vector<std::string> fields_of(const cluster::ReadAt& at) const {
    const workflow::PreparedJob& job = prepared.jobs[at.job];
    const plugin::Job& narrow = jobs[at.job];
    const auto read =
        std::find_if(narrow.reads.begin(), narrow.reads.end(),
                     [&](const plugin::Read& r) { return r.id == job.reads[at.read].id; });
    if (read == narrow.reads.end()) return {};
    std::vector<std::string> names;
    for (const std::string& field :
         standard::fields_of(narrow, static_cast<std::size_t>(read - narrow.reads.begin()))) {
      names.push_back(narrow.name + "." + field);
    }
    return names;
  }

  void add(PlannedRequest request, const std::vector<cluster::ReadAt>& reads) {
    std::set<std::string> fields;
    std::set<std::string> why;
    request.access.optional = true;
    for (const cluster::ReadAt& at : reads) {
      const bool optional = prepared.jobs[at.job].reads[at.read].optional;
      request.access.optional = request.access.optional && optional;
      for (std::string& field : fields_of(at)) fields.insert(std::move(field));
      const std::string& said = prepared.jobs[at.job].reads[at.read].why;
      if (why.insert(said).second) request.why.push_back(said);
    }
    request.fields.assign(fields.begin(), fields.end());
    plan.requests.push_back(std::move(request));
  }

  void add(const Fetch& fetch);
  void add_discovery(const cluster::ReadOrder& order);
};

std::string url_of(const Fetch& fetch, const std::string& ns) {
  if (fetch.kind == Fetch::Kind::raw || fetch.kind == Fetch::Kind::metrics) return fetch.url;
  cluster::PagerOptions options;
  options.representation = fetch.representation;
  return cluster::list_url(fetch, ns, cluster::Pager(options).next());
}

std::string cost_of(const Fetch& fetch) {
  const bool selective = !fetch.label_selector.empty() || !fetch.field_selector.empty();
  switch (fetch.kind) {
    case Fetch::Kind::raw:
      return "one document";
    case Fetch::Kind::metrics:
      return "one document of 1 to 2 MB, filtered while it arrives";
    case Fetch::Kind::count:
      if (!selective) return "a few KB, whatever there is: the server says how many remain";
      return "a request for every 1,000 objects (5,000 from Kubernetes 1.33), a row of a table "
             "each";
    default:
      break;
  }
  const std::string_view form = fetch.representation == Representation::metadata
                                    ? "the metadata of each"
                                    : "each object whole";
  if (!fetch.name.empty()) return fmt::format("one object at most: {}", form);
  return fmt::format("a request for every 1,000 objects (5,000 from Kubernetes 1.33): {}", form);
}

standard::AccessRule access_of(const Fetch& fetch, const std::string& ns) {
  standard::AccessRule rule;
  if (fetch.kind == Fetch::Kind::raw || fetch.kind == Fetch::Kind::metrics) {
    rule.non_resource_url = fetch.url;
    return rule;
  }
  rule.api_group = fetch.group;
  rule.resource = fetch.resource;
  rule.object = fetch.name;
  rule.ns = ns;
  rule.cluster_scoped = fetch.cluster_scoped;
  return rule;
}

void Planner::add(const Fetch& fetch) {
  std::vector<cluster::ReadAt> reads;
  std::vector<std::string> when;
  for (const cluster::Consumer& consumer : fetch.consumers) {
    reads.push_back(consumer.at);
    if (fetch.unconditional() || !consumer.when.read) continue;
    const workflow::PreparedJob& job = prepared.jobs[consumer.at.job];
    std::string condition = fmt::format("{}{}: only if {} finds {}", when.empty() ? "" : "or ",
                                        job.job().name, job.reads[*consumer.when.read].id,
                                        consumer.when.absent ? "nothing" : "something");
    if (std::find(when.begin(), when.end(), condition) == when.end()) {
      when.push_back(std::move(condition));
    }
  }
  if (fetch.instead_of) when.emplace_back("only if they are not listed");
  // Other versions and groups may not be there; nor may what /metrics has.
  const bool every_cluster_has_it = fetch.kind == Fetch::Kind::raw ||
                                    (fetch.version == "v1" && cluster::built_in_group(fetch.group));
  // A single document has no namespaces.
  const std::vector<std::string> everywhere = {""};
  for (const std::string& ns : fetch.namespaces.empty() ? everywhere : fetch.namespaces) {
    standard::AccessRule access = access_of(fetch, ns);
    add({.request = "GET " + url_of(fetch, ns),
         .cost = cost_of(fetch),
         .when = when,
         .permission = fmt::format("{} {}", access.verb(), access.what()),
         .access = std::move(access)},
        reads);
    plan.fewest += every_cluster_has_it && when.empty() ? 1 : 0;
    ++plan.most;
  }
}

std::string withheld_by(const workflow::Prepared& prepared, const std::string& job,
                        const std::string& field) {
  for (const Finding& finding : prepared.findings) {
    if (finding.job == job && finding.field == field) return finding.text;
  }
  return {};
}

// One document for all that is not built in, one for the core kinds.
void Planner::add_discovery(const cluster::ReadOrder& order) {
  const auto add_document = [&](std::string_view url, bool core) {
    std::vector<cluster::ReadAt> reads;
    for (const cluster::ReadAt& at : order.after_discovery) {
      const plugin::Read& read = prepared.jobs[at.job].reads[at.read];
      const bool asks =
          cluster::needs_discovery(read) && (read.group == "*" || read.group.empty() == core);
      if (asks) reads.push_back(at);
    }
    standard::AccessRule access;
    access.non_resource_url = url;
    add({.request = fmt::format("GET {}", url),
         .cost =
             "one document of some 20 KB; before Kubernetes 1.26 one more for each version asked "
             "after",
         .access = std::move(access)},
        reads);
    plan.requests.back().why = {"Says which of the kinds and versions below the cluster serves."};
    ++plan.fewest;
    ++plan.most;
  };
  if (order.need.groups) add_document("/apis", false);
  if (order.need.core) add_document("/api", true);
}

}  // namespace

Result<RunPlan> plan_run(const Host& host, const WorkflowOptions& options) {
  const auto prepared =
      select_jobs(implementation(host).catalog, options, rfc3339(system_clock()()).substr(0, 10));
  if (!prepared) return prepared.error();
  Planner planner{.prepared = *prepared};
  std::vector<cluster::JobReads> reads;
  for (const workflow::PreparedJob& job : prepared->jobs) {
    planner.jobs.push_back(job.narrowed());
    reads.push_back({job.job().name, job.reads, job.wanted});
    if (!job.selected) continue;
    for (std::size_t i = 0; i < job.masked.size(); ++i) {
      const plugin::Field& field = job.job().fields[i];
      planner.plan.fields.push_back(
          {.job = job.job().name,
           .field = field.name,
           .sensitivity = std::string(standard::sensitivity_name(field.sensitivity)),
           .withheld = withheld_by(*prepared, job.job().name, field.name)});
    }
  }
  const cluster::ReadOrder order = cluster::order_reads(reads);
  planner.add_discovery(order);
  for (const auto* group : {&order.at_once, &order.after_discovery}) {
    const cluster::ReadPlan read_plan =
        cluster::plan_reads(reads, *group, options.cluster.namespaces, {});
    for (const Fetch& fetch : read_plan.fetches) {
      if (fetch.kind != Fetch::Kind::served) planner.add(fetch);
    }
  }
  return std::move(planner.plan);
}

}  // namespace ktel::app
