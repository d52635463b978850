// Data on stdout: listings and reports as table, JSON, YAML or names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <ktel/result.hpp>

namespace ktel::cli {

struct Listing {
  std::vector<std::string> columns;            // of the table: "NAME", ...
  std::vector<std::vector<std::string>> rows;  // the first cell is the name
  boost::json::array objects;                  // the same, for json and yaml
};

std::string render(const Listing& listing, std::string_view format);

// YAML of any JSON.
std::string yaml(const boost::json::value& value);

// A report for eyes: a line per job and field.
std::string report_table(const std::string& canonical);
std::string report_yaml(const std::string& canonical);
std::string report_pretty(const std::string& canonical);

// Writes all of it to stdout. undelivered: stdout is closed or full.
Result<void> print(std::string_view data);

// "ktel: TEXT" and a newline on stderr.
void say(std::string_view text);

// Says the error and gives its exit code.
int fail(const Error& error);

}  // namespace ktel::cli
