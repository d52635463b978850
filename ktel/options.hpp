// Options of a command: declared once, read from flags and environment, printed as help.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/result.hpp>

namespace ktel::cli {

namespace po = boost::program_options;

struct OptionSet {
  std::string_view usage;     // "ktel jobs describe JOB [options]"
  std::string_view examples;  // first thing --help prints
  std::string_view about;     // what it does, one paragraph
  po::options_description options;
  // How many words may stand beside the options.
  std::size_t max_positional = 0;
};

struct Parsed {
  po::variables_map values;
  std::vector<std::string> positional;
  bool help = false;  // printed already
};

// Flags first, then the environment (KTEL_REPORT_SERVER for --report-server). bad_input names the
// option, with the nearest one where it is unknown.
Result<Parsed> parse(const OptionSet& set, const std::vector<std::string>& arguments);

// Options every command that looks at plugins has: --plugin-dir.
void add_host_options(po::options_description& options);
HostOptions host_options(const Parsed& parsed, LogSink log);

// Says on stderr that plugins were refused, and how to see why; nothing with -q.
void say_refused(const Host& host, const Parsed& parsed);

// -o FORMAT, with what this command offers ("table json yaml name"; the first is the default).
void add_output_option(po::options_description& options, std::string_view formats);

// -v and -q, and the sink that obeys them: words on stderr, from `info` on with -v, from `warn` on
// without, nothing with -q.
void add_log_options(po::options_description& options);
LogSink log_sink(const Parsed& parsed);
bool verbose(const Parsed& parsed);
bool quiet(const Parsed& parsed);

// "30s", "500ms", "2m", "1h"; a bare number is seconds. bad_input names the option.
Result<std::chrono::milliseconds> duration(const Parsed& parsed, const std::string& option);

// "a,b" and repeated flags alike.
std::vector<std::string> words(const Parsed& parsed, const std::string& option);

std::string text(const Parsed& parsed, const std::string& option);

}  // namespace ktel::cli
