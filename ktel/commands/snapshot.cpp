// ktel snapshot save
#include <fmt/format.h>
#include <ktel/host.hpp>

#include <set>

#include "app/snapshot.hpp"
#include "app/verdicts.hpp"
#include "command.hpp"
#include "options.hpp"
#include "output.hpp"
#include "signals.hpp"

namespace ktel::cli {

OptionSet snapshot_save_options() {
  OptionSet set{
      .usage = "ktel snapshot save DIR [options]",
      .examples =
          "  ktel snapshot save ./cluster --jobs all\n"
          "  ktel snapshot save ./cluster --jobs identify-platform --snapshot ./bundle\n",
      .about =
          "Makes the reads of the jobs and keeps what they may see of each object, and nothing "
          "else, as files\nfor review or for a site without a network. `ktel workflows run "
          "--snapshot DIR` with the same jobs\nand namespaces gives the report of the cluster. No "
          "job runs, nothing is sent.",
      .max_positional = 1,
      .environment = true};
  add_selection_options(set.options);
  add_source_options(set.options);
  set.options.add_options()("timeout",
                            po::value<std::string>()->value_name("TIME")->default_value("60s"),
                            "for collecting; what is complete by then is saved")(
      "strict", po::bool_switch(), "save nothing if anything could not be read");
  add_host_options(set.options);
  add_log_options(set.options);
  return set;
}

int snapshot_save(const Parsed& parsed) {
  if (parsed.positional.empty()) {
    return fail({Errc::bad_input,
                 "into which directory? usage: ktel snapshot save DIR --jobs A,B; it is made"});
  }
  Result<WorkflowOptions> options = selection_options(parsed);
  if (!options) return fail(options.error());
  options->cluster = source_options(parsed);
  const auto timeout = duration(parsed, "timeout");
  if (!timeout) return fail(timeout.error());
  options->timeout = *timeout;
  options->strict = flag(parsed, "strict");

  const Signals signals;
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  say_refused(*host, parsed);
  const std::string& dir = parsed.positional.front();
  const Result<app::SavedSnapshot> saved =
      app::save_snapshot(*host, *options, dir, signals.token());
  if (!saved) {
    const int code = fail(saved.error());
    return signals.exit_code() != 0 ? signals.exit_code() : code;
  }
  std::set<std::string> said;
  for (const Finding& finding : saved->findings) {
    if (finding.level == FindingLevel::note && !verbose(parsed)) continue;
    const std::string line = fmt::format(
        "{}: {}", finding.level == FindingLevel::note ? "note" : "warning", app::said(finding));
    if (said.insert(line).second) note(parsed, line);
  }
  for (const std::string& param : saved->stood_in) {
    note(parsed,
         fmt::format("--param {} was in the environment; a run on the snapshot needs it too",
                     param));
  }
  note(parsed,
       fmt::format("saved {} {} in {}", saved->reads, saved->reads == 1 ? "read" : "reads", dir));
  return 0;
}

}  // namespace ktel::cli
