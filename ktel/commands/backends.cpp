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

OptionSet backends_list_options() {
  OptionSet set{.usage = "ktel backends list [options]",
                .examples = "  ktel backends list\n  ktel backends list -o yaml\n",
                .about =
                    "Lists where reports can go: the URL schemes of --report-server and the "
                    "parameters\ntheir query takes."};
  add_host_options(set.options);
  add_output_option(set, "table json yaml name");
  add_log_options(set.options);
  return set;
}

int backends_list(const Parsed& parsed) {
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  return show(render(listing_of(host->backends()), text(parsed, "output")));
}

}  // namespace ktel::cli
