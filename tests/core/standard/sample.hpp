// A declaration with one of everything.
#pragma once

#include <string>

#include <ktel/abi/job.h>

#include "plugin/declaration.hpp"

namespace ktel::test {

inline plugin::Field make_field(const char* name, std::uint32_t type, std::uint32_t item = 0) {
  plugin::Field field;
  field.name = name;
  field.type = type;
  field.item = item;
  field.sensitivity = KTEL_S_SCALE;
  field.stability = KTEL_STABLE;
  field.since = "0.1.0";
  field.expires = "2028-06-30";
  return field;
}

inline std::vector<json::Path> paths(const std::string& text) {
  return json::parse_paths(text).value();
}

inline plugin::Job sample_job() {
  plugin::Job job;
  job.name = "identify-platform";
  job.title = "Platform identity";
  job.summary = "Which kind of cluster the product runs on.";
  job.question = "Which platforms must each release be tested on?";
  job.benefit = "Your platform and version stay in the tested matrix.";
  job.owner = "team-platform";
  job.contact = "telemetry@example.org";
  job.since = "0.1.0";
  job.expires = "2028-06-30";
  job.stability = KTEL_STABLE;
  job.timeout_ms = 10'000;

  plugin::Read version;
  version.id = "version";
  version.verb = KTEL_READ_RAW;
  version.url = "/version";
  version.paths = paths("gitVersion platform");
  version.why = "Says the version.";
  plugin::Read nodes;
  nodes.id = "nodes";
  nodes.verb = KTEL_READ_LIST;
  nodes.cluster_scoped = true;
  nodes.versions = {"v1"};
  nodes.resource = "nodes";
  nodes.paths = paths("spec.providerID metadata.labels['eks.amazonaws.com/nodegroup']");
  nodes.when_read = "version";
  nodes.optional = true;
  nodes.why = "Vendors mark their nodes.";
  plugin::Read kinds;
  kinds.id = "kinds";
  kinds.verb = KTEL_READ_SERVED;
  kinds.group = "*";
  kinds.why = "Says what is installed.";
  job.reads = {version, nodes, kinds};

  plugin::Field provider = make_field("provider", KTEL_T_ENUM);
  provider.values = {{"GKE", "Google"}, {"AWS", "Amazon EKS"}, {"UNKNOWN", "not recognised"}};
  provider.other = "UNKNOWN";
  provider.sensitivity = KTEL_S_ENVIRONMENT;
  provider.from = {"version", "nodes"};
  provider.description = "Managed offering, from version suffix, provider id and node labels.";
  provider.example = "GKE";
  provider.absent_when = "Nodes cannot be listed and the version names no vendor.";
  plugin::Field kubernetes = make_field("kubernetes_version", KTEL_T_SEMVER);
  kubernetes.sensitivity = KTEL_S_ENVIRONMENT;
  kubernetes.from = {"version"};
  kubernetes.description = "The API server's own gitVersion.";
  kubernetes.example = "1.24";
  kubernetes.absent_when = "The server does not say.";
  kubernetes.alias = "k8sv";
  plugin::Field by_arch = make_field("nodes_by_arch", KTEL_T_MAP, KTEL_T_COUNT);
  by_arch.values = {{"amd64", "x86-64"}, {"other", "any other"}};
  by_arch.other = "other";
  by_arch.unit = "{node}";
  by_arch.granularity = KTEL_G_POW2;
  by_arch.max = 5000;
  by_arch.from = {"nodes"};
  by_arch.description = "Nodes by the architecture their kubelet reports.";
  by_arch.example = R"({"amd64": 4})";
  by_arch.absent_when = "Nodes cannot be listed.";
  by_arch.stability = KTEL_DEVELOPMENT;
  by_arch.metric = KTEL_M_GAUGE;
  job.fields = {provider, kubernetes, by_arch};
  for (plugin::Field& field : job.fields) {
    field.question = job.question;
    field.benefit = job.benefit;
    field.owner = job.owner;
  }

  plugin::Param ns;
  ns.name = "namespace";
  ns.type = KTEL_T_TEXT;
  ns.description = "Where the product runs.";
  ns.has_default = true;
  ns.default_text = "kong";
  job.params = {ns};
  plugin::Need need;
  need.job = "cluster-state";
  need.paths = paths("nodes_count");
  need.optional = true;
  job.needs = {need};
  return job;
}

}  // namespace ktel::test
