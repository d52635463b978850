// ktel workflows run
#include <fmt/format.h>
#include <unistd.h>
#include <ktel/workflow.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/reports.hpp"
#include "command.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "signals.hpp"

namespace ktel::cli {
namespace {

constexpr std::size_t max_stdin = 512 * 1024;

OptionSet option_set() {
  OptionSet set{
      .usage = "ktel workflows run [options] [-]",
      .examples =
          "Examples:\n"
          "  ktel workflows run --jobs all --dry-run\n"
          "  ktel workflows run --jobs identify-deployment,identify-platform \\\n"
          "      --report-server splunk://10.0.0.1:8088 --token-file /run/secrets/hec-token\n"
          "  echo '{\"release\": \"2026.11\"}' | ktel workflows run --jobs all --snapshot ./bundle "
          "-",
      .about =
          "Reads the cluster once for all jobs, checks what they report, merges one JSON report "
          "and\ndelivers it. stdout gets the report, stderr the words. A final - merges the JSON "
          "object on stdin.\nEvery option that takes a value can be set in the environment: "
          "KTEL_REPORT_SERVER for --report-server.\nDO_NOT_TRACK=1 or KTEL_TELEMETRY=off: nothing "
          "is read and nothing is sent.",
      .options = po::options_description("Options"),
      .max_positional = 2};
  using list = std::vector<std::string>;
  const auto text_option = [](const char* name) {
    return po::value<std::string>()->value_name(name);
  };
  set.options.add_options()
      // select
      ("jobs", po::value<list>()->value_name("A,B"), "jobs to run, or all; may be repeated")(
          "param", po::value<list>()->value_name("JOB.NAME=VALUE"),
          "a job's parameter; may be repeated")("signal", text_option("NAME"),
                                                "name of what happened; default: ktel")
      // source
      ("kubeconfig", text_option("FILE"),
       "default: $KUBECONFIG, the pod's service account, ~/.kube/config")(
          "context", text_option("NAME"), "of the kubeconfig")(
          "namespace", po::value<list>()->value_name("A,B"), "only these namespaces; default: all")(
          "snapshot", text_option("PATH"), "read a directory or file of API objects, no cluster")(
          "exact-counts", po::bool_switch(), "page through every count")
      // send
      ("report-server", text_option("URL"), "where the report goes: see `ktel backends list`")(
          "token-file", text_option("FILE"), "holds the report server's token")(
          "ca-file", text_option("FILE"),
          "PEM certificates the report server's certificate is checked against")(
          "wait", text_option("TIME")->default_value("30s"),
          "for delivery; then the ledger keeps the report")(
          "ledger", text_option("FILE"), "default: $XDG_STATE_HOME/ktel/ledger.db")(
          "no-ledger", po::bool_switch(),
          "keep no record: what is not delivered within --wait is lost")
      // bounds
      ("timeout", text_option("TIME")->default_value("60s"),
       "for collecting; what is complete by then is reported")
      // privacy
      ("dry-run", po::bool_switch(), "collect and show; nothing is recorded, nothing is sent")(
          "max-sensitivity", text_option("CLASS")->default_value("activity"),
          "product, environment, scale, activity or identifier")(
          "deny", po::value<list>()->value_name("GLOB"),
          "withhold fields, as job.field; may be repeated")(
          "allow", po::value<list>()->value_name("JOB.FIELD"),
          "an identifier that may leave; needs --max-sensitivity identifier")(
          "allow-unstable", po::bool_switch(), "also fields that are still in development")(
          "strict", po::bool_switch(), "send nothing if there is any warning or error")(
          "fail-if-off", po::bool_switch(), "exit 6 where consent is off, instead of 0");
  add_host_options(set.options);
  add_output_option(set.options, "json yaml table");
  set.options.add_options()("pretty", po::bool_switch(), "the report indented, for eyes");
  add_log_options(set.options);
  return set;
}

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
      return Error{Errc::bad_input, fmt::format("cannot read stdin: {}", std::strerror(errno))};
    }
    if (got == 0) break;
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

Result<std::map<std::string, std::string>> params_of(const Parsed& parsed) {
  std::map<std::string, std::string> params;
  if (parsed.values.count("param") == 0) return params;
  for (const std::string& given : parsed.values["param"].as<std::vector<std::string>>()) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{Errc::bad_input, fmt::format("--param takes JOB.NAME=VALUE, not '{}'", given)};
    }
    params[given.substr(0, equals)] = given.substr(equals + 1);
  }
  return params;
}

Result<WorkflowOptions> workflow_options(const Parsed& parsed) {
  WorkflowOptions options;
  options.jobs = words(parsed, "jobs");
  Result<std::map<std::string, std::string>> params = params_of(parsed);
  if (!params) return params.error();
  options.params = *std::move(params);
  const auto timeout = duration(parsed, "timeout");
  if (!timeout) return timeout.error();
  options.timeout = *timeout;
  const auto wait = duration(parsed, "wait");
  if (!wait) return wait.error();
  options.delivery.wait = *wait;

  options.cluster.kubeconfig = text(parsed, "kubeconfig");
  options.cluster.context = text(parsed, "context");
  options.cluster.namespaces = words(parsed, "namespace");
  options.cluster.snapshot = text(parsed, "snapshot");
  options.cluster.exact_counts = parsed.values["exact-counts"].as<bool>();

  options.delivery.report_server = text(parsed, "report-server");
  options.delivery.token_file = text(parsed, "token-file");
  options.delivery.ca_file = text(parsed, "ca-file");
  options.delivery.no_ledger = parsed.values["no-ledger"].as<bool>();
  const std::string ledger = text(parsed, "ledger");
  options.delivery.ledger = ledger.empty() ? app::default_ledger() : std::filesystem::path(ledger);

  options.privacy.max_sensitivity = text(parsed, "max-sensitivity");
  options.privacy.deny = words(parsed, "deny");
  options.privacy.allow = words(parsed, "allow");
  options.privacy.allow_unstable = parsed.values["allow-unstable"].as<bool>();
  options.strict = parsed.values["strict"].as<bool>();
  // Naming a report server on the command line is consent for this run; without one nothing leaves.
  options.consent = options.delivery.report_server.empty() ? Consent::local : Consent::on;
  return options;
}

std::string rendered(const Report& report, const Parsed& parsed) {
  const std::string format = text(parsed, "output");
  if (format == "yaml") return report_yaml(report.body);
  if (format == "table") return report_table(report.body);
  if (parsed.values["pretty"].as<bool>()) return report_pretty(report.body);
  return ::isatty(STDOUT_FILENO) != 0 ? report.body + "\n" : report.body;
}

void say_findings(const RunRecord& record, const Parsed& parsed) {
  for (const Finding& finding : record.findings) {
    if (finding.level == FindingLevel::note && !verbose(parsed)) continue;
    const char* level = finding.level == FindingLevel::error  ? "error"
                        : finding.level == FindingLevel::warn ? "warning"
                                                              : "note";
    const std::string field = finding.field.empty() ? "" : "." + finding.field;
    const std::string where = finding.job.empty() ? "" : finding.job + field + ": ";
    say(fmt::format("{}: {}{}{}{}", level, where, finding.text, finding.next.empty() ? "" : "; ",
                    finding.next));
  }
}

void say_preview(const RequestPreview& preview) {
  say(fmt::format("would send: {} {}", preview.method.empty() ? "write" : preview.method,
                  preview.url));
  for (const auto& [name, value] : preview.headers) say(fmt::format("  {}: {}", name, value));
  say(fmt::format("  {} bytes of body around the report", preview.body.size()));
}

void say_receipt(const RunResult& result, const Parsed& parsed) {
  const RunRecord& record = result.report.record;
  std::string line = fmt::format("report {}: {} bytes, sha256 {}", record.id,
                                 result.report.body.size(), result.report.sha256);
  if (parsed.values["dry-run"].as<bool>()) {
    line += "; a dry run: not recorded, not sent";
  } else if (!result.receipt) {
    line += result.ledger.empty() ? "; not recorded, not sent" : "; recorded, not sent";
  } else {
    line += fmt::format("; {} {}", result.receipt->state, result.receipt->destination);
  }
  const auto add = [&line](std::uint64_t n, std::string_view one, std::string_view many) {
    if (n > 0) line += fmt::format("; {} {}", n, n == 1 ? one : many);
  };
  add(record.requests, "request to the cluster", "requests to the cluster");
  add(record.withheld.size(), "field withheld", "fields withheld");
  add(record.findings.size(), "finding", "findings");
  say(line);
  if (verbose(parsed)) {
    for (const std::string& field : record.withheld) say("withheld " + field);
  }
}

}  // namespace

int workflows_run(const std::vector<std::string>& arguments) {
  const OptionSet set = option_set();
  const Result<Parsed> parsed = parse(set, arguments);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) return 0;
  RunOptions run;
  for (const std::string& word : parsed->positional) {
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
  Result<WorkflowOptions> options = workflow_options(*parsed);
  if (!options) return fail(options.error());

  const Signals signals;
  const Result<Host> host = Host::create(host_options(*parsed, log_sink(*parsed)));
  if (!host) return fail(host.error());
  say_refused(*host, *parsed);
  const Result<Workflow> workflow = Workflow::create(*host, *std::move(options));
  if (!workflow) return fail(workflow.error());

  using Mode = ProgressLines::Mode;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  ProgressLines progress(quiet(*parsed)     ? Mode::silent
                         : terminal         ? Mode::live
                         : verbose(*parsed) ? Mode::lines
                                            : Mode::silent);
  run.signal = text(*parsed, "signal");
  run.dry_run = parsed->values["dry-run"].as<bool>();
  run.stop = signals.token();
  run.progress = [&progress](const JobProgress& p) { progress.update(p); };
  const Result<RunResult> result = workflow->run(run);
  progress.finish();
  if (!result) {
    const int code = fail(result.error());
    return signals.exit_code() != 0 ? signals.exit_code() : code;
  }
  if (!result->off.empty()) {
    say(result->off);
    return parsed->values["fail-if-off"].as<bool>() ? exit_code({Errc::not_allowed, {}}) : 0;
  }
  // With stdout: as report server it is there already.
  const bool there = result->receipt && result->receipt->destination.starts_with("stdout:");
  const Result<void> printed = there ? Result<void>{} : print(rendered(result->report, *parsed));
  say_findings(result->report.record, *parsed);
  if (!quiet(*parsed)) {
    if (!result->notice.empty()) say(result->notice);
    if (result->preview) say_preview(*result->preview);
    say_receipt(*result, *parsed);
  }
  int code = printed ? 0 : fail(printed.error());
  if (result->receipt && result->receipt->error) code = fail(*result->receipt->error);
  if (signals.exit_code() != 0) code = signals.exit_code();
  return code;
}

}  // namespace ktel::cli
