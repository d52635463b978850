// ktel jobs list, ktel jobs describe
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
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

int jobs_list(const std::vector<std::string>& arguments) {
  OptionSet set{
      .usage = "ktel jobs list [options]",
      .examples = "Examples:\n  ktel jobs list\n  ktel jobs list --plugin-dir ./plugins -o name",
      .about =
          "Lists every job of the plugins that load, with the highest class of data "
          "it reports. No plugin code runs in this process.",
      .options = po::options_description("Options")};
  add_host_options(set.options);
  add_output_option(set.options, "table json yaml name");
  add_log_options(set.options);
  const Result<Parsed> parsed = parse(set, arguments);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) return 0;
  const Result<Host> host = Host::create(host_options(*parsed, log_sink(*parsed)));
  if (!host) return fail(host.error());
  const Result<void> printed = print(render(listing_of(host->jobs()), text(*parsed, "output")));
  say_refused(*host, *parsed);
  return printed ? 0 : fail(printed.error());
}

int jobs_describe(const std::vector<std::string>& arguments) {
  OptionSet set{.usage = "ktel jobs describe JOB [options]",
                .examples = "Example:\n  ktel jobs describe identify-platform",
                .about =
                    "Prints a job's whole declaration: what it reads and why, every field it "
                    "can report, the access it needs.",
                .options = po::options_description("Options"),
                .max_positional = 1};
  add_host_options(set.options);
  add_output_option(set.options, "yaml json");
  add_log_options(set.options);
  const Result<Parsed> parsed = parse(set, arguments);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) return 0;
  if (parsed->positional.empty()) {
    return fail(
        {Errc::bad_input, "which job? usage: ktel jobs describe JOB; `ktel jobs list` shows all"});
  }
  const Result<Host> host = Host::create(host_options(*parsed, log_sink(*parsed)));
  if (!host) return fail(host.error());
  const std::string& name = parsed->positional.front();
  const bool as_json = text(*parsed, "output") == "json";
  const Result<std::string> described =
      as_json ? host->describe_job_json(name) : host->describe_job(name);
  if (!described) return fail(described.error());
  const Result<void> printed = print(as_json ? *described + "\n" : *described);
  return printed ? 0 : fail(printed.error());
}

}  // namespace ktel::cli
