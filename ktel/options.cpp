// Options through Boost.Program_options: no guessing of prefixes, sentences instead of exceptions.
#include "options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <sstream>

#include "app/nearest.hpp"
#include "app/reports.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

// Where things lie is one answer for all commands: what `workflows run` finds, `jobs list` lists.
constexpr std::array<std::string_view, 2> places = {"plugin-dir", "ledger"};

bool has_variable(const OptionSet& set, std::string_view option) {
  return set.environment || std::find(places.begin(), places.end(), option) != places.end();
}

std::string variable_of(const std::string& option) {
  std::string name = "KTEL_";
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

bool given(const Parsed& parsed, const std::string& option) {
  return parsed.values.count(option) != 0 && !parsed.values[option].defaulted();
}

std::optional<bool> truth(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word == "1" || word == "true" || word == "yes" || word == "on") return true;
  if (word == "0" || word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

// As it was typed: "--report-sever", "-x".
Error unknown_option(const po::options_description& all, std::string typed) {
  typed = typed.substr(0, typed.find('='));
  std::string near;
  if (typed.starts_with("--")) {
    std::vector<std::string> known;
    for (const auto& option : all.options()) known.push_back(option->long_name());
    near = app::nearest(std::string_view(typed).substr(2), known);
  }
  return {Errc::bad_input,
          fmt::format("there is no option {}; {}--help shows all", typed,
                      near.empty() ? "" : fmt::format("did you mean --{}? ", near))};
}

std::string help_page(const OptionSet& set, const po::options_description& all) {
  std::ostringstream options;
  options << all;
  return fmt::format("Examples:\n{}\nUsage: {}\n\n{}\n{}\n{}", set.examples, set.usage, set.about,
                     set.environment
                         ? "Each option can be set in the environment, --report-server as "
                           "KTEL_REPORT_SERVER; flags are 1 or 0.\n"
                         : "",
                     options.str());
}

// What was not given as a flag.
Result<void> add_environment(const OptionSet& set, const Env& env, Parsed& parsed) {
  po::parsed_options found(&set.options);
  for (const auto& option : set.options.options()) {
    const std::string& name = option->long_name();
    if (!has_variable(set, name) || given(parsed, name)) continue;
    const std::string variable = variable_of(name);
    std::string value = env(variable).value_or("");
    if (value.empty()) continue;
    if (option->semantic()->max_tokens() == 0) {
      const std::optional<bool> on = truth(value);
      if (!on) {
        return Error{Errc::bad_input, fmt::format("{} takes 1 or 0, not '{}'", variable, value)};
      }
      value = *on ? "1" : "0";
    }
    found.options.emplace_back(name, std::vector{value});
    parsed.variables[name] = variable;
  }
  po::store(found, parsed.values);
  return {};
}

Result<void> check_format(const OptionSet& set, const Parsed& parsed) {
  if (set.formats.empty()) return {};
  std::vector<std::string> known;
  std::istringstream formats{std::string(set.formats)};
  for (std::string format; formats >> format;) known.push_back(format);
  const std::string wanted = text(parsed, "output");
  if (std::find(known.begin(), known.end(), wanted) != known.end()) return {};
  return Error{Errc::bad_input, fmt::format("{} takes {}, not '{}'", named(parsed, "output"),
                                            fmt::join(known, "|"), wanted)};
}

}  // namespace

Result<Parsed> parse(const OptionSet& set, const std::vector<std::string>& arguments,
                     const Env& env) {
  po::options_description all = set.options;
  all.add_options()("help,h", "this page");

  Parsed parsed;
  try {
    namespace style = po::command_line_style;
    const po::parsed_options flags = po::command_line_parser(arguments)
                                         .options(all)
                                         .style(style::unix_style & ~style::allow_guessing)
                                         .allow_unregistered()
                                         .run();
    for (const po::option& option : flags.options) {
      if (option.unregistered) return unknown_option(all, option.original_tokens.front());
      if (option.position_key < 0) {
        const std::string value = option.value.empty() ? "" : option.value.front();
        parsed.flags.emplace_back(option.string_key, value);
        continue;
      }
      parsed.positional.insert(parsed.positional.end(), option.value.begin(), option.value.end());
    }
    po::store(flags, parsed.values);
    if (parsed.values.count("help") != 0) {
      parsed.help = help_page(set, all);
      return parsed;
    }
    if (const auto added = add_environment(set, env, parsed); !added) return added.error();
    po::notify(parsed.values);
  } catch (const po::error& error) {
    return Error{Errc::bad_input, fmt::format("{}; --help shows how", error.what())};
  }
  if (const auto known = check_format(set, parsed); !known) return known.error();
  if (parsed.positional.size() > set.max_positional) {
    return Error{Errc::bad_input, fmt::format("'{}' is one word too many; usage: {}",
                                              parsed.positional[set.max_positional], set.usage)};
  }
  return parsed;
}

std::string named(const Parsed& parsed, const std::string& option) {
  const auto variable = parsed.variables.find(option);
  return variable == parsed.variables.end() ? "--" + option : variable->second;
}

void add_host_options(po::options_description& options) {
  options.add_options()("plugin-dir", po::value<std::vector<std::string>>()->value_name("DIR"),
                        "also look for plugins here (or KTEL_PLUGIN_DIR); may be repeated");
}

HostOptions host_options(const Parsed& parsed, LogSink log) {
  HostOptions options;
  for (const std::string& dir : values(parsed, "plugin-dir")) options.plugin_dirs.emplace_back(dir);
  options.isolate = Isolate::automatic;
  options.cache_dir = app::default_plugin_cache();
  options.log = std::move(log);
  return options;
}

void add_selection_options(po::options_description& options) {
  using list = std::vector<std::string>;
  options.add_options()("jobs", po::value<list>()->value_name("A,B"),
                        "jobs to run, or all; may be repeated")(
      "param", po::value<list>()->value_name("JOB.NAME=VALUE"),
      "a job's parameter; may be repeated")(
      "max-sensitivity", po::value<std::string>()->value_name("CLASS")->default_value("activity"),
      "product, environment, scale, activity or identifier")(
      "deny", po::value<list>()->value_name("GLOB"),
      "withhold fields, as job.field; may be repeated")(
      "allow", po::value<list>()->value_name("JOB.FIELD"),
      "an identifier that may leave; needs --max-sensitivity identifier")(
      "allow-unstable", po::bool_switch(), "also fields that are still in development");
}

Result<WorkflowOptions> selection_options(const Parsed& parsed) {
  WorkflowOptions options;
  options.jobs = words(parsed, "jobs");
  for (const std::string& given : values(parsed, "param")) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{Errc::bad_input,
                   fmt::format("{} takes JOB.NAME=VALUE, not '{}'", named(parsed, "param"), given)};
    }
    options.params[given.substr(0, equals)] = given.substr(equals + 1);
  }
  options.privacy.max_sensitivity = text(parsed, "max-sensitivity");
  options.privacy.deny = words(parsed, "deny");
  options.privacy.allow = words(parsed, "allow");
  options.privacy.allow_unstable = flag(parsed, "allow-unstable");
  return options;
}

void add_namespace_option(po::options_description& options) {
  options.add_options()("namespace", po::value<std::vector<std::string>>()->value_name("A,B"),
                        "only these namespaces; default: all");
}

void add_source_options(po::options_description& options) {
  options.add_options()("kubeconfig", po::value<std::string>()->value_name("FILE"),
                        "default: $KUBECONFIG, the pod's service account, ~/.kube/config")(
      "context", po::value<std::string>()->value_name("NAME"), "of the kubeconfig");
  add_namespace_option(options);
  options.add_options()("snapshot", po::value<std::string>()->value_name("PATH"),
                        "read a directory or file of API objects, no cluster");
}

ClusterOptions source_options(const Parsed& parsed) {
  ClusterOptions options;
  options.kubeconfig = text(parsed, "kubeconfig");
  options.context = text(parsed, "context");
  options.namespaces = words(parsed, "namespace");
  options.snapshot = text(parsed, "snapshot");
  return options;
}

void add_report_server_options(po::options_description& options, const char* report_server) {
  using list = std::vector<std::string>;
  options.add_options()("report-server", po::value<list>()->value_name("URL"), report_server)(
      "token-file", po::value<list>()->value_name("FILE"),
      "holds the token of the report server named before it; KTEL_TOKEN may hold the token "
      "itself, where others can read it")(
      "ca-file", po::value<std::string>()->value_name("FILE"),
      "PEM certificates the report server's certificate is checked against");
}

void add_delivery_options(po::options_description& options, const char* report_server) {
  add_report_server_options(options, report_server);
  options.add_options()("in-order", po::bool_switch(),
                        "one report at a time, and none while the one before it has to wait")(
      "wait", po::value<std::string>()->value_name("TIME")->default_value("30s"),
      "how long to try to deliver; what is left then stays in the ledger");
}

Result<DeliveryOptions> delivery_options(const Parsed& parsed) {
  const auto wait = duration(parsed, "wait");
  if (!wait) return wait.error();
  Result<DeliveryOptions> options = report_server_options(parsed);
  if (!options) return options.error();
  options->wait = *wait;
  options->in_order = flag(parsed, "in-order");
  return options;
}

Result<DeliveryOptions> report_server_options(const Parsed& parsed) {
  DeliveryOptions options;
  options.ca_file = text(parsed, "ca-file");

  std::string first_token;  // where it stands before any report server
  for (const auto& [option, value] : parsed.flags) {
    if (option == "report-server") options.report_servers.push_back({.url = value});
    if (option != "token-file") continue;
    std::filesystem::path file = value;
    const bool leads = options.report_servers.empty();
    if (leads ? !first_token.empty() : !options.report_servers.back().token_file.empty()) {
      return Error{Errc::bad_input,
                   fmt::format("--token-file {} is one too many: each stands behind the "
                               "--report-server it is for",
                               value)};
    }
    if (leads) first_token = value;
    if (!leads) options.report_servers.back().token_file = std::move(file);
  }
  // KTEL_REPORT_SERVER; what stands in KTEL_TOKEN_FILE is found where tokens are read.
  if (parsed.variables.count("report-server") != 0) {
    std::istringstream urls(values(parsed, "report-server").front());
    for (std::string url; urls >> url;) options.report_servers.push_back({.url = url});
  }
  if (first_token.empty()) return options;
  if (options.report_servers.empty()) options.report_servers.emplace_back();
  if (options.report_servers.size() > 1 || !options.report_servers.front().token_file.empty()) {
    return Error{Errc::bad_input,
                 fmt::format("--token-file {} stands before every --report-server: put it behind "
                             "the one it is for",
                             first_token)};
  }
  options.report_servers.front().token_file = first_token;
  return options;
}

std::optional<Consent> consent_of(const Parsed& parsed, const Env& env) {
  const bool named_here = parsed.variables.count("report-server") == 0;
  if (named_here && !values(parsed, "report-server").empty()) return Consent::on;
  if (env("KTEL_TELEMETRY")) return std::nullopt;  // a vote of its own
  return Consent::local;
}

const std::string_view no_consent =
    "Local: KTEL_REPORT_SERVER alone is no consent; the report is shown and not sent. Name the "
    "report server with --report-server, or set KTEL_TELEMETRY=on, to send it.";

void say_refused(const Host& host, const Parsed& parsed) {
  const std::size_t refused = host.refused().size();
  if (refused == 0) return;
  std::string command = "ktel plugins list";
  for (const std::string& dir : values(parsed, "plugin-dir")) command += " --plugin-dir " + dir;
  note(parsed, fmt::format("{} refused: see `{}`",
                           refused == 1 ? "1 plugin or part of one was"
                                        : fmt::format("{} plugins or parts of them were", refused),
                           command));
}

void add_output_option(OptionSet& set, std::string_view formats) {
  set.formats = formats;
  std::string list(formats);
  std::replace(list.begin(), list.end(), ' ', '|');
  set.options.add_options()("output,o",
                            po::value<std::string>()->value_name("FORMAT")->default_value(
                                std::string(formats.substr(0, formats.find(' ')))),
                            list.c_str());
}

void add_ledger_option(po::options_description& options) {
  options.add_options()("ledger", po::value<std::string>()->value_name("FILE"),
                        "the ledger (or KTEL_LEDGER); default: $XDG_STATE_HOME/ktel/ledger.db");
}

std::filesystem::path ledger_of(const Parsed& parsed) {
  const std::string given = text(parsed, "ledger");
  return given.empty() ? app::default_ledger() : std::filesystem::path(given);
}

void add_log_options(po::options_description& options) {
  options.add_options()("verbose,v", po::bool_switch(), "say more on stderr")(
      "quiet,q", po::bool_switch(), "say nothing on stderr but errors");
}

bool verbose(const Parsed& parsed) { return flag(parsed, "verbose"); }
bool quiet(const Parsed& parsed) { return flag(parsed, "quiet"); }

LogSink log_sink(const Parsed& parsed, std::function<void(std::string_view)> line) {
  const LogLevel from =
      quiet(parsed) ? LogLevel::error : (verbose(parsed) ? LogLevel::debug : LogLevel::warn);
  return [from, line = std::move(line)](LogLevel level, std::string_view component,
                                        std::string_view words) {
    if (level < from) return;
    line(component == "ktel" ? std::string(words) : fmt::format("{}: {}", component, words));
  };
}

LogSink log_sink(const Parsed& parsed) { return log_sink(parsed, say); }

void note(const Parsed& parsed, std::string_view text) {
  if (!quiet(parsed)) say(text);
}

Result<std::chrono::milliseconds> duration(const Parsed& parsed, const std::string& option) {
  const std::string given = text(parsed, option);
  const char* end = given.data() + given.size();
  double number = 0;
  const auto read = std::from_chars(given.data(), end, number);
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  double scale = 0;
  if (unit.empty() || unit == "s") scale = 1000;
  if (unit == "ms") scale = 1;
  if (unit == "m") scale = 60'000;
  if (unit == "h") scale = 3'600'000;
  if (unit == "d") scale = 86'400'000;
  const double ms = number * scale;
  if (read.ec != std::errc{} || scale == 0 || !(ms >= 0 && ms < 1e12)) {
    return Error{Errc::bad_input, fmt::format("{} takes a time such as 30s, 500ms or 2m, not '{}'",
                                              named(parsed, option), given)};
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(ms));
}

Result<std::uint64_t> byte_count(const Parsed& parsed, const std::string& option) {
  const std::string given = text(parsed, option);
  const char* end = given.data() + given.size();
  std::uint64_t number = 0;
  const auto read = std::from_chars(given.data(), end, number);
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  unsigned shift = 0;
  if (unit == "KiB") shift = 10;
  if (unit == "MiB") shift = 20;
  if (unit == "GiB") shift = 30;
  const bool known = unit.empty() || shift != 0;
  if (read.ec != std::errc{} || !known || number == 0 || number > (UINT64_C(1) << 40 >> shift)) {
    return Error{Errc::bad_input, fmt::format("{} takes a size such as 64MiB or 1GiB, not '{}'",
                                              named(parsed, option), given)};
  }
  return number << shift;
}

std::vector<std::string> values(const Parsed& parsed, const std::string& option) {
  if (parsed.values.count(option) == 0) return {};
  return parsed.values[option].as<std::vector<std::string>>();
}

std::vector<std::string> words(const Parsed& parsed, const std::string& option) {
  std::vector<std::string> list;
  for (const std::string& value : values(parsed, option)) {
    std::istringstream parts(value);
    for (std::string part; std::getline(parts, part, ',');) {
      if (!part.empty()) list.push_back(part);
    }
  }
  return list;
}

std::string text(const Parsed& parsed, const std::string& option) {
  if (parsed.values.count(option) == 0) return {};
  return parsed.values[option].as<std::string>();
}

bool flag(const Parsed& parsed, const std::string& option) {
  return parsed.values[option].as<bool>();
}

}  // namespace ktel::cli
