// What is read of workloads, how Kong's own are known, and which marks installers leave on them.
//
// Tables, read by identify_deployment.cpp, in the order in which they are tried.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>
#include <optional>

namespace deployment {

namespace sdk = ktel::sdk;

// ---- what is read ----

// One workload a row. Of names those of the namespace and of the release are read, to keep
// installations apart; neither is reported. Secrets, where Helm keeps its releases, are not read.
constexpr ktel_read workloads(const char* resource) {
  return {.id = resource,
          .verb = KTEL_READ_LIST,
          .group = "apps",
          .versions = "v1",
          .resource = resource,
          .paths =
              "metadata.namespace "
              "metadata.creationTimestamp "
              "metadata.annotations['argocd.argoproj.io/tracking-id'] "
              "metadata.annotations['meta.helm.sh/release-name'] "
              "metadata.labels['app'] "
              "metadata.labels['app.kubernetes.io/instance'] "
              "metadata.labels['app.kubernetes.io/version'] "
              "metadata.labels['argocd.argoproj.io/instance'] "
              "metadata.labels['gateway-operator.konghq.com/managed-by'] "
              "metadata.labels['helm.sh/chart'] "
              "metadata.labels['helm.toolkit.fluxcd.io/name'] "
              "metadata.labels['konghq.com/gateway-operator'] "
              "metadata.labels['kustomize.toolkit.fluxcd.io/name'] "
              "metadata.labels['olm.owner'] "
              "metadata.labels['operators.coreos.com/*'] "
              "metadata.managedFields[*].manager "
              "metadata.managedFields[*].subresource "
              "metadata.managedFields[*].time "
              "metadata.ownerReferences[*].apiVersion "
              "spec.template.spec.containers[*].image "
              "spec.template.spec.containers[*].name "
              "status.conditions[*].lastUpdateTime "
              "status.conditions[*].type",
          .why = "Finds Kong by its images, and what installed it by the marks it left."};
}

// Shares the list of the read above. Kept apart from it, so that a workload with more variables
// than a cell holds costs the fields made of variables and nothing else. The prefix of an envFrom
// is read to see that there is one; of its ConfigMap or Secret not even the name is.
constexpr ktel_read variables(const char* id, const char* resource) {
  return {.id = id,
          .verb = KTEL_READ_LIST,
          .flags = KTEL_READ_OPTIONAL,
          .group = "apps",
          .versions = "v1",
          .resource = resource,
          .paths =
              "metadata.namespace "
              "metadata.annotations['meta.helm.sh/release-name'] "
              "metadata.labels['app.kubernetes.io/instance'] "
              "metadata.labels['gateway-operator.konghq.com/managed-by'] "
              "metadata.labels['helm.sh/chart'] "
              "metadata.labels['konghq.com/gateway-operator'] "
              "spec.template.spec.containers[*].image "
              "spec.template.spec.containers[*].name "
              "spec.template.spec.containers[*].env[*].name "
              "spec.template.spec.containers[*].envFrom[*].prefix",
          .why = "The names of variables, never their values, tell database and topology."};
}

constexpr ktel_read reads[] = {
    workloads("deployments"),
    workloads("daemonsets"),
    workloads("statefulsets"),
    variables("deployment-variables", "deployments"),
    variables("daemonset-variables", "daemonsets"),
    variables("statefulset-variables", "statefulsets"),
};

struct Kind {
  std::uint32_t workloads;
  std::uint32_t variables;
};
constexpr Kind kinds[] = {
    {sdk::index_of(reads, "deployments"), sdk::index_of(reads, "deployment-variables")},
    {sdk::index_of(reads, "daemonsets"), sdk::index_of(reads, "daemonset-variables")},
    {sdk::index_of(reads, "statefulsets"), sdk::index_of(reads, "statefulset-variables")},
};

// For `from`.
constexpr const char* from_workloads = "deployments daemonsets statefulsets";
constexpr const char* from_variables_too =
    "deployments daemonsets statefulsets "
    "deployment-variables daemonset-variables statefulset-variables";

// Reads of one sort have the same paths, so a cell is the same in all of them.
consteval std::uint32_t cell(const char* path) {
  return sdk::path_of(reads[kinds[0].workloads], path);
}
consteval std::uint32_t variable_cell(const char* path) {
  return sdk::path_of(reads[kinds[0].variables], path);
}

// What both sorts have: whose the workload is, and what is in it.
struct CommonCells {
  std::uint32_t ns;
  std::uint32_t helm_release;
  std::uint32_t instance;
  std::uint32_t chart;
  std::uint32_t managed_by;
  std::uint32_t managed_by_before_1_0;
  std::uint32_t images;
  std::uint32_t containers;
};
consteval CommonCells common_cells(const ktel_read& read) {
  return {
      .ns = sdk::path_of(read, "metadata.namespace"),
      .helm_release = sdk::path_of(read, "metadata.annotations['meta.helm.sh/release-name']"),
      .instance = sdk::path_of(read, "metadata.labels['app.kubernetes.io/instance']"),
      .chart = sdk::path_of(read, "metadata.labels['helm.sh/chart']"),
      .managed_by = sdk::path_of(read, "metadata.labels['gateway-operator.konghq.com/managed-by']"),
      .managed_by_before_1_0 = sdk::path_of(read, "metadata.labels['konghq.com/gateway-operator']"),
      .images = sdk::path_of(read, "spec.template.spec.containers[*].image"),
      .containers = sdk::path_of(read, "spec.template.spec.containers[*].name")};
}
constexpr CommonCells of_workloads = common_cells(reads[kinds[0].workloads]);
constexpr CommonCells of_variables = common_cells(reads[kinds[0].variables]);

// ---- what is Kong's ----

enum class Part { gateway, controller, kong_operator };
constexpr Part all_parts[] = {Part::gateway, Part::controller, Part::kong_operator};

// Registries are mirrored, so an image is compared by the end of its path. `image` as a whole is
// enough; its last element alone may be anybody's and needs the name of the container too.
struct Image {
  Part part;
  const char* image;
  const char* last;
  const char* container;
};
constexpr Image images[] = {
    {Part::gateway, "kong/kong-gateway", "kong-gateway", "proxy"},
    {Part::gateway, "kong/kong", "kong", "proxy"},
    {Part::gateway, "library/kong", "kong", "proxy"},
    {Part::gateway, "kong", "kong", "proxy"},
    {Part::controller, "kong/kubernetes-ingress-controller", "kubernetes-ingress-controller",
     "ingress-controller"},
    {Part::kong_operator, "kong/kong-operator", "kong-operator", "manager"},
    {Part::kong_operator, "kong/gateway-operator", "gateway-operator", "manager"},
    {Part::kong_operator, "kong/gateway-operator-oss", "gateway-operator-oss", "manager"},
};

// An image of the user's own making, or from a mirror that renames, is Kong's if the container is
// called so in a workload of Kong's chart or operator. The operator before 2.0 calls the controller
// "controller".
struct OwnImage {
  Part part;
  const char* container;
};
constexpr OwnImage own_images[] = {{Part::gateway, "proxy"},
                                   {Part::controller, "ingress-controller"},
                                   {Part::controller, "controller"},
                                   {Part::kong_operator, "manager"}};

// Kong's charts. Those called ingress, controller or gateway may be anybody's, so they do not make
// a workload Kong's. `version_of`: of which part app.kubernetes.io/version speaks.
struct Chart {
  const char* name;
  bool is_kongs_alone;
  std::optional<Part> version_of = std::nullopt;
};
constexpr Chart charts[] = {
    {"kong", true, Part::gateway},
    {"ingress", false},
    {"controller", false},
    {"gateway", false, Part::gateway},
    {"kong-operator", true, Part::kong_operator},
    {"gateway-operator", true, Part::kong_operator},
};

// From this release on the operator is the controller; before, it runs controllers of their own.
constexpr int controller_since_operator = 2;

// ---- what installed it: the first line that is there on any workload of an installation wins ----

enum class Value { any, is, begins };

struct Mark {
  const char* lifecycle;
  std::uint32_t cell;
  Value value = Value::any;
  const char* text = "";
};
constexpr std::uint32_t managers = cell("metadata.managedFields[*].manager");
constexpr Mark marks[] = {
    {"operator", cell("metadata.labels['gateway-operator.konghq.com/managed-by']")},
    {"operator", cell("metadata.labels['konghq.com/gateway-operator']")},
    {"operator", cell("metadata.ownerReferences[*].apiVersion"), Value::begins,
     "gateway-operator.konghq.com/"},
    {"argocd", cell("metadata.annotations['argocd.argoproj.io/tracking-id']")},
    {"argocd", cell("metadata.labels['argocd.argoproj.io/instance']")},
    {"argocd", managers, Value::is, "argocd-controller"},
    {"flux", cell("metadata.labels['helm.toolkit.fluxcd.io/name']")},
    {"flux", cell("metadata.labels['kustomize.toolkit.fluxcd.io/name']")},
    {"flux", managers, Value::is, "kustomize-controller"},
    {"flux", managers, Value::is, "helm-controller"},
    {"olm", cell("metadata.labels['olm.owner']")},
    {"olm", cell("metadata.labels['operators.coreos.com/*']")},
    // managed-by=Helm is no sign: the chart writes it itself, also into what others apply
    {"helm", cell("metadata.annotations['meta.helm.sh/release-name']")},
    {"helm", managers, Value::is, "helm"},
    {"chart", cell("metadata.labels['helm.sh/chart']")},
    {"terraform", managers, Value::is, "Terraform"},
    {"terraform", managers, Value::is, "HashiCorp"},
    {"pulumi", managers, Value::begins, "pulumi-kubernetes"},
    {"manifests", managers, Value::is, "kubectl-client-side-apply"},
    {"manifests", managers, Value::is, "kubectl"},
    {"manifests", cell("metadata.labels['app']"), Value::is, "ingress-kong"},
    {"manifests", cell("metadata.labels['app']"), Value::is, "proxy-kong"},
};

// Writes statuses, and on servers before 1.22 nothing tells that from a rollout.
constexpr const char* writer_of_statuses = "kube-controller-manager";

// ---- what the values mean ----

constexpr ktel_label lifecycles[] = {
    {"operator", "Kong's operator"},
    {"argocd", "Argo CD"},
    {"flux", "Flux"},
    {"olm", "Operator Lifecycle Manager"},
    {"helm", "a Helm release"},
    {"chart", "a chart, rendered and applied without Helm"},
    {"terraform", "Terraform, without Helm"},
    {"pulumi", "Pulumi, without Helm"},
    {"manifests", "kubectl, with manifests"},
    {"none", "Kong is not installed"},
    {"unknown", "installed without a mark that is known"},
};

constexpr ktel_label topologies[] = {
    {"classic", "controller and gateway in one Pod"},
    {"gateway-discovery", "controller and gateway apart"},
    {"operator", "the gateway's controller is in the operator"},
    {"hybrid", "data planes of a control plane elsewhere"},
    {"gateway-only", "a gateway without a controller"},
    {"controller-only", "a controller without a gateway"},
    {"unknown", "none of these, or it depends on values that are not read"},
};

constexpr ktel_label databases[] = {
    {"off", "no database: DB-less"},
    {"postgres", "PostgreSQL"},
    {"unknown", "it depends on values that are not read"},
};

}  // namespace deployment
