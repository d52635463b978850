// The operator's policy on fields: what may leave, decided from declarations alone.
//
// Pure. `mask()` is asked at plan time, before anything is read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ktel/result.hpp>

#include "plugin/declaration.hpp"

namespace ktel::standard {

struct Policy {
  std::uint32_t max_sensitivity = 4;    // KTEL_S_ACTIVITY
  std::vector<std::string> deny = {};   // globs over "job.field"
  std::vector<std::string> allow = {};  // identifier fields, by full name
  bool allow_development = false;       // --allow-unstable
};

// Why a field may not leave: a finding id ("withheld-sensitivity", "withheld-expired",
// "withheld-unstable", "withheld-policy") and one sentence. today: "2026-11-25", UTC, at run start.
struct Mask {
  std::string id;
  std::string why;
};

std::optional<Mask> mask(const Policy& policy, const std::string& job, const plugin::Field& field,
                         const std::string& today);

// Does the policy name what there is? A typing error in what is denied would let data leave.
// bad_input: a name in `deny` or `allow` that is no declared field, with the nearest one; a glob
// may match nothing. declared: "job.field" of every field there is.
Result<void> check_policy(const Policy& policy, const std::vector<std::string>& declared);

// By read of the job: is it made? A read is, when an unmasked field names it in `from`, or when
// another read that is made names it in `when`. masked: by field.
std::vector<bool> wanted_reads(const plugin::Job& job, const std::vector<bool>& masked);

}  // namespace ktel::standard
