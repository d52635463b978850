// The lint of the telemetry standard: what a declaration that loads should not say all the same.
//
// What makes a plugin unusable is refused when it is loaded (plugin/descriptor.hpp) and never comes
// here; docs/telemetry_standard.md has the whole table. Pure.
#pragma once

#include <chrono>
#include <vector>

#include <ktel/report.hpp>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// Of one job, its own findings first, then those of its fields in the order of the declaration.
// Each says in `next` what the author does about it.
std::vector<Finding> lint(const plugin::Job& job, std::chrono::sys_days today);

// Jobs whose names differ in separators alone: a finding for each but the first.
std::vector<Finding> lint_names(const std::vector<const plugin::Job*>& jobs);

}  // namespace ktel::standard
