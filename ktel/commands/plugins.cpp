// ktel plugins list, ktel plugins check
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ktel/host.hpp>

#include <algorithm>
#include <chrono>

#include "app/plugin_check.hpp"
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

std::string_view word_of(FindingLevel level) {
  return level == FindingLevel::error ? "error" : level == FindingLevel::warn ? "warn" : "note";
}

Listing listing_of(const std::vector<Finding>& findings) {
  Listing listing{.columns = {"LEVEL", "ID", "FIELD", "FINDING"}, .rows = {}, .objects = {}};
  for (const Finding& finding : findings) {
    const std::string_view level = word_of(finding.level);
    const std::string field = finding.field.empty() ? "" : "." + finding.field;
    const std::string next = finding.next.empty() ? "" : "; " + finding.next;
    listing.rows.push_back(
        {std::string(level), finding.id, finding.job + field, finding.text + next});
    listing.objects.push_back({{"id", finding.id},
                               {"level", level},
                               {"job", finding.job},
                               {"field", finding.field},
                               {"text", finding.text},
                               {"next", finding.next}});
  }
  return listing;
}

std::string counted(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
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

OptionSet plugins_check_options() {
  OptionSet set{
      .usage = "ktel plugins check FILE|DIR [options]",
      .examples =
          "  ktel plugins check ./plugins\n"
          "  ktel plugins check ./plugins --baseline ./declarations\n",
      .about =
          "Says what is wrong with plugins before a cluster does: whatever they would be\n"
          "refused for, and what the telemetry standard calls mistakes. With --baseline\n"
          "also what has changed since those declarations were printed. No plugin code\n"
          "runs in this process. Exit code 7: there are errors; warnings alone are 0.",
      .max_positional = 1};
  set.options.add_options()("baseline", po::value<std::string>()->value_name("DIR"),
                            "what `ktel jobs describe JOB` printed at the last release, as "
                            "JOB.yaml or JOB/declaration.yaml");
  add_output_option(set, "table json yaml");
  add_log_options(set.options);
  return set;
}

int plugins_check(const Parsed& parsed) {
  if (parsed.positional.empty()) {
    return fail({Errc::bad_input, "which plugin? usage: ktel plugins check FILE|DIR"});
  }
  const Result<app::PluginCheck> check =
      app::check_plugins(parsed.positional.front(), text(parsed, "baseline"),
                         std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
  if (!check) return fail(check.error());
  const std::vector<Finding>& findings = check->findings;
  const std::string format = text(parsed, "output");
  const bool nothing = findings.empty() && format == "table";
  const int code = show(nothing ? std::string() : render(listing_of(findings), format));
  if (code != 0) return code;

  if (verbose(parsed)) {
    for (const std::string& remark : check->remarks) say(remark);
  }
  const auto errors = static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const Finding& one) { return one.level == FindingLevel::error; }));
  const std::string found = findings.empty() ? "nothing to correct"
                                             : counted(errors, "error") + ", " +
                                                   counted(findings.size() - errors, "warning");
  const std::string summary =
      fmt::format("checked {}: {}", counted(check->plugins, "plugin"), found);
  if (errors > 0) return fail({Errc::check_failed, summary});
  note(parsed, summary);
  return 0;
}

}  // namespace ktel::cli
