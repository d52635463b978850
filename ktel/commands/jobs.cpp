// ktel jobs list, describe, docs, rbac
#include <fmt/format.h>
#include <ktel/host.hpp>

#include "app/documents.hpp"
#include "command.hpp"
#include "options.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

Listing listing_of(const std::vector<JobInfo>& jobs) {
  Listing listing{.columns = {"NAME", "CLASS", "FIELDS", "STABILITY", "EXPIRES", "PLUGIN"},
                  .rows = {},
                  .objects = {}};
  for (const JobInfo& job : jobs) {
    listing.rows.push_back({job.name, job.sensitivity, fmt::format("{}", job.fields.size()),
                            job.stability, job.expires,
                            fmt::format("{} {}", job.plugin, job.version)});
    listing.objects.push_back({{"name", job.name},
                               {"title", job.title},
                               {"summary", job.summary},
                               {"class", job.sensitivity},
                               {"fields", boost::json::array(job.fields.begin(), job.fields.end())},
                               {"stability", job.stability},
                               {"expires", job.expires},
                               {"plugin", job.plugin},
                               {"version", job.version}});
  }
  return listing;
}

// Without --jobs: all there are.
std::vector<std::string> chosen_jobs(const Parsed& parsed) {
  std::vector<std::string> jobs = words(parsed, "jobs");
  if (jobs.empty()) jobs = {"all"};
  return jobs;
}

}  // namespace

OptionSet jobs_list_options() {
  OptionSet set{.usage = "ktel jobs list [options]",
                .examples = "  ktel jobs list\n  ktel jobs list --plugin-dir ./plugins -o name\n",
                .about =
                    "Lists every job of the plugins that load, with the highest class of data it "
                    "reports.\nNo plugin code runs in this process."};
  add_host_options(set.options);
  add_output_option(set, "table json yaml name");
  add_log_options(set.options);
  return set;
}

int jobs_list(const Parsed& parsed) {
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  const int code = show(render(listing_of(host->jobs()), text(parsed, "output")));
  say_refused(*host, parsed);
  return code;
}

OptionSet jobs_describe_options() {
  OptionSet set{.usage = "ktel jobs describe JOB [options]",
                .examples = "  ktel jobs describe identify-platform\n",
                .about =
                    "Prints a job's whole declaration: what it reads and why, every field it can "
                    "report, the\naccess it needs.",
                .max_positional = 1};
  add_host_options(set.options);
  add_output_option(set, "yaml json");
  add_log_options(set.options);
  return set;
}

int jobs_describe(const Parsed& parsed) {
  if (parsed.positional.empty()) {
    return fail(
        {Errc::bad_input, "which job? usage: ktel jobs describe JOB; `ktel jobs list` shows all"});
  }
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  const std::string& name = parsed.positional.front();
  if (text(parsed, "output") == "yaml") return show(host->describe_job(name));
  const Result<std::string> described = host->describe_job_json(name);
  return described ? show(*described + "\n") : fail(described.error());
}

OptionSet jobs_docs_options() {
  OptionSet set{
      .usage = "ktel jobs docs [options]",
      .examples =
          "  ktel jobs docs > dictionary.md\n"
          "  ktel jobs docs --format jsonschema > report.schema.json\n",
      .about =
          "Prints the dictionary: every field that can leave, what it says and why, what "
          "is read for it,\nand how to switch it off. Or the JSON Schema (2020-12) of the "
          "jobs' part of a report."};
  set.options.add_options()("jobs", po::value<std::vector<std::string>>()->value_name("A,B"),
                            "only these jobs; default: all")(
      "format", po::value<std::string>()->value_name("FORMAT")->default_value("md"),
      "md|jsonschema");
  add_host_options(set.options);
  add_log_options(set.options);
  return set;
}

int jobs_docs(const Parsed& parsed) {
  const std::string format = text(parsed, "format");
  if (format != "md" && format != "jsonschema") {
    return fail(
        {Errc::bad_input, fmt::format("--format takes md or jsonschema, not '{}'", format)});
  }
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  const int code = show(format == "md" ? app::dictionary(*host, chosen_jobs(parsed))
                                       : app::report_schema(*host, chosen_jobs(parsed)));
  say_refused(*host, parsed);
  return code;
}

OptionSet jobs_rbac_options() {
  OptionSet set{.usage = "ktel jobs rbac [options]",
                .examples =
                    "  ktel jobs rbac > roles.yaml\n"
                    "  ktel jobs rbac --jobs identify-platform --deny '*.nodes_*'\n"
                    "  ktel jobs rbac --namespaced shop,shop-test\n",
                .about =
                    "Prints the least roles that a run of the jobs needs, as YAML: a comment above "
                    "each rule names\nthe fields that are absent without it. What is withheld asks "
                    "for no rule.",
                .environment = true};
  add_selection_options(set.options);
  set.options.add_options()("namespaced", po::value<std::vector<std::string>>()->value_name("A,B"),
                            "Roles in these namespaces, for a run with --namespace, and nothing "
                            "for the whole cluster");
  add_host_options(set.options);
  add_log_options(set.options);
  return set;
}

int jobs_rbac(const Parsed& parsed) {
  Result<WorkflowOptions> options = selection_options(parsed);
  if (!options) return fail(options.error());
  options->jobs = chosen_jobs(parsed);
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  const int code = show(app::roles(*host, *options, words(parsed, "namespaced")));
  say_refused(*host, parsed);
  return code;
}

}  // namespace ktel::cli
