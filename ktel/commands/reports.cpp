// ktel reports list, show, send, retry, verify
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
  add_ledger_option(set.options);
  add_delivery_options(set.options, "only what is queued for this destination; may be repeated");
  add_host_options(set.options);
  add_log_options(set.options);
  return set;
}

int reports_send(const Parsed& parsed) {
  Result<DeliveryOptions> options = delivery_options(parsed);
  if (!options) return fail(options.error());
  options->ledger = ledger_of(parsed);

  const Signals signals;
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  const auto summary = app::send_reports(*host, *options, signals.token());
  if (!summary) return signals.exit_code() != 0 ? signals.exit_code() : fail(summary.error());
  for (const std::string& problem : summary->problems) say(problem);
  note(parsed, fmt::format("{} delivered, {} still queued", summary->delivered, summary->left));
  if (signals.exit_code() != 0) return signals.exit_code();
  return summary->error ? exit_code(*summary->error) : 0;
}

OptionSet reports_retry_options() {
  OptionSet set{
      .usage = "ktel reports retry ID | --all [options]",
      .examples =
          "  ktel reports retry --all\n"
          "  ktel reports retry --all --report-server splunk://10.0.0.1:8088\n",
      .about =
          "Puts reports that were rejected back in the queue, once the reason has been "
          "seen to. The next\nrun sends them, or `ktel reports send`. ID may be shortened.",
      .max_positional = 1};
  set.options.add_options()("all", po::bool_switch(), "every report that is dead");
  set.options.add_options()("report-server", po::value<std::string>()->value_name("URL"),
                            "only those that this destination rejected");
  add_ledger_option(set.options);
  add_log_options(set.options);
  return set;
}

int reports_retry(const Parsed& parsed) {
  const std::string id = parsed.positional.empty() ? "" : parsed.positional.front();
  if (id.empty() != flag(parsed, "all")) {
    return fail({Errc::bad_input,
                 "name one report by its ID, or give --all: `ktel reports list` "
                 "shows which are dead"});
  }
  const auto back =
      app::retry_reports(ledger_of(parsed), id, text(parsed, "report-server"), log_sink(parsed));
  if (!back) return fail(back.error());
  note(parsed, *back == 0 ? "nothing is dead, so nothing is queued again"
                          : fmt::format("{} queued again; `ktel reports send` sends {}", *back,
                                        *back == 1 ? "it" : "them"));
  return 0;
}

OptionSet reports_verify_options() {
  OptionSet set{.usage = "ktel reports verify [options]",
                .examples = "  ktel reports verify\n",
                .about =
                    "Checks that what is kept of each report is what was written: its SHA-256, its "
                    "canonical form,\nand that it holds the declared fields and no other. Whoever "
                    "may write the ledger can make a\nchange fit."};
  add_ledger_option(set.options);
  add_log_options(set.options);
  return set;
}

int reports_verify(const Parsed& parsed) {
  const auto verified = app::verify_reports(ledger_of(parsed), log_sink(parsed));
  if (!verified) return fail(verified.error());
  for (const std::string& problem : verified->problems) say(problem);
  const std::size_t wrong = verified->problems.size();
  const std::string summary =
      fmt::format("checked {} of {} reports ({} erased): {}", verified->bodies, verified->reports,
                  verified->reports - verified->bodies,
                  wrong == 0 ? "all as written" : fmt::format("{} not as written", wrong));
  if (wrong > 0) return fail({Errc::check_failed, summary});
  note(parsed, summary);
  return 0;
}

}  // namespace ktel::cli
