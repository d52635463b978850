// Flags and environment: what is taken from where, and what is said of what nobody knows.
#include "options.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "command.hpp"

using namespace ktel;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

cli::OptionSet sample(bool environment = true) {
  cli::OptionSet set{.usage = "ktel sample [WORD] [options]",
                     .examples = "  ktel sample\n",
                     .about = "A sample.",
                     .max_positional = 1,
                     .environment = environment};
  namespace po = cli::po;
  set.options.add_options()("jobs", po::value<Words>(), "")("report-server",
                                                            po::value<std::string>(), "")(
      "wait", po::value<std::string>()->default_value("30s"), "")(
      "limit", po::value<unsigned>(), "")("dry-run", po::bool_switch(), "");
  cli::add_host_options(set.options);
  cli::add_output_option(set, "table json");
  cli::add_log_options(set.options);
  return set;
}

Result<cli::Parsed> given(const cli::OptionSet& set, const Words& arguments,
                          const Variables& variables = {}) {
  return cli::parse(set, arguments, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string error(const Words& arguments, const Variables& variables = {}) {
  const auto parsed = given(sample(), arguments, variables);
  if (parsed) return "";
  CHECK(parsed.error().code == Errc::bad_input);
  return parsed.error().message;
}

}  // namespace

TEST_SUITE_BEGIN("ktel/options");

namespace {

// "URL with FILE, URL, ...", or what is wrong.
std::string servers(const Words& arguments, const Variables& variables = {}) {
  cli::OptionSet set{
      .usage = "ktel sample [options]", .examples = "", .about = "A sample.", .environment = true};
  cli::add_delivery_options(set.options, "where it goes");
  const auto parsed = given(set, arguments, variables);
  if (!parsed) return parsed.error().message;
  const auto options = cli::delivery_options(*parsed);
  if (!options) return options.error().message;
  std::string text;
  for (const ReportServer& server : options->report_servers) {
    text += (text.empty() ? "" : ", ") + server.url;
    if (!server.token_file.empty()) text += " with " + server.token_file.string();
  }
  return text;
}

}  // namespace

TEST_CASE("a token is for the report server before it") {
  CHECK(servers({}) == "");
  CHECK(servers({"--report-server", "a://h"}) == "a://h");
  CHECK(servers({"--report-server", "a://h", "--token-file", "t"}) == "a://h with t");
  CHECK(servers({"--token-file", "t", "--report-server", "a://h"}) == "a://h with t");
  CHECK(servers({"--token-file=t"}) == " with t");  // `reports send`: for what is queued
  CHECK(servers({"--report-server=a://h", "--token-file=t", "--report-server=b://h",
                 "--report-server=c://h", "--token-file=u"}) ==
        "a://h with t, b://h, c://h with u");
  CHECK(servers({"--token-file", "t", "--report-server", "a://h", "--report-server", "b://h"}) ==
        "--token-file t stands before every --report-server: put it behind the one it is for");
  for (const Words& twice : {Words{"--token-file=t", "--token-file=u", "--report-server=a://h"},
                             Words{"--report-server=a://h", "--token-file=t", "--token-file=u"}}) {
    CHECK(servers(twice) ==
          "--token-file u is one too many: each stands behind the --report-server it is for");
  }
  CHECK(servers({"--token-file=t", "--report-server=a://h", "--token-file=u"}) ==
        "--token-file t stands before every --report-server: put it behind the one it is for");
}

TEST_CASE("a variable names report servers with spaces between them") {
  CHECK(servers({}, {{"KTEL_REPORT_SERVER", "a://h,i:1  b://h"}}) == "a://h,i:1, b://h");
  CHECK(servers({"--token-file", "t"}, {{"KTEL_REPORT_SERVER", "a://h"}}) == "a://h with t");
  CHECK(servers({"--report-server", "c://h"}, {{"KTEL_REPORT_SERVER", "a://h"}}) == "c://h");
}

TEST_CASE("sizes") {
  const auto size = [](const std::string& text) {
    cli::OptionSet set{.usage = "", .examples = "", .about = ""};
    set.options.add_options()("ledger-size", cli::po::value<std::string>(), "");
    return cli::byte_count(*given(set, {"--ledger-size=" + text}), "ledger-size");
  };
  CHECK(size("64MiB").value() == 64u << 20);
  CHECK(size("1GiB").value() == 1u << 30);
  CHECK(size("3KiB").value() == 3072);
  CHECK(size("5000000").value() == 5'000'000);
  for (const char* wrong : {"0", "-1", "64MB", "1.5GiB", "MiB", "9999999999GiB"}) {
    CHECK(size(wrong).error().message ==
          "--ledger-size takes a size such as 64MiB or 1GiB, not '" + std::string(wrong) + "'");
  }
}

TEST_CASE("flags are taken as they are written") {
  const auto parsed =
      given(sample(), {"--jobs", "a,b", "-", "--jobs=c,,", "--dry-run", "-qo", "json"});
  REQUIRE(parsed);
  CHECK(cli::words(*parsed, "jobs") == Words{"a", "b", "c"});
  CHECK(cli::values(*parsed, "jobs") == Words{"a,b", "c,,"});
  CHECK(cli::flag(*parsed, "dry-run"));
  CHECK(cli::quiet(*parsed));
  CHECK_FALSE(cli::verbose(*parsed));
  CHECK(cli::text(*parsed, "output") == "json");
  CHECK(cli::text(*parsed, "wait") == "30s");
  CHECK(cli::text(*parsed, "report-server") == "");
  CHECK(parsed->positional == Words{"-"});
  CHECK(parsed->variables.empty());
  CHECK_FALSE(parsed->help);
}

TEST_CASE("a directory's name may hold a comma") {
  const auto parsed = given(sample(), {"--plugin-dir", "a,b", "--plugin-dir", "c"});
  REQUIRE(parsed);
  const std::vector<std::filesystem::path> dirs = {"a,b", "c"};
  CHECK(cli::host_options(*parsed, {}).plugin_dirs == dirs);
}

TEST_CASE("a variable stands in for a flag that is not given, and is remembered as its origin") {
  const Variables variables = {{"KTEL_REPORT_SERVER", "splunk://variable"},
                               {"KTEL_JOBS", "a,b"},
                               {"KTEL_WAIT", "1m"},
                               {"KTEL_DRY_RUN", "1"},
                               {"KTEL_QUIET", "false"},
                               {"KTEL_PLUGIN_DIR", ""},
                               {"KTEL_HELP", "1"},
                               {"KTEL_UNKNOWN", "x"}};
  const auto parsed = given(sample(), {"--wait", "2m"}, variables);
  REQUIRE(parsed);
  CHECK_FALSE(parsed->help);
  CHECK(cli::text(*parsed, "report-server") == "splunk://variable");
  CHECK(cli::words(*parsed, "jobs") == Words{"a", "b"});
  CHECK(cli::text(*parsed, "wait") == "2m");
  CHECK(cli::flag(*parsed, "dry-run"));
  CHECK_FALSE(cli::quiet(*parsed));
  CHECK(cli::values(*parsed, "plugin-dir").empty());
  CHECK(cli::named(*parsed, "report-server") == "KTEL_REPORT_SERVER");
  CHECK(cli::named(*parsed, "wait") == "--wait");
  const Variables origins = {{"report-server", "KTEL_REPORT_SERVER"},
                             {"jobs", "KTEL_JOBS"},
                             {"dry-run", "KTEL_DRY_RUN"},
                             {"quiet", "KTEL_QUIET"}};
  CHECK(parsed->variables == origins);
}

TEST_CASE("what a variable says of a flag is a truth value") {
  for (const char* on : {"1", "true", "YES", "On"}) {
    CAPTURE(on);
    CHECK(cli::flag(*given(sample(), {}, {{"KTEL_DRY_RUN", on}}), "dry-run"));
  }
  for (const char* off : {"", "0", "False", "no", "off"}) {
    CAPTURE(off);
    CHECK_FALSE(cli::flag(*given(sample(), {}, {{"KTEL_DRY_RUN", off}}), "dry-run"));
  }
  // The flag itself outvotes its variable.
  CHECK(cli::flag(*given(sample(), {"--dry-run"}, {{"KTEL_DRY_RUN", "0"}}), "dry-run"));
}

TEST_CASE("without an environment of their own, commands agree on places alone") {
  const auto parsed = given(sample(false), {},
                            {{"KTEL_OUTPUT", "yaml"},
                             {"KTEL_DRY_RUN", "perhaps"},
                             {"KTEL_REPORT_SERVER", "splunk://x"},
                             {"KTEL_PLUGIN_DIR", "a,b"}});
  REQUIRE(parsed);
  CHECK(cli::text(*parsed, "output") == "table");
  CHECK(cli::text(*parsed, "report-server") == "");
  CHECK(cli::values(*parsed, "plugin-dir") == Words{"a,b"});
}

TEST_CASE("what nobody knows is named as it was written, with what is nearest") {
  struct Row {
    Words arguments;
    std::string says;
  };
  for (const auto& [arguments, says] : std::vector<Row>{
           {{"--report-sever", "x"},
            "there is no option --report-sever; did you mean --report-server? --help shows all"},
           {{"--dryrun=1"},
            "there is no option --dryrun; did you mean --dry-run? --help shows all"},
           {{"--zzzzzzzz"}, "there is no option --zzzzzzzz; --help shows all"},
           {{"-x"}, "there is no option -x; --help shows all"},
           {{"--words", "x"}, "there is no option --words; --help shows all"},
           {{"--job", "x"}, "there is no option --job; did you mean --jobs? --help shows all"},
           {{"one", "two"}, "'two' is one word too many; usage: ktel sample [WORD] [options]"},
           {{"-o", "xml"}, "--output takes table|json, not 'xml'"},
           {{"-o", "tab"}, "--output takes table|json, not 'tab'"},
           {{"--jobs"}, "the required argument for option '--jobs' is missing; --help shows how"},
           {{"--limit", "x"},
            "the argument ('x') for option '--limit' is invalid; --help shows how"},
           {{"--wait", "1s", "--wait", "2s"},
            "option '--wait' cannot be specified more than once; --help shows how"}}) {
    CAPTURE(says);
    CHECK(error(arguments) == says);
  }
}

TEST_CASE("what is wrong with a variable names the variable") {
  CHECK(error({}, {{"KTEL_OUTPUT", "xml"}}) == "KTEL_OUTPUT takes table|json, not 'xml'");
  CHECK(error({}, {{"KTEL_DRY_RUN", "perhaps"}}) == "KTEL_DRY_RUN takes 1 or 0, not 'perhaps'");
  const auto parsed = given(sample(), {}, {{"KTEL_WAIT", "soon"}});
  REQUIRE(parsed);
  CHECK(cli::duration(*parsed, "wait").error().message ==
        "KTEL_WAIT takes a time such as 30s, 500ms or 2m, not 'soon'");
}

TEST_CASE("times have a unit, or are seconds") {
  struct Row {
    const char* text;
    std::chrono::milliseconds time;
  };
  for (const auto& [text, time] : std::vector<Row>{{"0", 0ms},
                                                   {"30", 30s},
                                                   {"30s", 30s},
                                                   {"1.5s", 1500ms},
                                                   {"500ms", 500ms},
                                                   {"2m", 2min},
                                                   {"1h", 1h},
                                                   {"7d", 24h * 7}}) {
    CAPTURE(text);
    CHECK(cli::duration(*given(sample(), {"--wait", text}), "wait").value() == time);
  }
  for (const char* text : {"s", "soon", "-1s", "1 s", "1w", "1s2", "inf", "nan", "1e30s"}) {
    CAPTURE(text);
    CHECK_FALSE(cli::duration(*given(sample(), {std::string("--wait=") + text}), "wait"));
  }
}

TEST_CASE("help opens with examples, and comes before what else is wrong") {
  const auto parsed = given(sample(), {"one", "two", "-o", "xml", "--help"});
  REQUIRE(parsed);
  REQUIRE(parsed->help);
  CHECK(parsed->help->starts_with(
      "Examples:\n  ktel sample\n\nUsage: ktel sample [WORD] [options]\n\nA sample.\n"));
  CHECK(parsed->help->find("--dry-run") != std::string::npos);
  CHECK(parsed->help->find("KTEL_REPORT_SERVER") != std::string::npos);
  CHECK(given(sample(false), {"-h"})->help->find("KTEL_REPORT_SERVER") == std::string::npos);
}

TEST_CASE("the environment is for the commands that run or send") {
  for (const auto& [options, expected] :
       std::vector<std::pair<cli::OptionSet, bool>>{{cli::workflows_run_options(), true},
                                                    {cli::reports_send_options(), true},
                                                    {cli::reports_list_options(), false},
                                                    {cli::reports_show_options(), false},
                                                    {cli::jobs_list_options(), false},
                                                    {cli::jobs_describe_options(), false},
                                                    {cli::plugins_list_options(), false},
                                                    {cli::backends_list_options(), false},
                                                    {cli::version_options(), false}}) {
    CAPTURE(std::string(options.usage));
    CHECK(options.environment == expected);
  }
}

TEST_CASE("the log says errors with -q, warnings without, all with -v") {
  struct Row {
    Words arguments;
    std::string says;
  };
  for (const auto& [arguments, says] :
       std::vector<Row>{{{"-q"}, "e;"}, {{}, "w;courier: e;"}, {{"-v"}, "d;i;w;courier: e;"}}) {
    std::string said;
    const auto parsed = given(sample(), arguments);
    REQUIRE(parsed);
    const auto sink =
        cli::log_sink(*parsed, [&](std::string_view line) { said += std::string(line) + ";"; });
    sink(LogLevel::debug, "ktel", "d");
    sink(LogLevel::info, "ktel", "i");
    sink(LogLevel::warn, "ktel", "w");
    sink(LogLevel::error, says == "e;" ? "ktel" : "courier", "e");
    CHECK(said == says);
  }
}

TEST_SUITE_END();
