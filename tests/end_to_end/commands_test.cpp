// The commands that only look: jobs, plugins, backends, version, help. And words nobody knows.
#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "end_to_end/user.hpp"
#include "ktel/terminal.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// Every command there is, from the top help: {"jobs", "list"}.
std::vector<test::Words> commands(const test::User& user) {
  std::istringstream help(user.ktel({"--help"}).out);
  std::vector<test::Words> all;
  std::string line;
  while (line != "Commands:" && std::getline(help, line)) continue;
  while (std::getline(help, line) && !line.empty()) {
    std::istringstream words(line.substr(0, 26));  // "  ktel jobs list           what ..."
    std::string word;
    words >> word;
    test::Words command;
    while (words >> word) command.push_back(word);
    all.push_back(command);
  }
  REQUIRE(all.size() >= 9);
  return all;
}

// The examples a page of help opens with, as a shell takes them.
std::vector<std::string> examples(const std::string& page) {
  std::istringstream lines(page);
  std::vector<std::string> all;
  std::string line;
  std::getline(lines, line);  // "Examples:"
  bool goes_on = false;
  while (std::getline(lines, line) && !line.empty()) {
    if (goes_on) {
      all.back() += "\n" + line;
    } else {
      all.push_back(line.substr(2));
    }
    goes_on = line.ends_with('\\');
  }
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/commands");

TEST_CASE("help at each level opens with an example") {
  const test::User user;
  std::vector<test::Words> pages = {{"--help"}, {"help"}, {"-h"}};
  for (const test::Words& command : commands(user)) {
    pages.push_back({command[0], "--help"});
    pages.push_back(command + test::Words{"--help"});
    pages.push_back(command + test::Words{"-h"});
    pages.push_back(test::Words{"help"} + command);
  }
  for (const test::Words& words : pages) {
    CAPTURE(words);
    const auto r = user.ktel(words);
    CHECK(r.exit_code == 0);
    CHECK(r.err == "");
    CHECK(r.out.starts_with("Examples:\n  "));
    CHECK_FALSE(examples(r.out).empty());
  }
}

TEST_CASE("every example in the help is a command that works") {
  const test::User user;
  // What they speak of: a report in the ledger, plugins, what they declared. Consent is off, so
  // that they end before they look for clusters and report servers.
  REQUIRE(user.report("tests-count").exit_code == 0);
  std::filesystem::create_directory(user.home() / "plugins");
  std::filesystem::permissions(user.home() / "plugins", std::filesystem::perms(0755));
  std::filesystem::copy_file(KTEL_TEST_PLUGINS "/readme_plugin.so",
                             user.home() / "plugins/acme-pods.so");
  std::filesystem::create_directory(user.home() / "declarations");
  user.home().write("declarations/acme-pods.yaml",
                    user.ktel({"jobs", "describe", "acme-pods", "--plugin-dir", "plugins"}).out);

  std::set<std::string> all;
  for (const test::Words& command : commands(user)) {
    for (const test::Words& words : {test::Words{}, test::Words{command[0]}, command}) {
      for (const std::string& example : examples(user.ktel(words + test::Words{"--help"}).out)) {
        all.insert(example);
      }
    }
  }
  CHECK(all.size() >= commands(user).size());
  for (const std::string& example : all) {
    CAPTURE(example);
    const auto r = user.shell("program=$1; ktel() { \"$program\" \"$@\"; }\n" + example, {},
                              {.env = {{"DO_NOT_TRACK", "1"}}});
    const bool forbidden =
        example.starts_with("ktel reports send") || example.starts_with("ktel snapshot save");
    CHECK_MESSAGE(r.exit_code == (forbidden ? 6 : 0), r.err);
  }
}

TEST_CASE("the help of a command that sends says where the token comes from") {
  const test::User user;
  for (const test::Words& command : {test::Words{"workflows", "run"}, {"reports", "send"}}) {
    const auto help = user.ktel(command + test::Words{"--help"});
    CHECK(contains(help.out, "--token-file FILE"));
    CHECK(contains(help.out, "KTEL_TOKEN "));
    CHECK(contains(help.out, "as KTEL_REPORT_SERVER"));
  }
  CHECK(contains(user.ktel({"workflows", "run", "--help"}).out, "DO_NOT_TRACK"));
}

TEST_CASE("every exit code is in the help, and in the README") {
  const test::User user;
  const std::string help = user.ktel({"--help"}).out;
  const auto root = std::filesystem::path(KTEL_DEMO) / "../../..";
  const std::string readme = test::read_file(root / "README.md");
  for (const std::string code : {"0", "1", "2", "3", "4", "5", "6", "7", "130, 143"}) {
    CAPTURE(code);
    CHECK(contains(help, "\n  " + code + " "));
    CHECK(contains(readme, "\n| " + code + " | "));
  }
}

TEST_CASE("the version names ktel's and the plugin ABI's, on stdout") {
  const test::User user;
  CHECK(user.ktel({"version"}).out == "ktel 0.1.0 (plugin ABI 1.0)\n");
  CHECK(user.ktel({"--version"}).out == "ktel 0.1.0 (plugin ABI 1.0)\n");
  CHECK(user.ktel({"version", "-o", "json"}).out == "{\"ktel\":\"0.1.0\",\"abi\":\"1.0\"}\n");
  CHECK(user.ktel({"version", "-o", "yaml"}).out == "ktel: 0.1.0\nabi: \"1.0\"\n");
}

TEST_CASE("jobs are listed with their plugin, in four forms") {
  const test::User user;

  const auto table = user.ktel({"jobs", "list"});
  CHECK(table.exit_code == 0);
  CHECK(table.err == "");
  CHECK(table.out.starts_with("NAME"));
  CHECK(contains(table.out, "\nidentify-platform "));

  CHECK(user.ktel({"jobs", "list", "-o", "name"}).out ==
        "cluster-state\nconfiguration\nfeature-flags\ngateway-api\nidentify-deployment\n"
        "identify-platform\ningress\nknative\nkong-plugins\nroutes\nservice-mesh\n");
  CHECK(contains(user.ktel({"jobs", "list", "-o", "json"}).out, R"("name":"identify-platform")"));
  CHECK(contains(user.ktel({"jobs", "list", "-o", "yaml"}).out, "- name: cluster-state\n"));
}

TEST_CASE("a job's description says what it reads, reports and may not do without") {
  const test::User user;

  const auto r = user.ktel({"jobs", "describe", "identify-platform"});
  CHECK(r.exit_code == 0);
  CHECK(r.err == "");
  CHECK(r.out.starts_with("standard: 1\njob: identify-platform\n"));
  CHECK(contains(r.out, "kubernetes_version"));
  CHECK(contains(user.ktel({"jobs", "describe", "identify-platform", "-o", "json"}).out,
                 "\"identify-platform\""));

  const auto misspelt = user.ktel({"jobs", "describe", "identify-plattform"});
  CHECK(misspelt.exit_code == 2);
  CHECK(misspelt.out == "");
  CHECK(misspelt.err ==
        "ktel: there is no job identify-plattform; did you mean identify-platform? `ktel jobs "
        "list` shows all\n");
  CHECK(user.ktel({"jobs", "describe"}).err ==
        "ktel: which job? usage: ktel jobs describe JOB; `ktel jobs list` shows all\n");
}

TEST_CASE("plugins and backends are listed, each with where it comes from") {
  const test::User user;

  const auto plugins = user.ktel(test::Words{"plugins", "list"} + test::test_plugins());
  CHECK(plugins.exit_code == 0);
  CHECK(plugins.err == "");
  CHECK(contains(plugins.out, "io.ktel.splunk"));
  CHECK(contains(plugins.out, "io.tests.hangs "));
  CHECK(contains(plugins.out, std::string(KTEL_TEST_PLUGINS) + "/test_hang.so"));

  const auto backends = user.ktel({"backends", "list", "-o", "name"});
  CHECK(backends.exit_code == 0);
  CHECK(backends.out == "file\nkafka\nkong-tls\notlp\nsplunk\nstdout\nwebhook\n");
  const auto table = user.ktel({"backends", "list"});
  CHECK(contains(table.out, "splunk:// splunk+http://"));
  CHECK(contains(table.out, "token (secret)"));
}

TEST_CASE("words nobody knows are answered with those that are there") {
  const test::User user;
  struct Row {
    test::Words words;
    std::string says;
  };
  for (const auto& [words, says] : std::vector<Row>{
           {{"workflow", "run"},
            "ktel: there is no command `ktel workflow`; did you mean `ktel workflows`? `ktel "
            "--help` shows all\n"},
           {{"everything"},
            "ktel: there is no command `ktel everything`; `ktel --help` shows all\n"},
           {{"reports", "snd"},
            "ktel: there is no command `ktel reports snd`; did you mean `ktel reports send`? `ktel "
            "reports --help` shows all\n"},
           {{"jobs", "show"},
            "ktel: there is no command `ktel jobs show`; `ktel jobs --help` shows all\n"},
           {{"jobs", "list", "everything"},
            "ktel: 'everything' is one word too many; usage: ktel jobs list [options]\n"},
           {{"jobs", "list", "-o", "xml"},
            "ktel: --output takes table|json|yaml|name, not 'xml'\n"},
           {{"jobs", "list", "-x"}, "ktel: there is no option -x; --help shows all\n"},
           {{"jobs", "list", "--words", "x"},
            "ktel: there is no option --words; --help shows all\n"},
           {{"workflows", "run", "--report-sever", "x"},
            "ktel: there is no option --report-sever; did you mean --report-server? --help shows "
            "all\n"},
           {{"workflows", "run", "--jobs", "all", "--wait", "soon"},
            "ktel: --wait takes a time such as 30s, 500ms or 2m, not 'soon'\n"},
           {{"workflows", "run", "--jobs", "all", "--max-sensitivity", "secret"},
            "ktel: 'secret' is no class of data: product, environment, scale, activity and "
            "identifier are\n"},
           {{"workflows", "run", "--jobs", "all", "--param", "x"},
            "ktel: --param takes JOB.NAME=VALUE, not 'x'\n"},
           {{"workflows", "run", "--jobs", "all", "--param", "identify-platform.x=1"},
            "ktel: no selected job has a parameter identify-platform.x; `ktel jobs describe JOB` "
            "shows what it takes\n"},
           {{"workflows", "run", "identify-platform"},
            "ktel: 'identify-platform' is one word too many: jobs are chosen with --jobs, and one "
            "final - reads stdin\n"}}) {
    CAPTURE(words);
    const auto r = user.ktel(words);
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == says);
  }
}

TEST_CASE("a command without its verb is a usage error that shows what there is") {
  const test::User user;
  const auto none = user.ktel({});
  CHECK(none.exit_code == 2);
  CHECK(none.out == "");
  CHECK(none.err == user.ktel({"--help"}).out);

  const auto noun = user.ktel({"reports"});
  CHECK(noun.exit_code == 2);
  CHECK(noun.out == "");
  CHECK(noun.err == user.ktel({"reports", "--help"}).out);
  CHECK(noun.err.starts_with("Examples:\n  ktel reports list\n"));
}

TEST_CASE("variables are for the commands that run or send, and are named when they are wrong") {
  const test::User user;
  const auto described = user.ktel({"jobs", "describe", "identify-platform"});
  const auto same = user.ktel({"jobs", "describe", "identify-platform"},
                              {.env = {{"KTEL_OUTPUT", "table"}, {"KTEL_QUIET", "perhaps"}}});
  CHECK(same.exit_code == 0);
  CHECK(same.out == described.out);

  struct Row {
    test::Words words;
    std::string name;
    std::string value;
    std::string says;
  };
  const test::Words run = {"workflows", "run", "--jobs", "all"};
  for (const auto& [words, name, value, says] : std::vector<Row>{
           {run, "KTEL_OUTPUT", "name", "KTEL_OUTPUT takes json|yaml|table, not 'name'"},
           {run, "KTEL_WAIT", "soon",
            "KTEL_WAIT takes a time such as 30s, 500ms or 2m, not 'soon'"},
           {run, "KTEL_PARAM", "x", "KTEL_PARAM takes JOB.NAME=VALUE, not 'x'"},
           {run, "KTEL_STRICT", "very", "KTEL_STRICT takes 1 or 0, not 'very'"},
           {{"reports", "send"},
            "KTEL_WAIT",
            "soon",
            "KTEL_WAIT takes a time such as 30s, 500ms or 2m, not 'soon'"}}) {
    CAPTURE(name);
    const auto r = user.ktel(words, {.env = {{name, value}}});
    CHECK(r.exit_code == 2);
    CHECK(r.err == "ktel: " + says + "\n");
  }

  // Where plugins lie is the same for all.
  const auto listed =
      user.ktel({"jobs", "list", "-o", "name"}, {.env = {{"KTEL_PLUGIN_DIR", KTEL_TEST_PLUGINS}}});
  CHECK(contains(listed.out, "tests-count\n"));
}

TEST_CASE("a stdout that takes nothing is an error, not a success") {
  const test::User user;
  const std::string full =
      "ktel: cannot write to stdout (No space left on device): send it "
      "elsewhere\n";
  for (const test::Words& words : std::vector<test::Words>{{"--help"},
                                                           {"jobs", "--help"},
                                                           {"jobs", "list", "--help"},
                                                           {"jobs", "list"},
                                                           {"jobs", "list", "-o", "yaml"},
                                                           {"jobs", "describe", "cluster-state"},
                                                           {"plugins", "list"},
                                                           {"plugins", "check", KTEL_TEST_PLUGINS},
                                                           {"backends", "list"},
                                                           {"reports", "list"},
                                                           {"version"}}) {
    CAPTURE(words);
    const auto r = user.shell("\"$@\" > /dev/full", words);
    CHECK(r.exit_code == 1);
    CHECK(r.err == full);
  }
  const auto closed = user.shell("\"$@\" >&-", {"jobs", "list"});
  CHECK(closed.exit_code == 1);
  CHECK(closed.err == "ktel: cannot write to stdout (Bad file descriptor): send it elsewhere\n");
}

TEST_CASE("a report that cannot be printed is delivered all the same, and can be printed later") {
  const test::User user;
  for (const char* redirection : {"> /dev/full", ">&-"}) {
    CAPTURE(redirection);
    test::Receiver receiver(user);
    const auto r = user.shell(
        std::string("\"$@\" ") + redirection,
        test::Words{"workflows", "run", "--jobs", "tests-count", "--snapshot", user.snapshot()} +
            test::test_plugins() + receiver.options());
    CHECK(r.exit_code == 1);
    const auto accepted = receiver.server().journal().accepted();
    REQUIRE(accepted.size() == 1);
    CHECK_MESSAGE(contains(r.err, "; delivered " + receiver.url()), r.err);
    CHECK_MESSAGE(contains(r.err, "ktel: the report was not printed: cannot write to stdout ("),
                  r.err);
    CHECK_MESSAGE(r.err.ends_with("; `ktel reports show " + accepted[0].id + "` prints it\n"),
                  r.err);
    CHECK(user.state() == "delivered");
    CHECK(user.ktel({"reports", "show", accepted[0].id}).out == accepted[0].event);
  }
}

TEST_CASE("-q says errors and nothing else") {
  const test::User user;
  test::Receiver receiver(user);
  for (const test::Words& more :
       std::vector<test::Words>{{},
                                {"--dry-run"},
                                receiver.options(),
                                receiver.options() + test::Words{"--dry-run"},
                                {"--max-sensitivity", "product"}}) {
    CAPTURE(more);
    // The second job fails, which is a warning.
    const auto r = user.report("tests-count,tests-fails", test::Words{"-q"} + more);
    CHECK(r.exit_code == 0);
    CHECK(r.err == "");
    CHECK(r.out != "");
  }
  CHECK(user.report("tests-count", {"-q"}, {.env = {{"DO_NOT_TRACK", "1"}}}).err == "");
  CHECK(user.ktel({"reports", "send", "-q", "--token-file", receiver.token_file()}).err == "");

  const auto dropped = user.report("tests-count,tests-mistypes", {"-q"});
  CHECK(dropped.err.starts_with("ktel: error: tests-mistypes.items_count: "));
  const auto unknown = user.report("tests-unknown", {"-q"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err.starts_with("ktel: there is no job tests-unknown"));
  const auto forbidden =
      user.report("tests-count", {"-q", "--fail-if-off"}, {.env = {{"DO_NOT_TRACK", "1"}}});
  CHECK(forbidden.exit_code == 6);
  CHECK(forbidden.err.starts_with("ktel: Off: "));
}

TEST_CASE("on a terminal words and progress share stderr, and no word is lost") {
  const test::User user;
  test::Terminal terminal;
  const auto r =
      user.shell("\"$@\" 2> " + terminal.name(),
                 test::Words{"workflows", "run", "--jobs", "tests-count,tests-throws,tests-hangs",
                             "--snapshot", user.snapshot()} +
                     test::test_plugins());
  const std::string shown = terminal.screen();
  CHECK(r.exit_code == 0);
  CHECK(r.err == "");
  for (const char* line : {"ktel: tests-count: done (", "ktel: tests-throws: failed (",
                           "ktel: tests-hangs: timed out (", "ktel: warning: tests-throws: ",
                           "ktel: warning: tests-hangs: ", "; recorded, not sent"}) {
    CHECK_MESSAGE(contains(shown, line), shown);
  }
  CHECK_FALSE(contains(shown, "reading"));
  CHECK_FALSE(contains(shown, "running"));
  // There was a block while the jobs ran, and none that the words after them could fall into.
  const std::string& bytes = terminal.bytes();
  CHECK(contains(bytes, "\x1b["));
  CHECK(bytes.find("\x1b[", bytes.find("ktel: warning: ")) == bytes.npos);
}

TEST_SUITE_END();
