// What is read of feature gates, which gates there are, and what a release has where nothing is
// set.
//
// Tables, read by feature_flags.cpp. A new release of the controller is a look at `defaults` and at
// `not_known_from`.
#pragma once

#include <ktel/sdk/job.hpp>

#include <compare>
#include <cstdint>

namespace feature_flags {

namespace sdk = ktel::sdk;

// ---- what is read ----

// A gate is set on the command line, in a variable, or nowhere. A read names paths, not elements:
// it would hand over the command lines of all workloads of the cluster, and one script longer than
// a cell holds would cost the read. So Pods are asked for by labels that Kong's have. Of variables
// the names are read and never a value; the prefix of an envFrom, to see that there is one.
constexpr ktel_read controllers(const char* id, const char* label_selector) {
  return {.id = id,
          .verb = KTEL_READ_LIST,
          .versions = "v1",
          .resource = "pods",
          .label_selector = label_selector,
          .field_selector = "status.phase=Running",
          .paths =
              "spec.containers[*].name "
              "spec.containers[*].image "
              "spec.containers[*].command[*] "
              "spec.containers[*].args[*] "
              "spec.containers[*].env[*].name "
              "spec.containers[*].envFrom[*].prefix",
          .why =
              "The command lines of Kong's controllers, and the names of their variables: what "
              "sets gates. No other Pod is asked for, and no value of a variable."};
}

constexpr ktel_read reads[] = {
    // Charts kong and ingress; the second calls its controller so.
    controllers("controllers",
                "app.kubernetes.io/component=app,app.kubernetes.io/name in (kong,controller)"),
    controllers("manifest-controllers", "app=ingress-kong"),
    {.id = "control-planes",
     .verb = KTEL_READ_LIST,
     .flags = KTEL_READ_OPTIONAL,
     .group = "gateway-operator.konghq.com",
     .versions = "v2beta1 *",
     .resource = "controlplanes",
     .paths = "status.featureGates[*].name status.featureGates[*].state",
     .why = "The gates that Kong's operator says are in effect."},
    // They stay as they are until the API server is started again.
    {.id = "kubernetes-gates",
     .verb = KTEL_READ_METRICS,
     .flags = KTEL_READ_OPTIONAL,
     .max_age_s = 86'400,
     .url = "/metrics",
     .metrics = "kubernetes_feature_enabled",
     .paths = "labels.name labels.stage value",
     .why = "Which gates of Kubernetes are on, in the API server's own words; of its other metrics "
            "nothing is kept."},
    {.id = "api-server",
     .verb = KTEL_READ_LIST,
     .flags = KTEL_READ_OPTIONAL,
     .versions = "v1",
     .resource = "pods",
     .ns = "kube-system",
     .label_selector = "component=kube-apiserver",
     .paths = "spec.containers[*].command[*] spec.containers[*].args[*]",
     .why = "Gates on the command line of a self-hosted API server, where its metrics have none "
            "(before 1.26) or may not be read."},
};

consteval std::uint32_t cell_of(const char* read, const char* path) {
  return sdk::path_of(reads[sdk::index_of(reads, read)], path);
}

// Both reads of controllers have the same paths.
constexpr std::uint32_t controller_reads[] = {sdk::index_of(reads, "controllers"),
                                              sdk::index_of(reads, "manifest-controllers")};
constexpr struct {
  std::uint32_t names = cell_of("controllers", "spec.containers[*].name");
  std::uint32_t images = cell_of("controllers", "spec.containers[*].image");
  std::uint32_t commands = cell_of("controllers", "spec.containers[*].command[*]");
  std::uint32_t args = cell_of("controllers", "spec.containers[*].args[*]");
  std::uint32_t variables = cell_of("controllers", "spec.containers[*].env[*].name");
  std::uint32_t prefixes = cell_of("controllers", "spec.containers[*].envFrom[*].prefix");
} of_pod;

// ---- Kong's controller ----

// In Pods of Kong's the container is called so, whatever the image. The version of an image of the
// user's own says nothing, so it counts where the image's path ends as Kong's does.
constexpr const char* controller_container = "ingress-controller";
constexpr const char* controller_image = "kubernetes-ingress-controller";

// A flag, and the variable that stands for it where the flag is not given.
struct Flag {
  const char* flag;
  const char* variable;
};
constexpr Flag feature_gates = {"--feature-gates", "CONTROLLER_FEATURE_GATES"};
constexpr Flag admin_service = {"--kong-admin-svc", "CONTROLLER_KONG_ADMIN_SVC"};
constexpr Flag konnect_sync = {"--konnect-sync-enabled", "CONTROLLER_KONNECT_SYNC_ENABLED"};

// A controller does not start that is told to synchronise and not with what. So who names both
// variables synchronises; who names the first alone may have set it to false, and so may who has
// the second for licences.
constexpr const char* konnect_control_planes[] = {
    "CONTROLLER_KONNECT_CONTROL_PLANE_ID",
    "CONTROLLER_KONNECT_RUNTIME_GROUP_ID",
};
constexpr const char* konnect_licences = "CONTROLLER_KONNECT_LICENSING_ENABLED";

constexpr ktel_label controller_gates[] = {
    {"CombinedRoutes", "one route of Kong for several paths of an Ingress (up to 2.12)"},
    {"CombinedServices", "one service of Kong for one of Kubernetes (up to 2.12)"},
    {"CombinedServicesFromDifferentHTTPRoutes", "one service of Kong for several HTTPRoutes (3.4)"},
    {"ExpressionRoutes", "routes in Kong's expression language (up to 2.12)"},
    {"FallbackConfiguration", "a fallback configuration where the gateway refuses one"},
    {"FillIDs", "ids of Kong's entities that stay the same"},
    {"Gateway", "Gateway API, its kinds in beta (up to 2.12)"},
    {"GatewayAlpha", "Gateway API, its kinds in alpha"},
    {"Knative", "Ingresses of Knative (up to 2.12)"},
    {"KongCustomEntity", "entities of Kong that the controller does not know"},
    {"KongServiceFacade", "services that stand in for others"},
    {"RewriteURIs", "the annotation konghq.com/rewrite"},
    {"SanitizeKonnectConfigDumps", "what is sent to Konnect has no secrets"},
};

struct Release {
  int major;
  int minor;
  auto operator<=>(const Release&) const = default;
};

// A gate that nothing sets, in releases from one up to another that is not among them. A gate that
// is not listed for a release is not in it.
struct Default {
  const char* gate;
  Release from;
  Release before;
  bool on;
};
// What later releases changed is not known here.
constexpr Release not_known_from = {3, 6};
constexpr Default defaults[] = {
    {"CombinedRoutes", {2, 4}, {2, 8}, false},
    {"CombinedRoutes", {2, 8}, {3, 0}, true},
    {"CombinedServices", {2, 10}, {2, 11}, false},
    {"CombinedServices", {2, 11}, {3, 0}, true},
    {"CombinedServicesFromDifferentHTTPRoutes", {3, 4}, {3, 5}, false},  // then a flag
    {"ExpressionRoutes", {2, 10}, {3, 0}, false},
    {"FallbackConfiguration", {3, 2}, not_known_from, false},
    {"FillIDs", {2, 10}, {3, 0}, false},
    {"FillIDs", {3, 0}, not_known_from, true},
    {"Gateway", {2, 1}, {2, 6}, false},
    {"Gateway", {2, 6}, {3, 0}, true},
    {"GatewayAlpha", {2, 6}, not_known_from, false},
    {"Knative", {2, 1}, {3, 0}, false},
    {"KongCustomEntity", {3, 2}, {3, 3}, false},
    {"KongCustomEntity", {3, 3}, not_known_from, true},
    {"KongServiceFacade", {3, 1}, not_known_from, false},
    {"RewriteURIs", {2, 12}, not_known_from, false},
    {"SanitizeKonnectConfigDumps", {3, 1}, not_known_from, true},
};

// No controller starts that has the first on and the second off. Where that is read, the first is
// not known.
struct Need {
  const char* gate;
  const char* needed;
};
constexpr Need needs[] = {{"KongCustomEntity", "FillIDs"}};

constexpr ktel_label ways_to_set[] = {
    {"default", "nothing sets them"},
    {"argument", "on the command line"},
    {"variable", "by a variable, whose value is not read"},
    {"control-plane", "the operator, from a ControlPlane"},
    {"unknown", "it may be by variables of a ConfigMap or Secret, whose names are not read"},
};

// ---- Kubernetes ----

// The API server's word for a stage, and ours. What is generally available has none.
struct Stage {
  const char* metric;
  const char* key;
};
constexpr Stage stages[] = {
    {"ALPHA", "alpha"}, {"BETA", "beta"}, {"", "stable"}, {"DEPRECATED", "deprecated"}};

constexpr ktel_label stage_keys[] = {
    {"alpha", "off unless somebody asks for them"},
    {"beta", "on in most cases"},
    {"stable", "generally available"},
    {"deprecated", "about to go"},
    {"other", "any other"},
};

// Not gates, but switches for all of a stage.
constexpr const char* switches[] = {"AllAlpha", "AllBeta"};

// Those that a gateway, its controllers or this program can feel: how traffic reaches Pods, how
// Pods run and end, how objects are admitted and read, who is let in. A gate that a server does not
// have is left out; one that is not listed here is counted alone.
constexpr ktel_label kubernetes_gates[] = {
    {"AllAlpha", "all gates in alpha"},
    {"AllBeta", "all gates in beta"},
    // traffic
    {"AllowServiceLBStatusOnNonLB", "the status of a load balancer on any Service"},
    {"CloudDualStackNodeIPs", "addresses of both families on nodes of a cloud"},
    {"DisableAllocatorDualWrite", "addresses of Services allocated in the new way alone"},
    {"GRPCContainerProbe", "probes over gRPC"},
    {"KubeProxyDrainingTerminatingNodes", "nodes that go away take no new connections"},
    {"LoadBalancerIPMode", "load balancers that are proxies"},
    {"MixedProtocolLBService", "TCP and UDP on one load balancer"},
    {"MultiCIDRServiceAllocator", "several ranges of addresses for Services"},
    {"NFTablesProxyMode", "kube-proxy with nftables"},
    {"PreferSameTrafficDistribution", "traffic that stays on its node or in its zone"},
    {"ProxyTerminatingEndpoints", "traffic to Pods that are ending, where there are no others"},
    {"RelaxedServiceNameValidation", "names of Services that begin with a digit"},
    {"ServiceInternalTrafficPolicy", "traffic of Services that stays on its node"},
    {"ServiceTrafficDistribution", "traffic that prefers its zone"},
    {"StrictIPCIDRValidation", "addresses in their canonical form alone"},
    {"TopologyAwareHints", "hints for traffic that stays in its zone"},
    // Pods
    {"ContainerStopSignals", "the signal that ends a container"},
    {"DynamicResourceAllocation", "devices on demand"},
    {"GracefulNodeShutdown", "Pods end in order when their node does"},
    {"HPAConfigurableTolerance", "autoscaling with a tolerance of its own"},
    {"HPAScaleToZero", "autoscaling down to nothing"},
    {"ImageVolume", "images as volumes"},
    {"InPlacePodVerticalScaling", "Pods resized while they run"},
    {"MaxUnavailableStatefulSet", "StatefulSets rolled out several Pods at a time"},
    {"PodLevelResources", "resources for a Pod as a whole"},
    {"PodLifecycleSleepAction", "a pause before a container ends"},
    {"PodReadyToStartContainersCondition", "a condition for Pods whose network is ready"},
    {"PodSchedulingReadiness", "Pods that wait before they are scheduled"},
    {"SidecarContainers", "sidecars that start first and end last"},
    {"UserNamespacesSupport", "Pods in user namespaces"},
    // objects: how they are admitted, kept and read
    {"AdmissionWebhookMatchConditions", "conditions for calling a webhook"},
    {"AggregatedDiscoveryEndpoint", "all that is served in one document"},
    {"APIServerTracing", "traces of the API server"},
    {"CBORServingAndStorage", "objects as CBOR"},
    {"ConsistentListFromCache", "lists from the cache of the API server"},
    {"CoordinatedLeaderElection", "leaders elected by the API server"},
    {"CRDValidationRatcheting", "old faults do not block new changes of an object"},
    {"CustomResourceFieldSelectors", "custom resources selected by their fields"},
    {"DeclarativeValidation", "validation by rules of the types"},
    {"ListFromCacheSnapshot", "pages of lists from the cache"},
    {"MutatingAdmissionPolicy", "objects changed by policies, without a webhook"},
    {"OrderedNamespaceDeletion", "Pods go first when a namespace goes"},
    {"StorageVersionMigrator", "stored objects rewritten by the cluster"},
    {"StreamingCollectionEncodingToJSON", "lists encoded piece by piece, as JSON"},
    {"StreamingCollectionEncodingToProtobuf", "lists encoded piece by piece, as protobuf"},
    {"UnknownVersionInteroperabilityProxy", "API servers of two versions side by side"},
    {"ValidatingAdmissionPolicy", "objects checked by policies, without a webhook"},
    {"WatchList", "lists as a stream of a watch"},
    // who is let in
    {"AnonymousAuthConfigurableEndpoints", "anonymous requests to named endpoints alone"},
    {"AuthorizeWithSelectors", "selectors are part of what is authorised"},
    {"ClusterTrustBundle", "bundles of certificates as objects"},
    {"ServiceAccountTokenNodeBinding", "tokens bound to a node"},
    {"ServiceAccountTokenPodNodeInfo", "tokens that name the node"},
    {"StructuredAuthenticationConfiguration", "authentication from a file"},
    {"StructuredAuthorizationConfiguration", "authorisation from a file"},
};

}  // namespace feature_flags
