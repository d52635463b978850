// The roles that `ktel jobs rbac` prints, on a Cluster: whole, or with one rule less.
//
//   test::Roles roles(cluster, {"--jobs", "all"});
//   ... run ktel with --kubeconfig cluster.kubeconfig(roles.account().token) ...
//   roles.take_away(3);
//
// Throws std::runtime_error where the server does not do as it is told, and where the roles are not
// what the jobs declare. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "real/cluster.hpp"

namespace ktel::test {

// One thing that may be done.
struct Permission {
  std::string name_space = {};  // empty: everywhere
  std::string group = {};
  std::string resource = {};  // "": of a URL
  std::string object = {};    // the one it is about; empty: all
  std::string url = {};
};

struct Rule {
  Permission permission = {};
  std::map<std::string, std::set<std::string>> fields = {};  // by job, what is declared to be lost
  std::size_t role = 0;
  std::size_t place = 0;  // in the role

  // "list configmaps kube-system/cilium-config", "get /version".
  std::string text() const;
};

// "job.field", of all built-in jobs.
std::set<std::string> declared_fields();

class Roles {
 public:
  // An account that may do what the roles for these options say and nothing else but to ask what is
  // served: also not what every account may, such as to read the version. Fails if a rule is for
  // nothing that a job declares, or one is missing.
  Roles(Cluster& cluster, const std::vector<std::string>& options);

  const ServiceAccount& account() const noexcept { return account_; }
  const std::vector<Rule>& rules() const noexcept { return rules_; }

  // Of all rules this one alone. Returns when the authorizer knows.
  void take_away(std::size_t rule);

 private:
  struct Role {
    std::string collection;
    std::string name;
    std::string yaml;
  };

  void read(const std::string& yaml);
  void say_what_for();
  void bind(const Role& role, const std::string& kind);
  void write(std::size_t role, const std::string& yaml);
  bool allowed(const Permission& what);
  void wait_until(const Permission& what, bool is_allowed);

  Cluster& cluster_;
  ServiceAccount account_;
  std::vector<Role> roles_;
  std::vector<Rule> rules_;
  const Rule* gone_ = nullptr;  // the one that is taken away
};

}  // namespace ktel::test
