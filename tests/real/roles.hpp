// What the built-in jobs declare that they read, as roles on a Cluster: all of it, or all but one
// rule.
//
//   test::Roles roles(cluster, test::declared_rules());
//   ... run ktel with --kubeconfig cluster.kubeconfig(roles.account().token) ...
//   roles.take_away(3);
//
// Throws std::runtime_error where the server does not do as it is told. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "real/cluster.hpp"

namespace ktel::test {

// A rule that no other covers, and which fields each job says it makes of what the rule allows.
struct DeclaredRule {
  std::string name_space = {};  // of a Role; empty: of the ClusterRole
  std::string group = {};
  std::string resource = {};  // "": of a URL
  std::string object = {};    // the one it is about; empty: all
  std::string url = {};
  std::map<std::string, std::set<std::string>> fields = {};  // by job

  // "list configmaps kube-system/cilium-config", "get /version".
  std::string text() const;
};

// In the order of the jobs' declarations, those of all built-in jobs.
std::vector<DeclaredRule> declared_rules();

// "job.field", of all built-in jobs.
std::set<std::string> declared_fields();

class Roles {
 public:
  // An account that may do what the rules say and nothing else but to ask what is served: also not
  // what every account may, such as to read the version.
  Roles(Cluster& cluster, std::vector<DeclaredRule> rules);

  const ServiceAccount& account() const noexcept { return account_; }

  // All rules but this one. Returns when the authorizer knows.
  void take_away(std::size_t rule);

 private:
  // The rules of a namespace's Role or of the ClusterRole, but for `without`.
  void write(const std::string& name_space, const DeclaredRule* without);
  bool allowed(const DeclaredRule& rule);

  Cluster& cluster_;
  std::vector<DeclaredRule> rules_;
  ServiceAccount account_;
  std::string changed_in_;  // the namespace of the rule that was taken away last
};

}  // namespace ktel::test
