// ktel backends list
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ktel/host.hpp>

#include "command.hpp"
#include "options.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

Listing listing_of(const std::vector<BackendInfo>& backends) {
  Listing listing{.columns = {"NAME", "URL", "PARAMETERS", "SUMMARY"}, .rows = {}, .objects = {}};
  for (const BackendInfo& backend : backends) {
    std::vector<std::string> urls;
    for (const std::string& scheme : backend.schemes) {
      urls.push_back(scheme == "stdout" ? "stdout:" : scheme + "://");
    }
    std::vector<std::string> names;
    boost::json::array params;
    for (const ParamInfo& param : backend.params) {
      names.push_back(param.name + (param.secret ? " (secret)" : ""));
      params.push_back({{"name", param.name},
                        {"type", param.type},
                        {"description", param.description},
                        {"default", param.default_text},
                        {"required", param.required},
                        {"secret", param.secret}});
    }
    listing.rows.push_back({backend.name, fmt::format("{}", fmt::join(urls, " ")),
                            fmt::format("{}", fmt::join(names, ", ")), backend.summary});
    listing.objects.push_back(
        {{"name", backend.name},
         {"summary", backend.summary},
         {"schemes", boost::json::array(backend.schemes.begin(), backend.schemes.end())},
         {"params", params},
         {"plugin", backend.plugin},
         {"version", backend.version}});
  }
  return listing;
}

}  // namespace

int backends_list(const std::vector<std::string>& arguments) {
  OptionSet set{.usage = "ktel backends list [options]",
                .examples = "Examples:\n  ktel backends list\n  ktel backends list -o yaml",
                .about =
                    "Lists where reports can go: the URL schemes of --report-server and the "
                    "parameters their query takes.",
                .options = po::options_description("Options")};
  add_host_options(set.options);
  add_output_option(set.options, "table json yaml name");
  add_log_options(set.options);
  const Result<Parsed> parsed = parse(set, arguments);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) return 0;
  const Result<Host> host = Host::create(host_options(*parsed, log_sink(*parsed)));
  if (!host) return fail(host.error());
  const Result<void> printed = print(render(listing_of(host->backends()), text(*parsed, "output")));
  return printed ? 0 : fail(printed.error());
}

}  // namespace ktel::cli
