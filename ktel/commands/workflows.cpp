// ktel workflows run
#include <fmt/format.h>
#include <unistd.h>
#include <ktel/workflow.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "app/reports.hpp"
#include "app/stdout.hpp"
#include "command.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "signals.hpp"

namespace ktel::cli {
namespace {

constexpr std::size_t max_stdin = 512 * 1024;

Result<std::string> read_stdin() {
  if (::isatty(STDIN_FILENO) != 0) {
    return Error{Errc::bad_input,
                 "- reads a JSON object from stdin, which is a terminal: pipe one in, as in "
                 "echo '{\"key\": 1}' | ktel workflows run ... -"};
  }
  std::string all;
  char buffer[16 * 1024];
  // One byte over the limit is enough to know; the rest is not read.
  while (all.size() <= max_stdin) {
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Error{Errc::bad_input,
                   fmt::format("cannot read stdin ({}): pipe a JSON object into it, or leave out -",
                               std::generic_category().message(errno))};
    }
    if (got == 0) break;
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

Result<WorkflowOptions> workflow_options(const Parsed& parsed) {
  Result<WorkflowOptions> chosen = selection_options(parsed);
  if (!chosen) return chosen.error();
  WorkflowOptions options = *std::move(chosen);
  const auto timeout = duration(parsed, "timeout");
  if (!timeout) return timeout.error();
  options.timeout = *timeout;
  options.cluster = source_options(parsed);
  options.cluster.exact_counts = flag(parsed, "exact-counts");

  Result<DeliveryOptions> delivery = delivery_options(parsed);
  if (!delivery) return delivery.error();
  options.delivery = *std::move(delivery);
  options.delivery.no_ledger = flag(parsed, "no-ledger");
  options.delivery.drop_oldest = flag(parsed, "drop-oldest");
  const auto max_age = duration(parsed, "max-age");
  if (!max_age) return max_age.error();
  options.delivery.max_age = *max_age;
  const auto size = byte_count(parsed, "ledger-size");
  if (!size) return size.error();
  options.delivery.ledger_bytes = *size;
  const std::string ledger = text(parsed, "ledger");
  options.delivery.ledger = ledger.empty() ? app::default_ledger() : std::filesystem::path(ledger);

  options.strict = flag(parsed, "strict");
  options.consent = consent_of(parsed, process_env());
  return options;
}

Result<Isolate> isolate_of(const Parsed& parsed) {
  const std::string when = text(parsed, "isolate");
  if (when == "auto") return Isolate::automatic;
  if (when == "always") return Isolate::always;
  if (when == "never") return Isolate::never;
  return Error{Errc::bad_input, fmt::format("{} takes auto, always or never, not '{}'",
                                            named(parsed, "isolate"), when)};
}

Result<std::string> rendered(const Report& report, const Parsed& parsed) {
  const std::string format = text(parsed, "output");
  if (format != "json") return render(report.body, format);
  if (flag(parsed, "pretty")) return render(report.body, "pretty");
  return ::isatty(STDOUT_FILENO) != 0 ? report.body + "\n" : report.body;
}

void say_findings(const RunRecord& record, const Parsed& parsed) {
  const FindingLevel from = quiet(parsed)     ? FindingLevel::error
                            : verbose(parsed) ? FindingLevel::note
                                              : FindingLevel::warn;
  for (const Finding& finding : record.findings) {
    if (finding.level < from) continue;
    const char* level = finding.level == FindingLevel::error  ? "error"
                        : finding.level == FindingLevel::warn ? "warning"
                                                              : "note";
    const std::string field = finding.field.empty() ? "" : "." + finding.field;
    const std::string where = finding.job.empty() ? "" : finding.job + field + ": ";
    say(fmt::format("{}: {}{}{}{}", level, where, finding.text, finding.next.empty() ? "" : "; ",
                    finding.next));
  }
}

bool is_text(const std::string& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) || c == '\n' || c == '\t';
  });
}

void say_preview(const RequestPreview& preview) {
  say(fmt::format("would send: {} {}", preview.method.empty() ? "write" : preview.method,
                  preview.url));
  for (const auto& [name, value] : preview.headers) say(fmt::format("  {}: {}", name, value));
  const bool shown = is_text(preview.body);
  say(fmt::format("  a body of {} bytes{}", preview.body.size(), shown ? ":" : ", not text"));
  if (shown) say("  " + preview.body.substr(0, preview.body.find_last_not_of('\n') + 1));
}

void say_receipt(const RunResult& result, const Parsed& parsed) {
  const RunRecord& record = result.report.record;
  std::string line = fmt::format("report {}: {} bytes, sha256 {}", record.id,
                                 result.report.body.size(), result.report.sha256);
  if (flag(parsed, "dry-run")) {
    line += "; a dry run: not recorded, not sent";
  } else if (result.receipts.empty()) {
    line += result.ledger.empty() ? "; not recorded, not sent" : "; recorded, not sent";
  }
  for (const Receipt& receipt : result.receipts) {
    line += fmt::format("; {} {}", receipt.state, receipt.destination);
  }
  const auto add = [&line](std::uint64_t n, std::string_view one, std::string_view many) {
    if (n > 0) line += fmt::format("; {} {}", n, n == 1 ? one : many);
  };
  add(record.requests, "request to the cluster", "requests to the cluster");
  add(record.withheld.size(), "field withheld", "fields withheld");
  // Notes are facts, such as a kind that is not served: -v shows them.
  const auto findings =
      std::count_if(record.findings.begin(), record.findings.end(),
                    [](const Finding& finding) { return finding.level != FindingLevel::note; });
  add(static_cast<std::uint64_t>(findings), "finding", "findings");
  say(line);
  if (verbose(parsed)) {
    for (const std::string& field : record.withheld) say("withheld " + field);
  }
}

// Printing failed, which takes nothing from what became of the report.
Error not_printed(const Error& why, const RunResult& result, const Parsed& parsed) {
  Error error = why.context("the report was not printed");
  if (!result.ledger.empty()) {
    const std::string ledger = text(parsed, "ledger");
    error.message += fmt::format("; `ktel reports show {}{}` prints it", result.report.record.id,
                                 ledger.empty() ? "" : " --ledger " + ledger);
  }
  return error;
}

Progress::Mode progress_mode(const Parsed& parsed) {
  if (quiet(parsed)) return Progress::Mode::silent;
  const bool moves_cursor = ::isatty(STDERR_FILENO) != 0 && process_env()("TERM") != "dumb";
  if (moves_cursor) return Progress::Mode::live;
  return verbose(parsed) ? Progress::Mode::lines : Progress::Mode::silent;
}

}  // namespace

OptionSet workflows_run_options() {
  OptionSet set{
      .usage = "ktel workflows run [options] [-]",
      .examples =
          "  ktel workflows run --jobs all --dry-run\n"
          "  ktel workflows run --jobs identify-deployment,identify-platform \\\n"
          "      --report-server splunk://10.0.0.1:8088 --token-file /run/secrets/hec-token\n"
          "  echo '{\"release\": \"2026.11\"}' | ktel workflows run --jobs all --snapshot ./bundle "
          "-\n",
      .about =
          "Reads the cluster once for all jobs, checks what they report, merges one JSON report "
          "and\ndelivers it. stdout gets the report, stderr the words. A final - merges the JSON "
          "object on stdin.\nDO_NOT_TRACK=1 or KTEL_TELEMETRY=off: nothing is read and nothing is "
          "sent. A report server\nthat only the environment names needs KTEL_TELEMETRY=on.",
      .max_positional = 2,
      .environment = true};
  const auto text_option = [](const char* name) {
    return po::value<std::string>()->value_name(name);
  };
  add_selection_options(set.options);
  add_source_options(set.options);
  set.options.add_options()("exact-counts", po::bool_switch(), "page through every count");
  add_delivery_options(set.options,
                       "where the report goes: see `ktel backends list`; may be repeated");
  set.options.add_options()
      //
      ("ledger", text_option("FILE"), "default: $XDG_STATE_HOME/ktel/ledger.db")(
          "no-ledger", po::bool_switch(),
          "keep no record: what is not delivered within --wait is lost")(
          "ledger-size", text_option("SIZE")->default_value("256MiB"),
          "it takes on disk, at most; finished reports make room")(
          "drop-oldest", po::bool_switch(),
          "give up the oldest reports when all of that waits to be sent; default: refuse the new")(
          "max-age", text_option("TIME")->default_value("0"),
          "give up reports unsent for longer, as 7d; 0: never")(
          "signal", text_option("NAME"), "name of what happened; default: ktel")
      // bounds
      ("timeout", text_option("TIME")->default_value("60s"),
       "for collecting; what is complete by then is reported")
      // what happens
      ("dry-run", po::bool_switch(), "collect and show; nothing is recorded, nothing is sent")(
          "strict", po::bool_switch(), "send nothing if there is any warning or error")(
          "fail-if-off", po::bool_switch(), "exit 6 where consent is off, instead of 0");
  add_host_options(set.options);
  set.options.add_options()("isolate", text_option("WHEN")->default_value("auto"),
                            "run jobs in a child process: auto (those of plugins that did not "
                            "come with ktel), always or never");
  add_output_option(set, "json yaml table");
  set.options.add_options()("pretty", po::bool_switch(), "the report indented, for eyes");
  add_log_options(set.options);
  return set;
}

int workflows_run(const Parsed& parsed) {
  RunOptions run;
  for (const std::string& word : parsed.positional) {
    if (word != "-" || run.caller_json) {
      return fail(
          {Errc::bad_input,
           fmt::format("'{}' is one word too many: jobs are chosen with --jobs, and one final "
                       "- reads stdin",
                       word)});
    }
    Result<std::string> json = read_stdin();
    if (!json) return fail(json.error());
    run.caller_json = *std::move(json);
  }
  Result<WorkflowOptions> options = workflow_options(parsed);
  if (!options) return fail(options.error());

  const bool kept_here = options->consent == Consent::local;

  const Signals signals;
  const auto progress = std::make_shared<Progress>(progress_mode(parsed), STDERR_FILENO);
  const auto log = log_sink(parsed, [progress](std::string_view line) { progress->say(line); });
  const Result<Isolate> isolate = isolate_of(parsed);
  if (!isolate) return fail(isolate.error());
  HostOptions with = host_options(parsed, log);
  with.isolate = *isolate;
  const Result<Host> host = Host::create(std::move(with));
  if (!host) return fail(host.error());
  say_refused(*host, parsed);
  const Result<Workflow> workflow = Workflow::create(*host, *std::move(options));
  if (!workflow) return fail(workflow.error());

  run.signal = text(parsed, "signal");
  run.dry_run = flag(parsed, "dry-run");
  run.stop = signals.token();
  run.progress = [progress](const JobProgress& p) { progress->update(p); };
  const Result<RunResult> result = workflow->run(run);
  progress->finish();
  if (!result) {
    const int code = fail(result.error());
    return signals.exit_code() != 0 ? signals.exit_code() : code;
  }
  if (!result->off.empty()) {
    if (flag(parsed, "fail-if-off")) return fail({Errc::not_allowed, result->off});
    note(parsed, result->off);
    return 0;
  }
  // With stdout: as report server it is there already.
  const bool there = std::any_of(
      result->receipts.begin(), result->receipts.end(),
      [](const Receipt& receipt) { return receipt.destination.starts_with("stdout:"); });
  Result<void> printed;
  if (!there) {
    const Result<std::string> data = rendered(result->report, parsed);
    printed = data ? app::write_stdout(*data) : Result<void>(data.error());
  }
  say_findings(result->report.record, parsed);
  if (!quiet(parsed)) {
    if (!result->notice.empty()) say(kept_here ? no_consent : result->notice);
    for (const RequestPreview& preview : result->previews) say_preview(preview);
    say_receipt(*result, parsed);
  }
  int code = printed ? 0 : fail(not_printed(printed.error(), *result, parsed));
  int undelivered = 0;
  for (const Receipt& receipt : result->receipts) {
    if (!receipt.error) continue;
    const int failed = fail(*receipt.error);
    if (undelivered == 0) undelivered = failed;
  }
  if (undelivered != 0) code = undelivered;
  if (signals.exit_code() != 0) code = signals.exit_code();
  return code;
}

}  // namespace ktel::cli
