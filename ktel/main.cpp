// ktel: the command. This file is its table of contents.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

constexpr Command commands[] = {
    {"workflows", "run", "collect, merge and deliver a report", workflows_run},
    {"jobs", "list", "what can be collected", jobs_list},
    {"jobs", "describe", "everything a job declares", jobs_describe},
    {"plugins", "list", "plugins that load, and those that were refused and why", plugins_list},
    {"backends", "list", "where reports can go", backends_list},
    {"reports", "list", "what was recorded in the ledger", reports_list},
    {"reports", "show", "the exact bytes of a report, or its run record", reports_show},
    {"reports", "send", "deliver what is still queued", reports_send},
    {"version", "", "the version", version_command},
};

constexpr std::string_view examples =
    "Examples:\n"
    "  ktel workflows run --jobs all --dry-run\n"
    "  ktel workflows run --jobs identify-platform --report-server splunk://10.0.0.1:8088 \\\n"
    "      --token-file /run/secrets/hec-token\n"
    "  ktel jobs describe identify-platform\n";

bool is_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

std::string overview(std::string_view noun) {
  std::string text;
  for (const Command& command : commands) {
    if (!noun.empty() && command.noun != noun) continue;
    const std::string name = fmt::format("ktel {} {}", command.noun, command.verb);
    text += fmt::format("  {:<24} {}\n", name, command.summary);
  }
  return text;
}

int help(std::string_view noun) {
  if (noun.empty()) {
    fmt::print(
        "{}\nktel collects telemetry from Kubernetes clusters: declared, checked, shown "
        "before it leaves.\n\nCommands:\n{}\n`ktel COMMAND --help` shows a command's "
        "options. Exit codes: 0 done, 2 wrong input,\n3 nothing to send, 4 not authorised, "
        "5 not delivered, 6 not allowed, 130 interrupted.\n",
        examples, overview({}));
  } else {
    std::string_view verb;
    for (const Command& command : commands) {
      if (command.noun == noun && verb.empty()) verb = command.verb;
    }
    fmt::print("Example:\n  ktel {} {} --help\n\nCommands:\n{}", noun, verb, overview(noun));
  }
  return 0;
}

int run(const std::vector<std::string>& words) {
  if (words.empty()) {
    help({});
    return 2;
  }
  if (is_help(words[0])) return help({});
  if (words[0] == "--version") return version_command({});
  bool noun_known = false;
  for (const Command& command : commands) {
    if (command.noun != words[0]) continue;
    noun_known = true;
    if (command.verb.empty()) return command.run({words.begin() + 1, words.end()});
    if (words.size() > 1 && command.verb == words[1]) {
      return command.run({words.begin() + 2, words.end()});
    }
  }
  if (noun_known && words.size() > 1 && is_help(words[1])) return help(words[0]);
  if (noun_known && words.size() > 1) {
    return fail({Errc::bad_input,
                 fmt::format("there is no command `ktel {} {}`; `ktel {} --help` shows all",
                             words[0], words[1], words[0])});
  }
  if (noun_known) {
    help(words[0]);
    return 2;
  }
  return fail({Errc::bad_input,
               fmt::format("there is no command `ktel {}`; `ktel --help` shows all", words[0])});
}

}  // namespace
}  // namespace ktel::cli

int main(int argc, char** argv) {
  int code = 1;
  try {
    code = ktel::cli::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    ktel::cli::say(fmt::format("internal error: {}; please report it", error.what()));
  }
  std::fflush(nullptr);
#ifdef KTEL_SANITIZE
  return code;  // leaks are looked for on the way out
#else
  // A job that never came back still holds a thread, which must not run into the end of the
  // program.
  ::_exit(code);
#endif
}
