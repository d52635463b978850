// A declaration as it is printed, whole: to be read as text.
#include "standard/describe.hpp"

#include <doctest/doctest.h>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "sample.hpp"

using ktel::standard::describe_json;
using ktel::standard::describe_yaml;

TEST_SUITE_BEGIN("core/standard/describe");

TEST_CASE("a declaration is printed in the form of the standard") {
  CHECK(describe_yaml(ktel::test::sample_job()) == R"(standard: 1
job: identify-platform
title: Platform identity
summary: Which kind of cluster the product runs on.
question: Which platforms must each release be tested on?
benefit: Your platform and version stay in the tested matrix.
owner: team-platform
contact: telemetry@example.org
since: 0.1.0
expires: 2028-06-30
stability: stable
timeout: 10s
params:
  namespace: {type: text, default: kong, description: Where the product runs.}
needs:
  cluster-state: {paths: [nodes_count], optional: true}
reads:
  version: {verb: RAW, path: /version, paths: [gitVersion, platform], why: Says the version.}
  nodes: {verb: LIST, versions: [v1], resource: nodes, scope: cluster, paths: [spec.providerID,
    "metadata.labels['eks.amazonaws.com/nodegroup']"], when: version, optional: true,
    why: Vendors mark their nodes.}
  kinds: {verb: SERVED, group: "*", why: Says what is installed.}
access:  # derived from reads, never written by hand
  - {nonResourceURLs: [/version], verbs: [get], for: [kubernetes_version, nodes_by_arch, provider]}
  - {apiGroups: [""], resources: [nodes], verbs: [list], for: [nodes_by_arch, provider]}
fields:
  provider:
    type: enum
    values: {GKE: Google, AWS: Amazon EKS, UNKNOWN: not recognised}
    other: UNKNOWN
    sensitivity: environment
    from: [version, nodes]
    description: "Managed offering, from version suffix, provider id and node labels."
    example: GKE
    absent_when: Nodes cannot be listed and the version names no vendor.
  kubernetes_version:
    type: semver
    sensitivity: environment
    granularity: full
    from: [version]
    description: "The API server's own gitVersion."
    example: "1.24"
    absent_when: The server does not say.
    alias: k8sv
  nodes_by_arch:
    type: map
    item: count
    keys: {amd64: x86-64, other: any other}
    other: other
    min: 0
    max: 5000
    unit: "{node}"
    sensitivity: scale
    granularity: pow2
    from: [nodes]
    description: Nodes by the architecture their kubelet reports.
    example: {amd64: 4}
    absent_when: Nodes cannot be listed.
    metric: gauge
    stability: development
)");
}

TEST_CASE("the tree holds the same members in the same order") {
  const auto tree = describe_json(ktel::test::sample_job());

  const auto& object = tree.as_object();
  CHECK(object.begin()->key() == "standard");
  CHECK(object.at("reads").as_object().at("nodes").as_object().at("verb") == "LIST");
  CHECK(object.at("fields").as_object().at("kubernetes_version").as_object().at("example") ==
        "1.24");
}

TEST_SUITE_END();
