// A baseline: what jobs declared at their last release, and what has changed since.
//
// It is the YAML that `ktel jobs describe JOB` printed then and that a project keeps. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// What a consumer of a field relies on and an operator agreed to, in the words of the standard.
struct Promise {
  std::string type;  // "count", "list of enum"
  std::string sensitivity;
  std::string granularity;  // empty: its type has none
};

struct Baseline {
  std::string job;
  std::map<std::string, Promise> fields;
};

// bad_input: it is no such YAML.
Result<Baseline> parse_baseline(const std::string& yaml);

// breaking-change: a job or field that is gone, a field of another type, of a higher class or of a
// finer granularity. new-field: one that was not there. In the order of `jobs`, what is gone first.
std::vector<Finding> compare(const std::vector<Baseline>& before,
                             const std::vector<const plugin::Job*>& jobs);

}  // namespace ktel::standard
