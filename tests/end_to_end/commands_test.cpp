// The commands that only look: jobs, plugins, backends, version, help. And words nobody knows.
#include <doctest/doctest.h>

#include <algorithm>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/commands");

TEST_CASE("help at each level opens with an example") {
  const test::User user;
  for (const test::Words& words : std::vector<test::Words>{{"--help"},
                                                           {"help"},
                                                           {"-h"},
                                                           {"workflows", "--help"},
                                                           {"workflows", "run", "--help"},
                                                           {"jobs", "--help"},
                                                           {"jobs", "list", "--help"},
                                                           {"jobs", "describe", "-h"},
                                                           {"plugins", "--help"},
                                                           {"plugins", "list", "--help"},
                                                           {"backends", "--help"},
                                                           {"backends", "list", "--help"},
                                                           {"reports", "--help"},
                                                           {"reports", "list", "--help"},
                                                           {"reports", "show", "--help"},
                                                           {"reports", "send", "--help"},
                                                           {"version", "--help"}}) {
    CAPTURE(words);
    const auto r = user.ktel(words);
    CHECK(r.exit_code == 0);
    CHECK(r.err == "");
    const bool opens =
        r.out.starts_with("Example:\n  ktel ") || r.out.starts_with("Examples:\n  ktel ");
    CHECK(opens);
  }
}

TEST_CASE("every example in the help is a command that parses") {
  const test::User user;
  const auto help = user.ktel({"workflows", "run", "--help"});
  CHECK(contains(help.out, "--report-server URL"));
  CHECK(contains(help.out, "--max-sensitivity CLASS"));
  CHECK(contains(help.out, "DO_NOT_TRACK"));
}

TEST_CASE("the version names ktel's and the plugin ABI's, on stdout") {
  const test::User user;
  CHECK(user.ktel({"version"}).out == "ktel 0.1.0 (plugin ABI 1.0)\n");
  CHECK(user.ktel({"--version"}).out == "ktel 0.1.0 (plugin ABI 1.0)\n");
  CHECK(user.ktel({"version", "-o", "json"}).out == "{\"ktel\":\"0.1.0\",\"abi\":\"1.0\"}\n");
  CHECK(user.ktel({"version", "-o", "yaml"}).out == "ktel: \"0.1.0\"\nabi: \"1.0\"\n");
}

TEST_CASE("jobs are listed with their plugin, in four forms") {
  const test::User user;

  const auto table = user.ktel({"jobs", "list"});
  CHECK(table.exit_code == 0);
  CHECK(table.err == "");
  CHECK(table.out.starts_with("NAME"));
  CHECK(contains(table.out, "\nidentify-platform "));

  CHECK(user.ktel({"jobs", "list", "-o", "name"}).out ==
        "cluster-state\nidentify-deployment\nidentify-platform\n");
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
        "ktel: there is no job identify-plattform; did you mean identify-platform?; `ktel jobs "
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
  CHECK(backends.out == "file\nsplunk\nstdout\n");
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
           {{"workflow"}, "ktel: there is no command `ktel workflow`; `ktel --help` shows all\n"},
           {{"jobs", "show"},
            "ktel: there is no command `ktel jobs show`; `ktel jobs --help` shows all\n"},
           {{"jobs", "list", "everything"},
            "ktel: 'everything' is one word too many; usage: ktel jobs list [options]\n"},
           {{"jobs", "list", "-o", "xml"},
            "ktel: -o takes table|json|yaml|name, not 'xml'; --help "
            "shows how\n"},
           {{"workflows", "run", "--report-sever", "x"},
            "ktel: there is no option --report-sever; did you mean --report-server?; --help shows "
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

TEST_CASE("a command without its verb shows what there is, and is a usage error") {
  const test::User user;
  CHECK(user.ktel({}).exit_code == 2);
  const auto r = user.ktel({"reports"});
  CHECK(r.exit_code == 2);
  CHECK(contains(r.out, "ktel reports send"));
}

TEST_CASE("a stdout that takes nothing is an error, not a success") {
  const test::User user;
  const auto r = user.shell("\"$@\" > /dev/full", {"jobs", "list"});
  CHECK(r.exit_code == 5);
  CHECK(r.err == "ktel: cannot write to stdout: No space left on device\n");
}

TEST_SUITE_END();
