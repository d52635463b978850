// ktel workflows plan
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ktel/host.hpp>

#include <map>

#include "app/run_plan.hpp"
#include "command.hpp"
#include "options.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

boost::json::array texts(const std::vector<std::string>& list) {
  return boost::json::array(list.begin(), list.end());
}

boost::json::object json_of(const app::RunPlan& plan) {
  boost::json::array requests;
  for (const app::PlannedRequest& r : plan.requests) {
    requests.push_back({{"request", r.request},
                        {"cost", r.cost},
                        {"when", texts(r.when)},
                        {"permission", r.permission},
                        {"fields", texts(r.fields)},
                        {"why", texts(r.why)}});
  }
  boost::json::array fields;
  for (const app::PlannedField& f : plan.fields) {
    fields.push_back(
        {{"job", f.job}, {"field", f.field}, {"class", f.sensitivity}, {"withheld", f.withheld}});
  }
  return {{"fewest_requests", plan.fewest},
          {"most_requests", plan.most},
          {"requests", requests},
          {"fields", fields}};
}

// "cluster-state: nodes_count, pods_count; ingress: ingresses_count"
std::string by_job(const std::vector<std::string>& fields) {
  std::map<std::string, std::vector<std::string>> jobs;
  for (const std::string& name : fields) {
    const std::size_t dot = name.find('.');
    jobs[name.substr(0, dot)].push_back(name.substr(dot + 1));
  }
  std::vector<std::string> parts;
  for (const auto& [job, names] : jobs) {
    parts.push_back(fmt::format("{}: {}", job, fmt::join(names, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "\n              "));
}

std::string text_of(const app::RunPlan& plan) {
  std::string text;
  const auto line = [&text](std::string_view key, std::string_view words) {
    if (!words.empty()) text += fmt::format("  {:<11} {}\n", key, words);
  };
  for (const app::PlannedRequest& r : plan.requests) {
    text += r.request + "\n";
    line("cost", r.cost);
    for (const std::string& when : r.when) line("when", when);
    line("permission", r.permission.empty() ? "any authenticated user may" : r.permission);
    line("for", by_job(r.fields));
    for (const std::string& why : r.why) line("why", why);
    text += "\n";
  }
  std::size_t leaving = 0;
  std::string withheld;
  for (const app::PlannedField& f : plan.fields) {
    leaving += f.withheld.empty() ? 1 : 0;
    if (!f.withheld.empty()) {
      withheld += fmt::format("  {}.{}: {}\n", f.job, f.field, f.withheld);
    }
  }
  const std::string more =
      plan.most > plan.fewest
          ? fmt::format(" at least, {} where all of this is served and wanted", plan.most)
          : "";
  text += fmt::format("{} {}{}, each list being one page; {} {} may leave.\n", plan.fewest,
                      plan.fewest == 1 ? "request" : "requests", more, leaving,
                      leaving == 1 ? "field" : "fields");
  if (!withheld.empty()) text += "Withheld:\n" + withheld;
  return text;
}

}  // namespace

OptionSet workflows_plan_options() {
  OptionSet set{.usage = "ktel workflows plan [options]",
                .examples =
                    "  ktel workflows plan --jobs all\n"
                    "  ktel workflows plan --jobs all --max-sensitivity environment -o yaml\n",
                .about =
                    "Shows what a run would do, request by request: at what cost, with which "
                    "permission, for which\nfields; and which fields are withheld, and by whom. "
                    "Nobody is asked: neither the cluster nor a\nreport server. Each kind is shown "
                    "in the first version that the jobs would take.",
                .environment = true};
  add_selection_options(set.options);
  add_namespace_option(set.options);
  add_host_options(set.options);
  add_output_option(set, "text json yaml");
  add_log_options(set.options);
  return set;
}

int workflows_plan(const Parsed& parsed) {
  Result<WorkflowOptions> options = selection_options(parsed);
  if (!options) return fail(options.error());
  options->cluster.namespaces = words(parsed, "namespace");
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  say_refused(*host, parsed);
  const Result<app::RunPlan> plan = app::plan_run(*host, *options);
  if (!plan) return fail(plan.error());
  const std::string format = text(parsed, "output");
  if (format == "text") return show(text_of(*plan));
  return show(render(boost::json::serialize(json_of(*plan)), format));
}

}  // namespace ktel::cli
