// One command: `ktel NOUN VERB`. The table of all of them is in main.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ktel::cli {

struct Command {
  std::string_view noun;
  std::string_view verb;     // empty: the noun alone ("version")
  std::string_view summary;  // one line
  // argv after noun and verb; gives the exit code. Data goes to stdout, words to stderr.
  int (*run)(const std::vector<std::string>& arguments);
};

int workflows_run(const std::vector<std::string>& arguments);
int jobs_list(const std::vector<std::string>& arguments);
int jobs_describe(const std::vector<std::string>& arguments);
int plugins_list(const std::vector<std::string>& arguments);
int backends_list(const std::vector<std::string>& arguments);
int reports_list(const std::vector<std::string>& arguments);
int reports_show(const std::vector<std::string>& arguments);
int reports_send(const std::vector<std::string>& arguments);
int version_command(const std::vector<std::string>& arguments);

}  // namespace ktel::cli
