// Sorts the rules into roles, then writes them.
#include "standard/roles.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "standard/access.hpp"
#include "standard/yaml.hpp"

namespace ktel::standard {
namespace {

// A role is where its rules hold: the optional ones come last, the ClusterRole ("") first.
using RoleKey = std::pair<bool, std::string>;  // optional, namespace

std::string comments(const SharedRule& shared, std::string_view indent) {
  std::string text;
  for (const auto& [job, fields] : shared.fields) {
    text += fmt::format("{}# {}: {}\n", indent, job, fmt::join(fields, ", "));
  }
  return text;
}

std::string rule_yaml(const AccessRule& rule) {
  if (!rule.non_resource_url.empty()) {
    return fmt::format("  - nonResourceURLs: [{}]\n    verbs: [{}]\n", rule.non_resource_url,
                       rule.verb());
  }
  std::string text = fmt::format("  - apiGroups: [{}]\n    resources: [{}]\n",
                                 rule.api_group.empty() ? "\"\"" : yaml_text(rule.api_group),
                                 yaml_text(rule.resource));
  if (!rule.object.empty()) {
    text += fmt::format("    resourceNames: [{}]\n", yaml_text(rule.object));
  }
  return text + fmt::format("    verbs: [{}]\n", rule.verb());
}

std::string role_yaml(const RoleKey& key, const std::vector<const SharedRule*>& rules) {
  const auto& [optional, ns] = key;
  std::string text = fmt::format(
      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata:\n  name: {}\n",
      ns.empty() ? "ClusterRole" : "Role", optional ? "ktel-optional" : "ktel");
  if (!ns.empty()) text += fmt::format("  namespace: {}\n", yaml_text(ns));
  text += "rules:\n";
  for (const SharedRule* shared : rules) text += comments(*shared, "  ") + rule_yaml(shared->rule);
  return text;
}

// How to give the roles that follow to whom ktel runs as.
std::string binding(const RoleKey& key) {
  const auto& [optional, ns] = key;
  const std::string_view name = optional ? "ktel-optional" : "ktel";
  const std::string where = ns.empty() ? "" : " -n " + ns;
  return fmt::format("#   kubectl create {0} {1}{2} --{3}={1} --serviceaccount=NAMESPACE:NAME\n",
                     ns.empty() ? "clusterrolebinding" : "rolebinding", name, where,
                     ns.empty() ? "clusterrole" : "role");
}

using Roles = std::map<RoleKey, std::vector<const SharedRule*>>;

std::string header(std::span<const plugin::Job> jobs, const Roles& roles) {
  std::vector<std::string> names;
  std::transform(jobs.begin(), jobs.end(), std::back_inserter(names),
                 [](const plugin::Job& job) { return job.name; });
  std::sort(names.begin(), names.end());
  std::string text = fmt::format(
      "# What ktel must be allowed to read for: {}.\n"
      "# Above each rule stand the fields that are absent without it. A role named ktel-optional\n"
      "# holds what its jobs can do without. What the cluster serves (/api, /apis) every "
      "authenticated\n# user may ask, by system:discovery.\n",
      fmt::join(names, ", "));
  if (roles.empty()) return text + "# Nothing else: these jobs read no objects.\n";
  text += "# Give the roles to the service account that ktel runs as:\n";
  for (const auto& [key, rules] : roles) text += binding(key);
  return text;
}

}  // namespace

std::string roles_yaml(std::span<const plugin::Job> jobs,
                       const std::vector<std::string>& namespaces) {
  const std::vector<SharedRule> rules = shared_rules(jobs);
  Roles roles;
  std::vector<const SharedRule*> left_out;
  for (const SharedRule& shared : rules) {
    const AccessRule& rule = shared.rule;
    const bool namespaced = rule.non_resource_url.empty() && !rule.cluster_scoped;
    if (namespaces.empty()) {
      roles[{rule.optional, rule.ns}].push_back(&shared);
      continue;
    }
    bool placed = false;
    for (const std::string& ns : namespaces) {
      if (!namespaced || (!rule.ns.empty() && rule.ns != ns)) continue;
      roles[{rule.optional, ns}].push_back(&shared);
      placed = true;
    }
    if (!placed) left_out.push_back(&shared);
  }

  std::string text = header(jobs, roles);
  if (!namespaces.empty()) {
    text += fmt::format("# Run it with --namespace {}.\n", fmt::join(namespaces, ","));
  }
  for (const auto& [key, members] : roles) text += role_yaml(key, members);
  if (left_out.empty()) return text;
  text +=
      "---\n# No Role in these namespaces can give the following, and its fields stay absent:\n";
  for (const SharedRule* shared : left_out) {
    text += fmt::format("# {} {}\n{}", shared->rule.verb(), shared->rule.what(),
                        comments(*shared, "#   "));
  }
  return text;
}

}  // namespace ktel::standard
