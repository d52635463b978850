// Roles from reads: shared, covered, optional, in one namespace.
#include "standard/roles.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include "sample.hpp"

using ktel::plugin::Job;
using ktel::plugin::Read;
using ktel::standard::roles_yaml;

namespace {

struct Of {
  const char* group = "";
  const char* resource = "";
  const char* ns = "";
  const char* name = "";
  const char* url = "";
  bool cluster = false;
  bool optional = false;
};

// A job with one field of each read.
Job job(const char* name, const std::vector<Of>& reads) {
  Job job;
  job.name = name;
  for (const Of& of : reads) {
    Read read;
    read.id = "r" + std::to_string(job.reads.size());
    read.verb = *of.url != '\0' ? KTEL_READ_RAW : *of.name != '\0' ? KTEL_READ_GET : KTEL_READ_LIST;
    read.group = of.group;
    read.resource = of.resource;
    read.ns = of.ns;
    read.name = of.name;
    read.url = of.url;
    read.cluster_scoped = of.cluster;
    read.optional = of.optional;
    auto field =
        ktel::test::make_field(("f" + std::to_string(job.fields.size())).c_str(), KTEL_T_COUNT);
    field.from = {read.id};
    job.reads.push_back(read);
    job.fields.push_back(field);
  }
  return job;
}

// Without the words above the roles.
std::string roles(const std::vector<Job>& jobs, const std::vector<std::string>& namespaces = {}) {
  const std::string text = roles_yaml(jobs, namespaces);
  const auto begin = text.find("---\n");
  return begin == text.npos ? "" : text.substr(begin);
}

std::string role(const std::string& kind, const std::string& metadata) {
  return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: " + kind + "\nmetadata:\n" +
         metadata + "rules:\n";
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/roles");

TEST_CASE("a rule is there once, with the fields of all jobs above it") {
  CHECK(roles({job("one", {{.resource = "pods"}, {.url = "/version"}}),
               job("two", {{.group = "apps", .resource = "deployments"}, {.resource = "pods"}})}) ==
        role("ClusterRole", "  name: ktel\n") +
            "  # one: f0\n  # two: f1\n"
            "  - apiGroups: [\"\"]\n    resources: [pods]\n    verbs: [list]\n"
            "  # two: f0\n"
            "  - apiGroups: [apps]\n    resources: [deployments]\n    verbs: [list]\n"
            "  # one: f1\n"
            "  - nonResourceURLs: [/version]\n    verbs: [get]\n");
}

TEST_CASE("who may list all may list one; an optional rule covers no required one") {
  const Of all = {.resource = "configmaps"};
  const Of one = {.resource = "configmaps", .ns = "kube-system", .name = "kubeadm-config"};
  const std::string whole =
      "  - apiGroups: [\"\"]\n    resources: [configmaps]\n    verbs: [list]\n";
  const std::string named =
      "  - apiGroups: [\"\"]\n    resources: [configmaps]\n    resourceNames: [kubeadm-config]\n"
      "    verbs: [list]\n";
  CHECK(roles({job("one", {one}), job("two", {all})}) ==
        role("ClusterRole", "  name: ktel\n") + "  # one: f0\n  # two: f0\n" + whole);

  Of perhaps = all;
  perhaps.optional = true;
  CHECK(roles({job("one", {one}), job("two", {perhaps})}) ==
        role("Role", "  name: ktel\n  namespace: kube-system\n") + "  # one: f0\n" + named +
            role("ClusterRole", "  name: ktel-optional\n") + "  # two: f0\n" + whole);
}

TEST_CASE("in namespaces: a Role in each, and what no Role can give is said") {
  const std::vector<Job> jobs = {
      job("one", {{.resource = "pods"},
                  {.resource = "nodes", .cluster = true},
                  {.resource = "configmaps", .ns = "kube-system", .name = "kubeadm-config"},
                  {.url = "/version"},
                  {.resource = "secrets", .ns = "b"}})};
  const std::string pods =
      "  # one: f0\n  - apiGroups: [\"\"]\n    resources: [pods]\n    verbs: [list]\n";
  CHECK(roles(jobs, {"a", "b"}) ==
        role("Role", "  name: ktel\n  namespace: a\n") + pods +
            role("Role", "  name: ktel\n  namespace: b\n") + pods +
            "  # one: f4\n  - apiGroups: [\"\"]\n    resources: [secrets]\n    verbs: [list]\n"
            "---\n"
            "# No Role in these namespaces can give the following, and its fields stay absent:\n"
            "# list configmaps named kubeadm-config in namespace kube-system\n#   # one: f2\n"
            "# list nodes\n#   # one: f1\n"
            "# get /version\n#   # one: f3\n");
}

TEST_CASE("the head says how to bind the roles that are there, and no others") {
  Of perhaps = {.resource = "configmaps", .ns = "kube-system"};
  perhaps.optional = true;
  const std::string text = roles_yaml(std::vector{job("one", {{.resource = "pods"}, perhaps})});
  CHECK(
      text.find("#   kubectl create clusterrolebinding ktel --clusterrole=ktel "
                "--serviceaccount=NAMESPACE:NAME\n"
                "#   kubectl create rolebinding ktel-optional -n kube-system --role=ktel-optional "
                "--serviceaccount=NAMESPACE:NAME\n---\n") != text.npos);
}

TEST_CASE("jobs that read nothing need nothing") {
  const std::string text = roles_yaml(std::vector{job("one", {})});
  CHECK(text.ends_with("# Nothing else: these jobs read no objects.\n"));
  CHECK(text.starts_with("# What ktel must be allowed to read for: one.\n"));
}

TEST_SUITE_END();
