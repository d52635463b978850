// What is read of workloads, how Kong's own are known, and which marks installers leave on them.
//
// Tables, read by identify_deployment.cpp, in the order in which they are tried.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>

namespace deployment {

namespace sdk = ktel::sdk;

// ---- what is read ----

// One workload a row. Of names only the namespace is read, to keep installations apart; that of a
// Helm release shows as a value of the meta.helm.sh annotations. Neither is reported. Secrets,
// where Helm keeps its releases, are not read.
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
              "metadata.annotations['meta.helm.sh/*'] "
              "metadata.labels['app'] "
              "metadata.labels['app.kubernetes.io/version'] "
              "metadata.labels['argocd.argoproj.io/instance'] "
              "metadata.labels['gateway-operator.konghq.com/managed-by'] "
              "metadata.labels['helm.sh/chart'] "
              "metadata.labels['helm.toolkit.fluxcd.io/*'] "
              "metadata.labels['konghq.com/gateway-operator'] "
              "metadata.labels['kustomize.toolkit.fluxcd.io/*'] "
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
// than a cell holds costs the fields made of variables and nothing else.
constexpr ktel_read variables(const char* id, const char* resource) {
  return {.id = id,
          .verb = KTEL_READ_LIST,
          .flags = KTEL_READ_OPTIONAL,
          .group = "apps",
          .versions = "v1",
          .resource = resource,
          .paths =
              "metadata.namespace "
              "metadata.labels['gateway-operator.konghq.com/managed-by'] "
              "metadata.labels['helm.sh/chart'] "
              "spec.template.spec.containers[*].image "
              "spec.template.spec.containers[*].name "
              "spec.template.spec.containers[*].env[*].name",
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
constexpr std::uint32_t workload_reads[] = {0, 1, 2};
constexpr std::uint32_t variable_reads[] = {3, 4, 5};

consteval std::uint32_t cell(const char* path) { return sdk::path_of(reads[0], path); }
consteval std::uint32_t variable_cell(const char* path) { return sdk::path_of(reads[3], path); }

// ---- what is Kong's ----

enum class Part { none, gateway, controller, operator_ };

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
    {Part::operator_, "kong/kong-operator", "kong-operator", "manager"},
    {Part::operator_, "kong/gateway-operator", "gateway-operator", "manager"},
    {Part::operator_, "kong/gateway-operator-oss", "gateway-operator-oss", "manager"},
};

// An image of the user's own making is Kong's if the container is called so in a workload of Kong's
// chart or operator.
struct OwnImage {
  Part part;
  const char* container;
};
constexpr OwnImage own_images[] = {{Part::gateway, "proxy"},
                                   {Part::controller, "ingress-controller"},
                                   {Part::operator_, "manager"}};

// Charts whose app.kubernetes.io/version says something, and about what.
struct Chart {
  const char* name;
  Part version_of;
};
constexpr Chart charts[] = {
    {"kong", Part::gateway},
    {"gateway", Part::gateway},
    {"kong-operator", Part::operator_},
    {"gateway-operator", Part::operator_},
};

// ---- what installed it: the first line that is there on any workload of an installation wins ----

struct Mark {
  const char* lifecycle;
  std::uint32_t cell;
  const char* value = nullptr;  // nullptr: any; else this text, or a prefix of it before a '*'
};
constexpr std::uint32_t managers = cell("metadata.managedFields[*].manager");
constexpr Mark marks[] = {
    {"operator", cell("metadata.labels['gateway-operator.konghq.com/managed-by']")},
    {"operator", cell("metadata.labels['konghq.com/gateway-operator']")},
    {"operator", cell("metadata.ownerReferences[*].apiVersion"), "gateway-operator.konghq.com/*"},
    {"argocd", cell("metadata.annotations['argocd.argoproj.io/tracking-id']")},
    {"argocd", cell("metadata.labels['argocd.argoproj.io/instance']")},
    {"argocd", managers, "argocd-controller"},
    {"flux", cell("metadata.labels['helm.toolkit.fluxcd.io/*']")},
    {"flux", cell("metadata.labels['kustomize.toolkit.fluxcd.io/*']")},
    {"flux", managers, "kustomize-controller"},
    {"flux", managers, "helm-controller"},
    {"olm", cell("metadata.labels['olm.owner']")},
    {"olm", cell("metadata.labels['operators.coreos.com/*']")},
    // managed-by=Helm is no sign: the chart writes it itself, also into what others apply
    {"helm", cell("metadata.annotations['meta.helm.sh/*']")},
    {"helm", managers, "helm"},
    {"chart", cell("metadata.labels['helm.sh/chart']")},
    {"terraform", managers, "Terraform"},
    {"terraform", managers, "HashiCorp"},
    {"pulumi", managers, "pulumi-kubernetes*"},
    {"manifests", managers, "kubectl-client-side-apply"},
    {"manifests", managers, "kubectl"},
    {"manifests", cell("metadata.labels['app']"), "ingress-kong"},
    {"manifests", cell("metadata.labels['app']"), "proxy-kong"},
};

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
    {"controller-only", "a controller without a gateway in its namespace"},
    {"unknown", "none of these"},
};

constexpr ktel_label databases[] = {
    {"off", "no database: DB-less"},
    {"postgres", "PostgreSQL"},
    {"unknown", "not told"},
};

}  // namespace deployment
