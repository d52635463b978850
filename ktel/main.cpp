// ktel: the command. This file is its table of contents.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "app/nearest.hpp"
#include "command.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

constexpr Command commands[] = {
    {"workflows", "run", "collect, merge and deliver a report", workflows_run_options,
     workflows_run},
    {"workflows", "plan", "what a run would read and report; asks nobody", workflows_plan_options,
     workflows_plan},
    {"workflows", "check", "is a run allowed what it needs? collects nothing",
     workflows_check_options, workflows_check},
    {"jobs", "list", "what can be collected", jobs_list_options, jobs_list},
    {"jobs", "describe", "everything a job declares", jobs_describe_options, jobs_describe},
    {"jobs", "docs", "the dictionary of all fields, or the schema of reports", jobs_docs_options,
     jobs_docs},
    {"jobs", "rbac", "the roles a run needs", jobs_rbac_options, jobs_rbac},
    {"plugins", "list", "plugins that load, and those that were refused and why",
     plugins_list_options, plugins_list},
    {"plugins", "check", "what is to be corrected in plugins", plugins_check_options,
     plugins_check},
    {"backends", "list", "where reports can go", backends_list_options, backends_list},
    {"reports", "list", "what was recorded in the ledger", reports_list_options, reports_list},
    {"reports", "show", "the exact bytes of a report, or its run record", reports_show_options,
     reports_show},
    {"reports", "send", "deliver what is still queued", reports_send_options, reports_send},
    {"reports", "retry", "put what was rejected back in the queue", reports_retry_options,
     reports_retry},
    {"reports", "verify", "is what is kept what was written?", reports_verify_options,
     reports_verify},
    {"status", "", "what waits for each destination, and why", status_options, status_command},
    {"snapshot", "save", "what the jobs would read, as files to read later", snapshot_save_options,
     snapshot_save},
    {"version", "", "the version", version_options, version_command},
};

constexpr std::string_view examples =
    "  ktel workflows run --jobs all --dry-run\n"
    "  ktel workflows run --jobs identify-platform --report-server splunk://10.0.0.1:8088 \\\n"
    "      --token-file /run/secrets/hec-token\n"
    "  ktel jobs describe identify-platform\n";

constexpr std::string_view exit_codes =
    "Exit codes:\n"
    "  0         done; a failed job is data, not a failed run\n"
    "  1         internal error, or stdout could not be written\n"
    "  2         wrong input; nothing was collected\n"
    "  3         nothing to send\n"
    "  4         not authorised, by the cluster or the report server\n"
    "  5         not delivered in time, or it could not be kept\n"
    "  6         consent or policy does not allow it\n"
    "  7         a check found problems\n"
    "  130, 143  interrupted (SIGINT), terminated (SIGTERM)\n";

bool is_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

std::vector<Command> commands_of(std::string_view noun) {
  std::vector<Command> found;
  std::copy_if(std::begin(commands), std::end(commands), std::back_inserter(found),
               [&](const Command& command) { return noun.empty() || command.noun == noun; });
  return found;
}

std::string overview(const std::vector<Command>& of) {
  std::string text = "Commands:\n";
  for (const Command& command : of) {
    const std::string name = fmt::format("ktel {} {}", command.noun, command.verb);
    text += fmt::format("  {:<24} {}\n", name, command.summary);
  }
  return text + "\n`ktel COMMAND --help` shows a command's options.\n";
}

std::string help() {
  return fmt::format(
      "Examples:\n{}\nktel collects telemetry from Kubernetes clusters: declared, checked, shown "
      "before it leaves.\n\n{}\n{}",
      examples, overview(commands_of({})), exit_codes);
}

std::string help(const std::vector<Command>& of) {
  std::string text = "Examples:\n";
  for (const Command& command : of) text += command.options().examples;
  return text + "\n" + overview(of);
}

// A command that is not whole: what there is, as words.
int usage(const std::string& page) {
  std::fputs(page.c_str(), stderr);
  return 2;
}

int no_command(std::string_view name, const std::string& word,
               const std::vector<std::string>& known) {
  const std::string near = app::nearest(word, known);
  return fail(
      {Errc::bad_input,
       fmt::format("there is no command `{} {}`; {}`{} --help` shows all", name, word,
                   near.empty() ? "" : fmt::format("did you mean `{} {}`? ", name, near), name)});
}

int start(const Command& command, const std::vector<std::string>& arguments) {
  const Result<Parsed> parsed = parse(command.options(), arguments);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) return show(*parsed->help);
  return command.run(*parsed);
}

int run(std::vector<std::string> words) {
  if (words.empty()) return usage(help());
  if (words[0] == "help" && words.size() > 1) {  // `ktel help jobs list`
    words.erase(words.begin());
    words.push_back("--help");
  }
  if (is_help(words[0])) return show(help());
  if (words[0] == "--version") words[0] = "version";
  const std::vector<Command> of_noun = commands_of(words[0]);
  if (of_noun.empty()) {
    std::vector<std::string> nouns;
    for (const Command& command : commands) nouns.emplace_back(command.noun);
    return no_command("ktel", words[0], nouns);
  }
  if (of_noun[0].verb.empty()) return start(of_noun[0], {words.begin() + 1, words.end()});
  if (words.size() == 1) return usage(help(of_noun));
  if (is_help(words[1])) return show(help(of_noun));
  std::vector<std::string> verbs;
  for (const Command& command : of_noun) {
    if (command.verb == words[1]) return start(command, {words.begin() + 2, words.end()});
    verbs.emplace_back(command.verb);
  }
  return no_command("ktel " + words[0], words[1], verbs);
}

// The first file or socket would take the place of a stdout that is closed, and be written to. What
// takes it here cannot be written to, as a closed one.
void hold_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    if (::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

}  // namespace
}  // namespace ktel::cli

int main(int argc, char** argv) {
  int code = 1;
  try {
    ktel::cli::hold_standard_streams();
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
