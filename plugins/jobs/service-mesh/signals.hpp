// Which service meshes are known, what is read to find them, and the marks that each leaves.
//
// Tables, read by service_mesh.cpp; the order of their lines says nothing. A new mesh is a value of
// `Mesh`, its label in `meshes`, and a line in each table where it leaves a mark. Patterns are
// words of which one must fit; a '*' at an end of a word is any text.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>

namespace service_mesh {

namespace sdk = ktel::sdk;

// ---- the meshes ----

enum class Mesh : std::uint8_t {
  istio,
  linkerd,
  kuma,
  kong_mesh,
  consul,
  traefik_mesh,
  app_mesh,
  cilium,
  open_service_mesh,
  flomesh,
  nginx_service_mesh,
  // What marks say before it is a name: Istio without sidecars, and one of two that leave the same.
  ambient,
  kuma_or_kong_mesh,
};
constexpr std::size_t named_meshes = static_cast<std::size_t>(Mesh::ambient);
constexpr std::size_t mesh_count = static_cast<std::size_t>(Mesh::kuma_or_kong_mesh) + 1;

// In the order of `Mesh`.
constexpr ktel_label meshes[] = {
    {"istio", "Istio, with sidecars or ambient"},
    {"linkerd", "Linkerd"},
    {"kuma", "Kuma, or Kong Mesh where nothing tells them apart"},
    {"kong-mesh", "Kong Mesh, or Kuma where nothing tells them apart"},
    {"consul", "Consul"},
    {"traefik-mesh", "Traefik Mesh, formerly Maesh"},
    {"app-mesh", "AWS App Mesh"},
    {"cilium", "Cilium, where its Envoy is configured as a mesh"},
    {"open-service-mesh", "Open Service Mesh"},
    {"flomesh", "Flomesh Service Mesh"},
    {"nginx-service-mesh", "NGINX Service Mesh"},
    {"other", "none of these"},
};
static_assert(std::size(meshes) == named_meshes + 1);

constexpr ktel_label data_planes[] = {
    {"ambient", "a proxy on the node, Istio's ambient mode"},
    {"native-sidecar", "a proxy in an init container that stays"},
    {"sidecar", "a proxy in a container beside the product's"},
    {"other", "none of these"},
};

constexpr ktel_label node_agents[] = {
    {"consul-cni", "Consul's CNI plugin"},
    {"istio-cni", "Istio's CNI plugin; ambient needs it, sidecars may use it"},
    {"kuma-cni", "the CNI plugin of Kuma or Kong Mesh"},
    {"linkerd-cni", "Linkerd's CNI plugin"},
    {"ztunnel", "the proxies of Istio's ambient mode"},
    {"other", "none of these"},
};

// ---- what the operator may set ----

constexpr ktel_param params[] = {
    {.name = "pod_namespace",
     .type = KTEL_T_TEXT,
     .description = "Namespace of the product's own Pod. Without it nothing is said of the product "
                    "itself.",
     .env = "POD_NAMESPACE"},
    {.name = "pod_name",
     .type = KTEL_T_TEXT,
     .description = "Name of a Pod of the product, its controller or its gateway. Without it "
                    "nothing is said of the product itself.",
     .env = "POD_NAME"},
    {.name = "proxy_service",
     .type = KTEL_T_TEXT,
     .description = "Service in front of the product's proxy, NAME or NAMESPACE/NAME. Without it "
                    "only the Pod is looked at; Traefik Mesh marks nothing but Services.",
     .env = "CONTROLLER_PUBLISH_SERVICE"},
};

// ---- what is read ----

// A CRD that is there is served. Servers since 1.26 answer all of these in one request.
constexpr ktel_read served(const char* id, const char* group, const char* resource,
                           const char* why) {
  return {.id = id,
          .verb = KTEL_READ_SERVED,
          .group = group,
          .versions = "v1 *",
          .resource = resource,
          .paths = "kind",
          .why = why};
}

// Names are compared with what Endpoints point to. Pods are many, so their list waits for those.
constexpr ktel_read pods_behind(const char* endpoints, const char* id, const char* why) {
  return {.id = id,
          .verb = KTEL_READ_LIST,
          .versions = "v1",
          .resource = "pods",
          .paths =
              "metadata.namespace "
              "metadata.name "
              "metadata.annotations['ambient.istio.io/redirection'] "
              "spec.containers[*].name "
              "spec.initContainers[*].name "
              "spec.initContainers[*].restartPolicy",
          .when = endpoints,
          .why = why};
}

constexpr ktel_read reads[] = {
    {.id = "namespaces",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "namespaces",
     .paths = "metadata.name "
              "metadata.annotations['flomesh.io/sidecar-injection'] "
              "metadata.annotations['kuma.io/sidecar-injection'] "
              "metadata.annotations['linkerd.io/inject'] "
              "metadata.annotations['openservicemesh.io/sidecar-injection'] "
              "metadata.labels['appmesh.k8s.aws/sidecarInjectorWebhook'] "
              "metadata.labels['flomesh.io/monitored-by'] "
              "metadata.labels['injector.nsm.nginx.com/auto-inject'] "
              "metadata.labels['istio-injection'] "
              "metadata.labels['istio.io/dataplane-mode'] "
              "metadata.labels['istio.io/rev'] "
              "metadata.labels['kuma.io/sidecar-injection'] "
              "metadata.labels['kuma.io/system-namespace'] "
              "metadata.labels['linkerd.io/is-control-plane'] "
              "metadata.labels['openservicemesh.io/monitored-by']",
     .why = "Which namespaces are those of meshes, and what the product's own asks of them."},
    {.id = "services",
     .verb = KTEL_READ_LIST,
     .versions = "v1",
     .resource = "services",
     .paths = "metadata.namespace "
              "metadata.name "
              "metadata.annotations['mesh.traefik.io/traffic-type'] "
              "metadata.labels['app'] "
              "metadata.labels['app.kubernetes.io/name'] "
              "metadata.labels['component'] "
              "metadata.labels['istio']",
     .why = "Finds control planes by name and label, and is what the share of meshes is a share "
            "of."},
    served("istio", "networking.istio.io", "virtualservices", "Istio brings it."),
    served("linkerd", "linkerd.io", "serviceprofiles", "Linkerd brings it."),
    served("linkerd-policy", "policy.linkerd.io", nullptr, "Linkerd from 2.11 on brings it."),
    served("linkerd-workload", "workload.linkerd.io", nullptr, "Linkerd from 2.15 on brings it."),
    served("kuma", "kuma.io", "meshes", "Kuma and Kong Mesh bring it."),
    served("consul", "consul.hashicorp.com", "meshes", "Consul brings it."),
    served("app-mesh", "appmesh.k8s.aws", "meshes", "AWS App Mesh brings it."),
    served("open-service-mesh", "config.openservicemesh.io", "meshconfigs",
           "Open Service Mesh brings it."),
    served("flomesh", "config.flomesh.io", "meshconfigs", "Flomesh brings it."),
    served("flomesh-clusters", "flomesh.io", nullptr, "Flomesh brings it."),
    served("nginx", "nsm.nginx.com", "meshconfigs", "NGINX Service Mesh brings it."),
    served("nginx-rate-limits", "specs.smi.nginx.com", "ratelimits",
           "NGINX Service Mesh brings it."),
    served("cilium", "cilium.io", "ciliumenvoyconfigs",
           "Cilium brings it, also where it is no mesh."),
    {.id = "cilium-config",
     .verb = KTEL_READ_GET,
     .flags = KTEL_READ_OPTIONAL,
     .versions = "v1",
     .resource = "configmaps",
     .ns = "kube-system",
     .name = "cilium-config",
     .paths = "data['enable-envoy-config'] "
              "data['enable-gateway-api'] "
              "data['enable-ingress-controller'] "
              "data['enable-l7-proxy']",
     .when = "cilium",
     .why = "The switches that make a mesh of Cilium; asked for only where Cilium is."},
    {.id = "gateway-classes",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .flags = KTEL_READ_OPTIONAL,
     .group = "gateway.networking.k8s.io",
     .versions = "v1 *",
     .resource = "gatewayclasses",
     .paths = "spec.controllerName",
     .when = "!cilium-config",
     .why = "Cilium's own class; asked for only where Cilium is, and configured elsewhere."},
    {.id = "daemonsets",
     .verb = KTEL_READ_LIST,
     .flags = KTEL_READ_OPTIONAL,
     .group = "apps",
     .versions = "v1",
     .resource = "daemonsets",
     .paths = "metadata.name metadata.labels['app'] metadata.labels['component']",
     .why = "What meshes run on every node."},
    {.id = "own-pod",
     .verb = KTEL_READ_GET,
     .versions = "v1",
     .resource = "pods",
     .ns = "${pod_namespace}",
     .name = "${pod_name}",
     .paths = "metadata.annotations['ambient.istio.io/redirection'] "
              "metadata.annotations['consul.hashicorp.com/connect-inject'] "
              "metadata.annotations['consul.hashicorp.com/connect-inject-status'] "
              "metadata.annotations['flomesh.io/sidecar-injection'] "
              "metadata.annotations['injector.nsm.nginx.com/status'] "
              "metadata.annotations['kuma.io/sidecar-injected'] "
              "metadata.annotations['kuma.io/sidecar-injection'] "
              "metadata.annotations['linkerd.io/inject'] "
              "metadata.annotations['linkerd.io/proxy-version'] "
              "metadata.annotations['openservicemesh.io/sidecar-injection'] "
              "metadata.annotations['sidecar.istio.io/inject'] "
              "metadata.annotations['sidecar.istio.io/status'] "
              "metadata.labels['fsm-proxy-uuid'] "
              "metadata.labels['istio.io/dataplane-mode'] "
              "metadata.labels['kuma.io/sidecar-injection'] "
              "metadata.labels['linkerd.io/control-plane-ns'] "
              "metadata.labels['osm-proxy-uuid'] "
              "metadata.labels['sidecar.istio.io/inject'] "
              "spec.containers[*].image "
              "spec.containers[*].name "
              "spec.initContainers[*].name "
              "spec.initContainers[*].restartPolicy",
     .why = "What meshes have put into the product's own Pod."},
    {.id = "slices",
     .verb = KTEL_READ_LIST,
     .group = "discovery.k8s.io",
     .versions = "v1 v1beta1",
     .resource = "endpointslices",
     .paths = "metadata.namespace "
              "metadata.labels['kubernetes.io/service-name'] "
              "endpoints[*].targetRef.kind "
              "endpoints[*].targetRef.namespace "
              "endpoints[*].targetRef.name",
     .why = "Which Pods are behind which Service."},
    pods_behind("slices", "pods", "The proxies beside them; read only where slices could be."),
    // Clusters before 1.18 have no slices, or have the kind and nobody who fills it.
    {.id = "endpoints",
     .verb = KTEL_READ_LIST,
     .flags = KTEL_READ_OPTIONAL,
     .versions = "v1",
     .resource = "endpoints",
     .paths = "metadata.namespace "
              "metadata.name "
              "subsets[*].addresses[*].targetRef.kind "
              "subsets[*].addresses[*].targetRef.namespace "
              "subsets[*].addresses[*].targetRef.name "
              "subsets[*].notReadyAddresses[*].targetRef.kind "
              "subsets[*].notReadyAddresses[*].targetRef.namespace "
              "subsets[*].notReadyAddresses[*].targetRef.name",
     .when = "!slices",
     .why = "Which Pods are behind which Service, on clusters older than slices."},
    pods_behind("endpoints", "endpoint-pods",
                "The proxies beside them, on clusters older than slices."),
    // App Mesh calls its sidecar "envoy", as many do, so there images decide. `when` takes one
    // read: the second waits for the first, which shares the list of slices and has rows only
    // where both App Mesh and slices are.
    {.id = "app-mesh-slices",
     .verb = KTEL_READ_LIST,
     .group = "discovery.k8s.io",
     .versions = "v1 v1beta1",
     .resource = "endpointslices",
     .paths = "metadata.namespace",
     .when = "app-mesh",
     .why = "Whether there are slices where AWS App Mesh is; free beside them."},
    {.id = "app-mesh-pods",
     .verb = KTEL_READ_LIST,
     .versions = "v1",
     .resource = "pods",
     .paths = "metadata.namespace "
              "metadata.name "
              "spec.containers[*].image "
              "spec.containers[*].name",
     .when = "app-mesh-slices",
     .why = "Tells App Mesh's Envoy from others by its image; read only where App Mesh is."},
};

// No row has so many.
constexpr std::uint32_t no_cell = std::numeric_limits<std::uint32_t>::max();

consteval std::uint32_t cell_of(const char* read, const char* path) {
  return sdk::path_of(reads[sdk::index_of(reads, read)], path);
}
consteval std::uint32_t in_namespace(const char* path) { return cell_of("namespaces", path); }
consteval std::uint32_t in_service(const char* path) { return cell_of("services", path); }
consteval std::uint32_t in_daemonset(const char* path) { return cell_of("daemonsets", path); }
consteval std::uint32_t in_own_pod(const char* path) { return cell_of("own-pod", path); }

// ---- marks on objects ----

// A text that is there and has one of the forms; without a cell it always holds.
struct Condition {
  std::uint32_t cell = no_cell;
  const char* patterns = "*";
};

struct Mark {
  Mesh mesh;
  Condition is;
  Condition and_is{};
  std::uint32_t without = no_cell;  // where this is there too, whatever it says, it is no mark
};

// ---- is it deployed? Kong's `mdep`, signals 1, 2, 3 ----

// The name is the user's choice, and outlives what was in it.
constexpr std::uint32_t name_of_namespace = in_namespace("metadata.name");
constexpr Mark home_namespaces[] = {
    {Mesh::istio, {name_of_namespace, "istio-system"}},
    {Mesh::linkerd, {name_of_namespace, "linkerd"}},
    {Mesh::linkerd, {in_namespace("metadata.labels['linkerd.io/is-control-plane']"), "true"}},
    {Mesh::kuma, {name_of_namespace, "kuma-system"}},
    {Mesh::kong_mesh, {name_of_namespace, "kong-mesh-system"}},
    {Mesh::kuma_or_kong_mesh,
     {in_namespace("metadata.labels['kuma.io/system-namespace']"), "true"}},
    {Mesh::consul, {name_of_namespace, "consul"}},
    {Mesh::traefik_mesh, {name_of_namespace, "traefik-mesh"}},
    {Mesh::app_mesh, {name_of_namespace, "appmesh-system"}},
    {Mesh::open_service_mesh, {name_of_namespace, "osm-system"}},
    {Mesh::flomesh, {name_of_namespace, "fsm-system"}},
    {Mesh::nginx_service_mesh, {name_of_namespace, "nginx-mesh"}},
};

// They outlive an uninstalling. Gateway API's and SMI's are brought by many, Cilium's by what is no
// mesh.
struct Kind {
  Mesh mesh;
  std::uint32_t served;
};
constexpr Kind kinds[] = {
    {Mesh::istio, sdk::index_of(reads, "istio")},
    {Mesh::linkerd, sdk::index_of(reads, "linkerd")},
    {Mesh::linkerd, sdk::index_of(reads, "linkerd-policy")},
    {Mesh::linkerd, sdk::index_of(reads, "linkerd-workload")},
    {Mesh::kuma_or_kong_mesh, sdk::index_of(reads, "kuma")},
    {Mesh::consul, sdk::index_of(reads, "consul")},
    {Mesh::app_mesh, sdk::index_of(reads, "app-mesh")},
    {Mesh::open_service_mesh, sdk::index_of(reads, "open-service-mesh")},
    {Mesh::flomesh, sdk::index_of(reads, "flomesh")},
    {Mesh::flomesh, sdk::index_of(reads, "flomesh-clusters")},
    {Mesh::nginx_service_mesh, sdk::index_of(reads, "nginx")},
    {Mesh::nginx_service_mesh, sdk::index_of(reads, "nginx-rate-limits")},
};

// By name, and by label where charts let the name be chosen or add a revision to it.
constexpr std::uint32_t namespace_of_service = in_service("metadata.namespace");
constexpr std::uint32_t name_of_service = in_service("metadata.name");
constexpr std::uint32_t app = in_service("metadata.labels['app']");
constexpr std::uint32_t component = in_service("metadata.labels['component']");
constexpr Mark control_planes[] = {
    {Mesh::istio, {name_of_service, "istiod"}},
    {Mesh::istio, {app, "istiod"}},
    {Mesh::istio, {in_service("metadata.labels['istio']"), "pilot"}},
    {Mesh::linkerd, {name_of_service, "linkerd-proxy-injector"}},
    {Mesh::kuma, {name_of_service, "kuma-control-plane"}},
    {Mesh::kuma, {app, "kuma-control-plane"}},
    {Mesh::kong_mesh, {name_of_service, "kong-mesh-control-plane"}},
    {Mesh::kong_mesh, {app, "kong-mesh-control-plane"}},
    {Mesh::consul, {name_of_service, "consul-server"}},
    {Mesh::consul, {app, "consul"}, {component, "server"}},
    {Mesh::traefik_mesh, {name_of_service, "traefik-mesh-controller maesh-controller"}},
    {Mesh::app_mesh, {name_of_service, "appmesh-controller-webhook-service"}},
    {Mesh::app_mesh,
     {name_of_service, "*-webhook-service"},
     {in_service("metadata.labels['app.kubernetes.io/name']"), "appmesh-controller"}},
    {Mesh::open_service_mesh, {name_of_service, "osm-controller"}},
    {Mesh::flomesh, {name_of_service, "fsm-controller"}},
    {Mesh::nginx_service_mesh, {name_of_service, "nginx-mesh-controller"}},
};

// Cilium is a mesh where one of these is on; enable-l7-proxy is on by default, also in a plain CNI,
// but none of them works without it.
consteval std::uint32_t in_cilium(const char* path) { return cell_of("cilium-config", path); }
constexpr std::uint32_t cilium_switches[] = {in_cilium("data['enable-envoy-config']"),
                                             in_cilium("data['enable-gateway-api']"),
                                             in_cilium("data['enable-ingress-controller']")};
constexpr std::uint32_t cilium_proxy = in_cilium("data['enable-l7-proxy']");
constexpr std::uint32_t class_controller = cell_of("gateway-classes", "spec.controllerName");
constexpr const char* cilium_controller = "io.cilium/gateway-controller";

struct Agent {
  const char* name;
  Condition is;
  Condition and_is{};
};
constexpr std::uint32_t name_of_daemonset = in_daemonset("metadata.name");
constexpr Agent agents[] = {
    {"consul-cni",
     {in_daemonset("metadata.labels['app']"), "consul"},
     {in_daemonset("metadata.labels['component']"), "cni"}},
    {"istio-cni", {name_of_daemonset, "istio-cni-node"}},
    {"kuma-cni", {name_of_daemonset, "kuma-cni-node kong-mesh-cni-node"}},
    {"linkerd-cni", {name_of_daemonset, "linkerd-cni"}},
    {"ztunnel", {name_of_daemonset, "ztunnel"}},
};

// ---- is the product in it? Kong's `kinm`, signals 1 to 4 ----

constexpr const char* yes = "enabled true yes";

// 1: what the Namespace asks for. Consul and Traefik Mesh are not asked by a Namespace.
constexpr Mark asked_by_namespace[] = {
    {Mesh::istio, {in_namespace("metadata.labels['istio-injection']"), "enabled"}},
    {Mesh::istio,
     {in_namespace("metadata.labels['istio.io/rev']")},
     {},
     in_namespace("metadata.labels['istio-injection']")},
    {Mesh::ambient, {in_namespace("metadata.labels['istio.io/dataplane-mode']"), "ambient"}},
    {Mesh::linkerd, {in_namespace("metadata.annotations['linkerd.io/inject']"), "enabled ingress"}},
    {Mesh::kuma_or_kong_mesh, {in_namespace("metadata.labels['kuma.io/sidecar-injection']"), yes}},
    {Mesh::kuma_or_kong_mesh,
     {in_namespace("metadata.annotations['kuma.io/sidecar-injection']"), yes}},
    {Mesh::app_mesh,
     {in_namespace("metadata.labels['appmesh.k8s.aws/sidecarInjectorWebhook']"), "enabled"}},
    {Mesh::open_service_mesh, {in_namespace("metadata.labels['openservicemesh.io/monitored-by']")}},
    {Mesh::open_service_mesh,
     {in_namespace("metadata.annotations['openservicemesh.io/sidecar-injection']"), yes}},
    {Mesh::flomesh, {in_namespace("metadata.labels['flomesh.io/monitored-by']")}},
    {Mesh::flomesh, {in_namespace("metadata.annotations['flomesh.io/sidecar-injection']"), yes}},
    {Mesh::nginx_service_mesh,
     {in_namespace("metadata.labels['injector.nsm.nginx.com/auto-inject']"), "enabled"}},
};

// What the Pod itself asks for; none of Kong's signals. Kong's charts write kuma.io/gateway on it
// whether there is a mesh or not, so that is no mark.
constexpr Mark asked_by_pod[] = {
    {Mesh::istio, {in_own_pod("metadata.labels['sidecar.istio.io/inject']"), "true"}},
    {Mesh::istio, {in_own_pod("metadata.annotations['sidecar.istio.io/inject']"), "true"}},
    {Mesh::ambient, {in_own_pod("metadata.labels['istio.io/dataplane-mode']"), "ambient"}},
    {Mesh::linkerd, {in_own_pod("metadata.annotations['linkerd.io/inject']"), "enabled ingress"}},
    {Mesh::kuma_or_kong_mesh, {in_own_pod("metadata.labels['kuma.io/sidecar-injection']"), yes}},
    {Mesh::kuma_or_kong_mesh,
     {in_own_pod("metadata.annotations['kuma.io/sidecar-injection']"), yes}},
    {Mesh::consul,
     {in_own_pod("metadata.annotations['consul.hashicorp.com/connect-inject']"), "true"}},
    {Mesh::open_service_mesh,
     {in_own_pod("metadata.annotations['openservicemesh.io/sidecar-injection']"), yes}},
    {Mesh::flomesh, {in_own_pod("metadata.annotations['flomesh.io/sidecar-injection']"), yes}},
};

// With this the Pod stays out of ambient, whatever its Namespace asks for.
constexpr Condition out_of_ambient = {in_own_pod("metadata.labels['istio.io/dataplane-mode']"),
                                      "none"};

// 2: what injectors leave on the Pod.
constexpr Mark left_on_pod[] = {
    {Mesh::istio, {in_own_pod("metadata.annotations['sidecar.istio.io/status']")}},
    {Mesh::ambient,
     {in_own_pod("metadata.annotations['ambient.istio.io/redirection']"), "enabled"}},
    {Mesh::linkerd, {in_own_pod("metadata.annotations['linkerd.io/proxy-version']")}},
    {Mesh::linkerd, {in_own_pod("metadata.labels['linkerd.io/control-plane-ns']")}},
    {Mesh::kuma_or_kong_mesh,
     {in_own_pod("metadata.annotations['kuma.io/sidecar-injected']"), "true"}},
    {Mesh::consul,
     {in_own_pod("metadata.annotations['consul.hashicorp.com/connect-inject-status']"),
      "injected"}},
    {Mesh::open_service_mesh, {in_own_pod("metadata.labels['osm-proxy-uuid']")}},
    {Mesh::flomesh, {in_own_pod("metadata.labels['fsm-proxy-uuid']")}},
    {Mesh::nginx_service_mesh,
     {in_own_pod("metadata.annotations['injector.nsm.nginx.com/status']"), "injected"}},
};

// 2, of Traefik Mesh, on Services; the KEP leaves out udp.
constexpr std::uint32_t traffic_type =
    in_service("metadata.annotations['mesh.traefik.io/traffic-type']");
constexpr const char* traffic_types = "http tcp udp";

// 3: proxies. As native sidecars, the default of newer meshes, they are init containers that are
// always restarted.
struct Proxy {
  Mesh mesh;
  const char* names;
  const char* images = "*";
  const char* beside = nullptr;  // an init container of this name, where others use the name too
};
constexpr Proxy proxies[] = {
    {Mesh::istio, "istio-proxy"},
    {Mesh::linkerd, "linkerd-proxy"},
    {Mesh::kuma_or_kong_mesh, "kuma-sidecar"},
    // from 1.0 on a dataplane; in Pods with several ports the Service's name is appended
    {Mesh::consul, "consul-dataplane consul-dataplane-* envoy-sidecar envoy-sidecar-*"},
    {Mesh::app_mesh, "envoy", "*aws-appmesh-envoy*"},
    {Mesh::open_service_mesh, "envoy", "*", "osm-init"},
    {Mesh::flomesh, "sidecar", "*", "fsm-init"},
    {Mesh::nginx_service_mesh, "nginx-mesh-sidecar"},
};

// 4: what prepares the Pod's network. With a CNI plugin only what checks it is left.
struct Preparer {
  Mesh mesh;
  const char* names;
};
constexpr Preparer preparers[] = {
    {Mesh::istio, "istio-init istio-validation"},
    {Mesh::linkerd, "linkerd-init linkerd-network-validator"},
    {Mesh::kuma_or_kong_mesh, "kuma-init kuma-validation"},
    {Mesh::consul, "consul-connect-inject-init consul-connect-inject-init-*"},
    {Mesh::app_mesh, "proxyinit"},
    {Mesh::open_service_mesh, "osm-init"},
    {Mesh::flomesh, "fsm-init"},
    {Mesh::nginx_service_mesh, "nginx-mesh-init"},
};

// ---- where this is in the row of a Pod ----

struct PodCells {
  std::uint32_t ns = no_cell;
  std::uint32_t name = no_cell;
  std::uint32_t ambient = no_cell;
  std::uint32_t containers = no_cell;
  std::uint32_t images = no_cell;
  std::uint32_t init_containers = no_cell;
  std::uint32_t restart_policies = no_cell;
};
consteval PodCells cells_of_pods_behind(const char* read) {
  return {.ns = cell_of(read, "metadata.namespace"),
          .name = cell_of(read, "metadata.name"),
          .ambient = cell_of(read, "metadata.annotations['ambient.istio.io/redirection']"),
          .containers = cell_of(read, "spec.containers[*].name"),
          .init_containers = cell_of(read, "spec.initContainers[*].name"),
          .restart_policies = cell_of(read, "spec.initContainers[*].restartPolicy")};
}
constexpr PodCells in_app_mesh_pod = {
    .ns = cell_of("app-mesh-pods", "metadata.namespace"),
    .name = cell_of("app-mesh-pods", "metadata.name"),
    .containers = cell_of("app-mesh-pods", "spec.containers[*].name"),
    .images = cell_of("app-mesh-pods", "spec.containers[*].image"),
};
constexpr PodCells own_containers = {
    .containers = in_own_pod("spec.containers[*].name"),
    .images = in_own_pod("spec.containers[*].image"),
    .init_containers = in_own_pod("spec.initContainers[*].name"),
    .restart_policies = in_own_pod("spec.initContainers[*].restartPolicy"),
};

// ---- which Pods are behind which Service: the first of two ways that has rows ----

struct Targets {
  std::uint32_t kinds = no_cell;
  std::uint32_t namespaces = no_cell;
  std::uint32_t names = no_cell;
};

struct Backends {
  std::uint32_t endpoints;
  std::uint32_t ns;
  std::uint32_t service;  // its name
  Targets ready;
  Targets not_ready;  // slices have them among the others
  std::uint32_t pods;
  PodCells pod;
};
constexpr Backends backends[] = {
    {.endpoints = sdk::index_of(reads, "slices"),
     .ns = cell_of("slices", "metadata.namespace"),
     .service = cell_of("slices", "metadata.labels['kubernetes.io/service-name']"),
     .ready = {cell_of("slices", "endpoints[*].targetRef.kind"),
               cell_of("slices", "endpoints[*].targetRef.namespace"),
               cell_of("slices", "endpoints[*].targetRef.name")},
     .not_ready = {},
     .pods = sdk::index_of(reads, "pods"),
     .pod = cells_of_pods_behind("pods")},
    {.endpoints = sdk::index_of(reads, "endpoints"),
     .ns = cell_of("endpoints", "metadata.namespace"),
     .service = cell_of("endpoints", "metadata.name"),
     .ready = {cell_of("endpoints", "subsets[*].addresses[*].targetRef.kind"),
               cell_of("endpoints", "subsets[*].addresses[*].targetRef.namespace"),
               cell_of("endpoints", "subsets[*].addresses[*].targetRef.name")},
     .not_ready = {cell_of("endpoints", "subsets[*].notReadyAddresses[*].targetRef.kind"),
                   cell_of("endpoints", "subsets[*].notReadyAddresses[*].targetRef.namespace"),
                   cell_of("endpoints", "subsets[*].notReadyAddresses[*].targetRef.name")},
     .pods = sdk::index_of(reads, "endpoint-pods"),
     .pod = cells_of_pods_behind("endpoint-pods")},
};

// ---- for `from` ----

constexpr const char* from_kinds =
    "istio linkerd linkerd-policy linkerd-workload kuma consul app-mesh open-service-mesh flomesh "
    "flomesh-clusters nginx nginx-rate-limits services namespaces";
constexpr const char* from_deployed = "services cilium cilium-config gateway-classes";
constexpr const char* from_configuration = "cilium cilium-config gateway-classes";
// Services and namespaces tell Kuma and Kong Mesh apart.
constexpr const char* from_own_pod = "own-pod services namespaces";
constexpr const char* from_backends =
    "services slices pods endpoints endpoint-pods app-mesh app-mesh-slices app-mesh-pods";
constexpr const char* from_backends_by_mesh =
    "services slices pods endpoints endpoint-pods app-mesh app-mesh-slices app-mesh-pods "
    "namespaces";

}  // namespace service_mesh
