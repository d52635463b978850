// The report's body: parts of jobs and the caller's keys, in one canonical object. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include <ktel/report.hpp>
#include <ktel/result.hpp>

namespace ktel::report {

// The caller's JSON (stdin, or given by an embedder): one object, at most 512 KiB and 16 levels; no
// duplicate key at any level, no key that is reserved (`ktel*`, a leading `_`) or equal to one of
// `jobs`; no PEM block, JWT or bearer token in any text. Text shaped like an address, e-mail, ...
// only leaves a finding. bad_input, naming the key's path.
struct CallerJson {
  boost::json::object keys;
  std::vector<Finding> findings;
};
Result<CallerJson> parse_caller_json(std::string_view text, const std::vector<std::string>& jobs);

// {"<job>": part, ..., callers' keys} as canonical bytes with their hash and origins; jobs without
// a field leave no key. no_result: there is no key at all, or over 1,000,000 bytes.
struct Body {
  std::string bytes;
  std::string sha256;
  std::map<std::string, std::string> origins;
};
Result<Body> merge(const std::map<std::string, boost::json::object>& parts,
                   const boost::json::object& caller);

}  // namespace ktel::report
