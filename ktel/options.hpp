// Options of a command: declared once, read from flags and environment, printed as help.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "app/paths.hpp"

namespace ktel::cli {

namespace po = boost::program_options;

struct OptionSet {
  std::string_view usage;     // "ktel jobs describe JOB [options]"
  std::string_view examples;  // "  ktel jobs describe identify-platform\n": help begins with them
  std::string_view about;     // what it does, one paragraph
  po::options_description options{"Options"};
  std::string_view formats = {};   // of -o: "table json yaml name"; see add_output_option()
  std::size_t max_positional = 0;  // how many words may stand beside the options
  // Each option has a variable, KTEL_REPORT_SERVER for --report-server. Without it only the places
  // that every command must agree on have one: --plugin-dir and --ledger.
  bool environment = false;
};

struct Parsed {
  po::variables_map values;
  std::vector<std::string> positional;
  std::map<std::string, std::string> variables;  // option -> the variable its value came from
  std::vector<std::pair<std::string, std::string>> flags;  // with their values, as they stood
  std::optional<std::string> help;                         // was asked for: the page
};

// Flags first, then the environment; a variable that is empty is not set. bad_input names the
// option or the variable, with the nearest option where it is unknown.
Result<Parsed> parse(const OptionSet& set, const std::vector<std::string>& arguments,
                     const Env& env = process_env());

// How an error calls an option: "--wait", or "KTEL_WAIT" where its value came from there.
std::string named(const Parsed& parsed, const std::string& option);

// Options every command that looks at plugins has: --plugin-dir.
void add_host_options(po::options_description& options);
HostOptions host_options(const Parsed& parsed, LogSink log);

// Which jobs, and which of their fields may leave: --jobs, --param, the options of privacy.
// bad_input: a parameter that is no JOB.NAME=VALUE.
void add_selection_options(po::options_description& options);
Result<WorkflowOptions> selection_options(const Parsed& parsed);

// Where objects come from: --namespace; with it --kubeconfig, --context, --snapshot.
void add_namespace_option(po::options_description& options);
void add_source_options(po::options_description& options);
ClusterOptions source_options(const Parsed& parsed);

// Where reports go: --report-server, --token-file, --ca-file. A --token-file is for the
// --report-server before it; where there is none or one, they may stand in any order. bad_input:
// one token too many.
void add_report_server_options(po::options_description& options, const char* report_server);
Result<DeliveryOptions> report_server_options(const Parsed& parsed);

// Options every command that sends has: those, and --in-order, --wait. bad_input: also a time that
// is none.
void add_delivery_options(po::options_description& options, const char* report_server);
Result<DeliveryOptions> delivery_options(const Parsed& parsed);

// Naming a report server on the command line is consent for this run. A variable may be anybody's
// and long forgotten: then KTEL_TELEMETRY has to say on, and where it says nothing the report stays
// here, as it does without a report server.
std::optional<Consent> consent_of(const Parsed& parsed, const Env& env);

// What to say then, where there is a report server.
extern const std::string_view no_consent;

// Which ledger: --ledger.
void add_ledger_option(po::options_description& options);
std::filesystem::path ledger_of(const Parsed& parsed);

// Says on stderr that plugins were refused, and how to see why; nothing with -q.
void say_refused(const Host& host, const Parsed& parsed);

// -o FORMAT, with what this command offers; the first is the default.
void add_output_option(OptionSet& set, std::string_view formats);

// -v and -q, and the sink that obeys them: all with -v, from `warn` on without, errors with -q.
// Each line goes to `line`, from any thread.
void add_log_options(po::options_description& options);
LogSink log_sink(const Parsed& parsed, std::function<void(std::string_view)> line);
LogSink log_sink(const Parsed& parsed);  // to say()
bool verbose(const Parsed& parsed);
bool quiet(const Parsed& parsed);

// say(), unless -q was given.
void note(const Parsed& parsed, std::string_view text);

// "30s", "500ms", "2m", "1h", "7d"; a bare number is seconds. bad_input names the option.
Result<std::chrono::milliseconds> duration(const Parsed& parsed, const std::string& option);

// "64MiB", "1GiB", "5000000". bad_input.
Result<std::uint64_t> byte_count(const Parsed& parsed, const std::string& option);

// Of an option that may be repeated: its values, and the same with each split at commas.
std::vector<std::string> values(const Parsed& parsed, const std::string& option);
std::vector<std::string> words(const Parsed& parsed, const std::string& option);

std::string text(const Parsed& parsed, const std::string& option);
bool flag(const Parsed& parsed, const std::string& option);

}  // namespace ktel::cli
