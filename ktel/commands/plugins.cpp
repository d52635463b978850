// ktel plugins list
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ktel/host.hpp>

#include "command.hpp"
#include "options.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

std::string provides(const PluginInfo& plugin) {
  std::vector<std::string> all = plugin.jobs;
  for (const std::string& backend : plugin.backends) all.push_back("backend " + backend);
  return fmt::format("{}", fmt::join(all, ", "));
}

Listing listing_of(const Host& host) {
  Listing listing{.columns = {"PLUGIN", "VERSION", "PROVIDES", "FILE"}, .rows = {}, .objects = {}};
  for (const PluginInfo& plugin : host.plugins()) {
    listing.rows.push_back({plugin.id, plugin.version, provides(plugin), plugin.file.string()});
    listing.objects.push_back(
        {{"id", plugin.id},
         {"version", plugin.version},
         {"summary", plugin.summary},
         {"file", plugin.file.string()},
         {"sha256", plugin.sha256},
         {"builtin", plugin.builtin},
         {"jobs", boost::json::array(plugin.jobs.begin(), plugin.jobs.end())},
         {"backends", boost::json::array(plugin.backends.begin(), plugin.backends.end())}});
  }
  for (const RefusedInfo& refused : host.refused()) {
    listing.objects.push_back(
        {{"file", refused.file.string()}, {"item", refused.item}, {"refused", refused.why}});
  }
  return listing;
}

}  // namespace

OptionSet plugins_list_options() {
  OptionSet set{.usage = "ktel plugins list [options]",
                .examples = "  ktel plugins list\n  ktel plugins list --plugin-dir ./plugins\n",
                .about =
                    "Lists the plugins that load; those that were refused follow on stderr, each "
                    "with the\nreason and what to do."};
  add_host_options(set.options);
  add_output_option(set, "table json yaml name");
  add_log_options(set.options);
  return set;
}

int plugins_list(const Parsed& parsed) {
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  const int code = show(render(listing_of(*host), text(parsed, "output")));
  for (const RefusedInfo& refused : host->refused()) {
    const std::string item = refused.item.empty() ? "" : ", " + refused.item;
    note(parsed, fmt::format("refused {}{}: {}", refused.file.string(), item, refused.why));
  }
  return code;
}

}  // namespace ktel::cli
