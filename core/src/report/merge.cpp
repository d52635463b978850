// Parts and callers' keys side by side, written once.
#include "report/merge.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "json/canonical.hpp"

namespace ktel::report {
namespace {

constexpr std::size_t max_bytes = 1'000'000;

}  // namespace

Result<Body> merge(const std::map<std::string, boost::json::object>& parts,
                   const boost::json::object& caller) {
  Body body;
  boost::json::object whole = caller;
  for (const auto& member : caller) body.origins[member.key()] = "operator";
  for (const auto& [job, part] : parts) {
    if (part.empty()) continue;
    if (!body.origins.emplace(job, "job").second) {
      return Error{
          Errc::bad_input,
          fmt::format("key {} is both a job's and the caller's: rename the caller's", job)};
    }
    whole[job] = part;
  }
  if (whole.empty()) {
    return Error{Errc::no_result,
                 "there is nothing to report: no job found anything it may report"};
  }
  body.bytes = json::canonical(whole);
  if (body.bytes.size() > max_bytes) {
    return Error{Errc::no_result,
                 fmt::format("the report would have {} bytes, {} are allowed: select "
                             "fewer jobs or pass less JSON in",
                             body.bytes.size(), max_bytes)};
  }
  body.sha256 = sha256_hex(body.bytes);
  return body;
}

}  // namespace ktel::report
