// ktel reports list, show, send
#include <fmt/format.h>
#include <ktel/host.hpp>

#include "app/reports.hpp"
#include "command.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "output.hpp"
#include "signals.hpp"

namespace ktel::cli {
namespace {

void add_ledger_option(po::options_description& options) {
  options.add_options()("ledger", po::value<std::string>()->value_name("FILE"),
                        "the ledger (or KTEL_LEDGER); default: $XDG_STATE_HOME/ktel/ledger.db");
}

std::filesystem::path ledger_of(const Parsed& parsed) {
  const std::string given = text(parsed, "ledger");
  return given.empty() ? app::default_ledger() : std::filesystem::path(given);
}

Listing listing_of(const std::vector<app::ReportRow>& rows) {
  Listing listing{.columns = {"ID", "CREATED", "SIGNAL", "STATE", "TRIES", "BYTES", "DESTINATION"},
                  .rows = {},
                  .objects = {}};
  for (const app::ReportRow& row : rows) {
    listing.rows.push_back({row.id, row.created, row.signal, row.state,
                            fmt::format("{}", row.attempts), fmt::format("{}", row.size),
                            row.destination.empty() ? "-" : row.destination});
    listing.objects.push_back({{"id", row.id},
                               {"created", row.created},
                               {"signal", row.signal},
                               {"state", row.state},
                               {"attempts", row.attempts},
                               {"bytes", row.size},
                               {"destination", row.destination},
                               {"sha256", row.sha256},
                               {"text", row.text}});
  }
  return listing;
}

}  // namespace

OptionSet reports_list_options() {
  OptionSet set{
      .usage = "ktel reports list [options]",
      .examples = "  ktel reports list\n  ktel reports list --limit 5 -o json\n",
      .about = "Lists the reports in the ledger, newest first, with what became of them."};
  add_ledger_option(set.options);
  set.options.add_options()("limit", po::value<unsigned>()->value_name("N")->default_value(50),
                            "how many at most");
  add_output_option(set, "table json yaml name");
  add_log_options(set.options);
  return set;
}

int reports_list(const Parsed& parsed) {
  const auto rows =
      app::list_reports(ledger_of(parsed), parsed.values["limit"].as<unsigned>(), log_sink(parsed));
  if (!rows) return fail(rows.error());
  return show(render(listing_of(*rows), text(parsed, "output")));
}

OptionSet reports_show_options() {
  OptionSet set{.usage = "ktel reports show [ID] [options]",
                .examples = "  ktel reports show\n  ktel reports show --record -o yaml\n",
                .about =
                    "Prints the exact bytes of a report, or with --record the run record that "
                    "stays here. ID\nmay be shortened; without one the newest is shown.",
                .max_positional = 1};
  add_ledger_option(set.options);
  set.options.add_options()("record", po::bool_switch(), "the run record instead of the report");
  add_output_option(set, "json yaml table");
  add_log_options(set.options);
  return set;
}

int reports_show(const Parsed& parsed) {
  const std::string id = parsed.positional.empty() ? "" : parsed.positional.front();
  const auto detail = app::find_report(ledger_of(parsed), id, log_sink(parsed));
  if (!detail) return fail(detail.error());
  const std::string& shown = flag(parsed, "record") ? detail->record : detail->body;
  if (shown.empty()) {
    return fail(
        {Errc::not_found, fmt::format("the body of report {} has been erased; its SHA-256 was {}",
                                      detail->row.id, detail->row.sha256)});
  }
  return show(render(shown, text(parsed, "output")));
}

OptionSet reports_send_options() {
  OptionSet set{.usage = "ktel reports send [options]",
                .examples =
                    "  ktel reports send --token-file /run/secrets/hec-token\n"
                    "  ktel reports send --report-server splunk://10.0.0.1:8088 --wait 5m\n",
                .about =
                    "Delivers what is still queued in the ledger: to --report-server, or to every "
                    "destination\nthat has something.",
                .environment = true};
  set.options.add_options()("report-server", po::value<std::string>()->value_name("URL"),
                            "only what is queued for this destination");
  add_ledger_option(set.options);
  add_delivery_options(set.options);
  add_host_options(set.options);
  add_log_options(set.options);
  return set;
}

int reports_send(const Parsed& parsed) {
  const auto wait = duration(parsed, "wait");
  if (!wait) return fail(wait.error());

  const Signals signals;
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  DeliveryOptions options;
  options.report_server = text(parsed, "report-server");
  options.token_file = text(parsed, "token-file");
  options.ca_file = text(parsed, "ca-file");
  options.ledger = ledger_of(parsed);
  options.wait = *wait;
  const auto summary = app::send_reports(*host, options, signals.token());
  if (!summary) return signals.exit_code() != 0 ? signals.exit_code() : fail(summary.error());
  for (const std::string& problem : summary->problems) say(problem);
  note(parsed, fmt::format("{} delivered, {} still queued", summary->delivered, summary->left));
  if (signals.exit_code() != 0) return signals.exit_code();
  return summary->error ? exit_code(*summary->error) : 0;
}

}  // namespace ktel::cli
