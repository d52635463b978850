// ktel jobs list, ktel jobs describe
#include <fmt/format.h>
#include <ktel/host.hpp>

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

}  // namespace ktel::cli
