// Masks, one rule after the other, and the reads that are left.
#include "standard/policy.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <ktel/abi/job.h>

#include <algorithm>
#include <set>

#include "plugin/nearest.hpp"
#include "standard/names.hpp"

namespace ktel::standard {
namespace {

bool matches(const std::string& glob, const std::string& name) {
  return fnmatch(glob.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<Mask> mask(const Policy& policy, const std::string& job, const plugin::Field& field,
                         const std::string& today) {
  if (field.sensitivity == 0 || field.sensitivity > policy.max_sensitivity) {
    return Mask{"withheld-sensitivity", fmt::format("its class {} is above the ceiling {}",
                                                    sensitivity_name(field.sensitivity),
                                                    sensitivity_name(policy.max_sensitivity))};
  }
  // Dates of one form compare as text.
  if (!field.expires.empty() && today >= field.expires) {
    return Mask{"withheld-expired",
                fmt::format("it expired on {}; a newer version of the plugin may bring it back",
                            field.expires)};
  }
  if (field.stability == KTEL_DEVELOPMENT && !policy.allow_development) {
    return Mask{"withheld-unstable", "it is in development; --allow-unstable lets it leave"};
  }
  const std::string name = job + "." + field.name;
  for (const std::string& glob : policy.deny) {
    if (matches(glob, name)) {
      return Mask{"withheld-policy", fmt::format("the policy denies {}", glob)};
    }
  }
  if (field.sensitivity == KTEL_S_IDENTIFIER && !contains(policy.allow, name)) {
    return Mask{"withheld-policy",
                fmt::format("an identifier leaves only where the policy's allow names {}", name)};
  }
  return std::nullopt;
}

Result<void> check_policy(const Policy& policy, const std::vector<std::string>& declared) {
  const auto check = [&](std::string_view option, const std::string& name) -> Result<void> {
    if (name.find_first_of("*?[") != name.npos || contains(declared, name)) return {};
    const std::string near = plugin::nearest(name, declared);
    return Error{Errc::bad_input,
                 fmt::format("{} names {}, which no job declares; {}", option, name,
                             near.empty() ? "`ktel jobs describe JOB` shows the fields of each"
                                          : "did you mean " + near + "?")};
  };
  for (const std::string& name : policy.deny) {
    if (auto known = check("--deny", name); !known) return known;
  }
  for (const std::string& name : policy.allow) {
    if (auto known = check("--allow", name); !known) return known;
  }
  return {};
}

std::vector<bool> wanted_reads(const plugin::Job& job, const std::vector<bool>& masked) {
  std::set<std::string> wanted;
  for (std::size_t i = 0; i < job.fields.size(); ++i) {
    if (i < masked.size() && masked[i]) continue;
    wanted.insert(job.fields[i].from.begin(), job.fields[i].from.end());
  }
  // `when` names an earlier read, so one pass from the end finds all of a chain.
  std::vector<bool> made(job.reads.size());
  for (std::size_t i = job.reads.size(); i-- > 0;) {
    made[i] = wanted.contains(job.reads[i].id);
    if (made[i]) wanted.insert(job.reads[i].when_read);
  }
  return made;
}

}  // namespace ktel::standard
