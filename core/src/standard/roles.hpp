// Roles for the reads of some jobs: the least that gives all their fields, a comment a rule.
//
// The form of `ktel jobs rbac`. Deterministic. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// RBAC objects as YAML: `ktel`, and `ktel-optional` for what the jobs can do without. What is read
// in one namespace only is a Role there, everything else a ClusterRole. With `namespaces` all are
// Roles, one in each of them, and what cannot be had that way stands in a comment at the end with
// the fields that will be absent. `jobs`: as the run carries them out.
std::string roles_yaml(std::span<const plugin::Job> jobs,
                       const std::vector<std::string>& namespaces = {});

}  // namespace ktel::standard
