// What a job's reads ask of the cluster's access rules: derived, never written by hand.
//
// Read by describe.hpp and by whoever names a missing rule or writes a role. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// As in a rule of a ClusterRole, and which fields are lost without it. Either `non_resource_url` is
// set (verb get), or `resource` (verb list: counting and getting one object are lists too).
struct AccessRule {
  std::string non_resource_url;
  std::string api_group;  // "": the core group
  std::string resource;
  std::string object;  // the one name read; empty: all of them
  std::string ns;      // the one namespace; empty: all the operator allows
  bool cluster_scoped = false;
  bool optional = false;            // the job is of use without it
  std::vector<std::string> fields;  // sorted

  std::string verb() const { return non_resource_url.empty() ? "list" : "get"; }
  // "/version", "deployments.apps", "configmaps named kubeadm-config in namespace kube-system".
  std::string what() const;
};

// The fields made from that read of the job, or from one that is made only because of what it
// found. Sorted.
std::vector<std::string> fields_of(const plugin::Job& job, std::size_t read);

// One rule for each thing read, in the order of the reads. Discovery (SERVED) asks for none.
std::vector<AccessRule> access_rules(const plugin::Job& job);

// A rule that several jobs ask for.
struct SharedRule {
  AccessRule rule;                                         // its `fields` are empty
  std::map<std::string, std::vector<std::string>> fields;  // by job, sorted
};

// The rules of all jobs, sorted: each once, and none that another one covers, as all ConfigMaps do
// one of them. Optional is what only optional reads ask for.
std::vector<SharedRule> shared_rules(std::span<const plugin::Job> jobs);

}  // namespace ktel::standard
