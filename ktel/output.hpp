// Data on stdout, words on stderr: listings and reports as table, JSON, YAML or names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include <ktel/result.hpp>

namespace ktel::cli {

struct Listing {
  std::vector<std::string> columns;            // of the table: "NAME", ...
  std::vector<std::vector<std::string>> rows;  // the first cell is the name
  boost::json::array objects;                  // the same, for json and yaml
};

// format: "table", "json", "yaml" or "name".
Result<std::string> render(const Listing& listing, std::string_view format);

// A report or a run record. format: "json" for its exact bytes, "pretty", "yaml", or "table", which
// has a line for each field.
Result<std::string> render(const std::string& json, std::string_view format);

// Prints data, or says why there is none or why it cannot be printed. Gives the exit code.
int show(const Result<std::string>& data);

// "ktel: TEXT" and a newline on stderr, in one write.
void say(std::string_view text);

// Says the error and gives its exit code.
int fail(const Error& error);

}  // namespace ktel::cli
