// One command: `ktel NOUN VERB`. The table of all of them is in main.cpp.
#pragma once

#include <string_view>

#include "options.hpp"

namespace ktel::cli {

struct Command {
  std::string_view noun;
  std::string_view verb;     // empty: the noun alone ("version")
  std::string_view summary;  // one line
  OptionSet (*options)();
  // Gives the exit code. Data goes to stdout, words to stderr.
  int (*run)(const Parsed& parsed);
};

OptionSet workflows_run_options();
int workflows_run(const Parsed& parsed);
OptionSet workflows_plan_options();
int workflows_plan(const Parsed& parsed);
OptionSet workflows_check_options();
int workflows_check(const Parsed& parsed);
OptionSet jobs_list_options();
int jobs_list(const Parsed& parsed);
OptionSet jobs_describe_options();
int jobs_describe(const Parsed& parsed);
OptionSet jobs_docs_options();
int jobs_docs(const Parsed& parsed);
OptionSet jobs_rbac_options();
int jobs_rbac(const Parsed& parsed);
OptionSet plugins_list_options();
int plugins_list(const Parsed& parsed);
OptionSet plugins_check_options();
int plugins_check(const Parsed& parsed);
OptionSet backends_list_options();
int backends_list(const Parsed& parsed);
OptionSet reports_list_options();
int reports_list(const Parsed& parsed);
OptionSet reports_show_options();
int reports_show(const Parsed& parsed);
OptionSet reports_send_options();
int reports_send(const Parsed& parsed);
OptionSet reports_retry_options();
int reports_retry(const Parsed& parsed);
OptionSet reports_verify_options();
int reports_verify(const Parsed& parsed);
OptionSet status_options();
int status_command(const Parsed& parsed);
OptionSet snapshot_save_options();
int snapshot_save(const Parsed& parsed);
OptionSet version_options();
int version_command(const Parsed& parsed);

}  // namespace ktel::cli
