// ktel workflows check
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ktel/host.hpp>

#include <algorithm>

#include "app/check.hpp"
#include "command.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "output.hpp"
#include "signals.hpp"

namespace ktel::cli {
namespace {

using Verdict = app::NeededRule::Verdict;

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::allowed:
      return "allowed";
    case Verdict::denied:
      return "denied";
    case Verdict::unknown:
      break;
  }
  return "unknown";
}

boost::json::object json_of(const app::Preflight& preflight) {
  boost::json::array rules;
  for (const app::NeededRule& rule : preflight.rules) {
    boost::json::array fields;
    for (const auto& [job, names] : rule.fields) {
      for (const std::string& name : names) fields.emplace_back(job + "." + name);
    }
    rules.push_back({{"permission", rule.permission},
                     {"verdict", word(rule.verdict)},
                     {"optional", rule.optional},
                     {"fields", std::move(fields)},
                     {"rule", rule.rule},
                     {"role", rule.role},
                     {"said", rule.said}});
  }
  boost::json::array servers;
  for (const app::CheckedServer& server : preflight.servers) {
    boost::json::array hosts;
    for (const app::ProbedHost& host : server.hosts) {
      hosts.push_back({{"host", host.host}, {"reached", !host.failed}, {"text", host.text}});
    }
    servers.push_back({{"url", server.url}, {"text", server.text}, {"hosts", std::move(hosts)}});
  }
  boost::json::array problems;
  for (const Error& problem : app::problems(preflight)) problems.emplace_back(problem.message);
  return {{"off", preflight.off},
          {"notice", preflight.notice},
          {"cluster", preflight.cluster},
          {"rules", std::move(rules)},
          {"report_servers", std::move(servers)},
          {"problems", std::move(problems)}};
}

std::string text_of(const app::NeededRule& rule) {
  std::string text = fmt::format("  {:<8} {}{}\n", word(rule.verdict), rule.permission,
                                 rule.optional ? " (optional)" : "");
  if (rule.verdict != Verdict::denied) return text;
  for (const auto& [job, names] : rule.fields) {
    text += fmt::format("    without it, absent: {}: {}\n", job, fmt::join(names, ", "));
  }
  if (!rule.said.empty()) text += fmt::format("    the server says: {}\n", rule.said);
  return text + fmt::format("    add to a {}:\n    - {}\n", rule.role, rule.rule);
}

std::string text_of(const app::Preflight& preflight) {
  std::string text =
      preflight.cluster.empty() ? "no cluster\n" : fmt::format("cluster {}\n", preflight.cluster);
  for (const app::NeededRule& rule : preflight.rules) text += text_of(rule);
  if (preflight.rules.empty()) text += "  no permission is needed\n";
  for (const app::CheckedServer& server : preflight.servers) {
    text += fmt::format("report server {}\n", server.url);
    for (const app::ProbedHost& host : server.hosts) {
      text +=
          fmt::format("  {:<8} {}: {}\n", host.failed ? "failed" : "reached", host.host, host.text);
    }
    if (!server.text.empty()) text += fmt::format("  {}\n", server.text);
  }
  return text;
}

Result<WorkflowOptions> workflow_options(const Parsed& parsed) {
  Result<WorkflowOptions> options = selection_options(parsed);
  if (!options) return options.error();
  options->cluster = source_options(parsed);
  Result<DeliveryOptions> delivery = report_server_options(parsed);
  if (!delivery) return delivery.error();
  options->delivery = *std::move(delivery);
  options->consent = consent_of(parsed, process_env());
  return options;
}

}  // namespace

OptionSet workflows_check_options() {
  OptionSet set{.usage = "ktel workflows check [options]",
                .examples =
                    "  ktel workflows check --jobs all\n"
                    "  ktel workflows check --jobs all --report-server splunk://10.0.0.1:8088 \\\n"
                    "      --token-file /run/secrets/hec-token --probe\n",
                .about =
                    "Asks the API server whether a run with these options would be allowed each "
                    "thing it reads, and\nshows what is missing: the fields it costs, and the rule "
                    "to add. Opens the report servers'\nbackends; with --probe connects to them, "
                    "without a token. Nothing is collected, recorded or sent.",
                .environment = true};
  add_selection_options(set.options);
  add_source_options(set.options);
  add_report_server_options(set.options,
                            "where reports would go: see `ktel backends list`; may be repeated");
  set.options.add_options()("probe", po::bool_switch(),
                            "connect to the report servers, without a token")(
      "timeout", po::value<std::string>()->value_name("TIME")->default_value("30s"),
      "for the API server's answers, and for each report server's");
  add_host_options(set.options);
  add_output_option(set, "text json yaml");
  add_log_options(set.options);
  return set;
}

int workflows_check(const Parsed& parsed) {
  const Result<WorkflowOptions> options = workflow_options(parsed);
  if (!options) return fail(options.error());
  const auto timeout = duration(parsed, "timeout");
  if (!timeout) return fail(timeout.error());

  const Signals signals;
  const Result<Host> host = Host::create(host_options(parsed, log_sink(parsed)));
  if (!host) return fail(host.error());
  say_refused(*host, parsed);
  const Result<app::Preflight> preflight = app::check_workflow(
      *host, *options,
      {.probe = flag(parsed, "probe"), .timeout = *timeout, .stop = signals.token()});
  if (!preflight) {
    const int code = fail(preflight.error());
    return signals.exit_code() != 0 ? signals.exit_code() : code;
  }
  const std::string format = text(parsed, "output");
  int code = 0;
  if (format != "text") {
    code = show(render(boost::json::serialize(json_of(*preflight)), format));
  } else if (preflight->off.empty()) {
    code = show(text_of(*preflight));
  }
  if (!preflight->off.empty()) note(parsed, preflight->off);
  if (!preflight->notice.empty()) {
    note(parsed, options->consent == Consent::local ? no_consent : preflight->notice);
  }
  for (const Error& problem : app::problems(*preflight)) {
    const int failed = fail(problem);
    if (code == 0) code = failed;
  }
  return signals.exit_code() != 0 ? signals.exit_code() : code;
}

}  // namespace ktel::cli
