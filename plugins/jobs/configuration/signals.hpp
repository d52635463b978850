// What is read to date a configuration: Events, and the objects that a configuration is made of.
//
// Tables, read by configuration.cpp. A new kind is a read, a line of `kinds`, and its id in `from`.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstddef>
#include <cstdint>

namespace configuration {

namespace sdk = ktel::sdk;

// ---- what is read ----

// Of every object: when it was made, and who wrote it when. Names, specs and the fields that a
// writer owns stay on the server, but for what tells whether an object is Kong's.
constexpr ktel_read ingresses = {
    .id = "ingresses",
    .verb = KTEL_READ_LIST,
    .flags = KTEL_READ_OPTIONAL,
    .group = "networking.k8s.io",
    .versions = "v1 *",
    .resource = "ingresses",
    .paths =
        "metadata.creationTimestamp "
        "metadata.managedFields[*].manager "
        "metadata.managedFields[*].subresource "
        "metadata.managedFields[*].time "
        "metadata.annotations['kubernetes.io/ingress.class'] "
        "spec.ingressClassName",
    .why = "When each was last written, and which class it names, to tell Kong's from others."};

constexpr ktel_read ingress_classes = {
    .id = "ingress-classes",
    .verb = KTEL_READ_LIST,
    .scope = KTEL_CLUSTER,
    .flags = KTEL_READ_OPTIONAL,
    .group = "networking.k8s.io",
    .versions = "v1 *",
    .resource = "ingressclasses",
    .paths =
        "metadata.name spec.controller "
        "metadata.annotations['ingressclass.kubernetes.io/is-default-class']",
    .when = "ingresses",
    .why =
        "Which classes are Kong's, and whether one is the default; asked for only where there "
        "are Ingresses."};

constexpr ktel_read gateways = {
    .id = "gateways",
    .verb = KTEL_READ_LIST,
    .flags = KTEL_READ_OPTIONAL,
    .group = "gateway.networking.k8s.io",
    .versions = "v1 *",
    .resource = "gateways",
    .paths =
        "metadata.creationTimestamp "
        "metadata.managedFields[*].manager "
        "metadata.managedFields[*].subresource "
        "metadata.managedFields[*].time "
        "status.conditions[*].lastTransitionTime "
        "status.conditions[*].type "
        "spec.gatewayClassName",
    .why = "When each was last written or came into effect, and its class, to tell Kong's."};

constexpr ktel_read gateway_classes = {
    .id = "gateway-classes",
    .verb = KTEL_READ_LIST,
    .scope = KTEL_CLUSTER,
    .flags = KTEL_READ_OPTIONAL,
    .group = "gateway.networking.k8s.io",
    .versions = "v1 *",
    .resource = "gatewayclasses",
    .paths = "metadata.name spec.controllerName",
    .when = "gateways",
    .why = "Which classes are Kong's; asked for only where there are Gateways."};

// A route is Kong's where a controller of Kong's says in its status that it has seen it.
constexpr ktel_read routes(const char* resource) {
  return {.id = resource,
          .verb = KTEL_READ_LIST,
          .flags = KTEL_READ_OPTIONAL,
          .group = "gateway.networking.k8s.io",
          .versions = "v1 *",
          .resource = resource,
          .paths =
              "metadata.creationTimestamp "
              "metadata.managedFields[*].manager "
              "metadata.managedFields[*].subresource "
              "metadata.managedFields[*].time "
              "status.parents[*].conditions[*].lastTransitionTime "
              "status.parents[*].conditions[*].type "
              "status.parents[*].controllerName",
          .why = "When each was last written or came into effect, and by whose controller."};
}

// KongLicense and KongVault are left out: whoever may list them has licences and the credentials of
// vaults, which is more than a date is worth. So are the operator's entities of Konnect, which
// configure another gateway than the cluster's.
constexpr ktel_read kongs(const char* resource, const char* versions,
                          std::uint32_t scope = KTEL_NAMESPACED) {
  return {.id = resource,
          .verb = KTEL_READ_LIST,
          .scope = scope,
          .flags = KTEL_READ_OPTIONAL,
          .group = "configuration.konghq.com",
          .versions = versions,
          .resource = resource,
          .paths =
              "metadata.creationTimestamp "
              "metadata.managedFields[*].manager "
              "metadata.managedFields[*].subresource "
              "metadata.managedFields[*].time "
              "status.conditions[*].lastTransitionTime "
              "status.conditions[*].type",
          .why = "When each was last written or came into effect."};
}

// These have no conditions: metadata alone is asked for.
constexpr ktel_read kongs_without_status(const char* resource, const char* versions) {
  ktel_read read = kongs(resource, versions);
  read.paths =
      "metadata.creationTimestamp "
      "metadata.managedFields[*].manager "
      "metadata.managedFields[*].subresource "
      "metadata.managedFields[*].time";
  read.why = "When each was last written.";
  return read;
}

constexpr ktel_read reads[] = {
    // `source` finds the component whichever of the two APIs of Events it used. The message, which
    // holds an address, is not read.
    {.id = "events",
     .verb = KTEL_READ_LIST,
     .versions = "v1",
     .resource = "events",
     .field_selector = "source=kong-client",
     .paths = "reason "
              "lastTimestamp "
              "series.lastObservedTime "
              "eventTime "
              "firstTimestamp "
              "metadata.creationTimestamp",
     .why = "What Kong's controllers say they did; of other Events nothing is read."},
    ingresses,
    ingress_classes,
    gateways,
    gateway_classes,
    routes("httproutes"),
    routes("grpcroutes"),
    routes("tlsroutes"),
    routes("tcproutes"),
    routes("udproutes"),
    kongs("kongplugins", "v1 *"),
    kongs("kongclusterplugins", "v1 *", KTEL_CLUSTER),
    kongs("kongconsumers", "v1 *"),
    kongs("kongconsumergroups", "v1beta1 *"),
    kongs("kongcustomentities", "v1alpha1 *"),
    kongs_without_status("kongupstreampolicies", "v1beta1 *"),
    kongs_without_status("kongingresses", "v1 *"),
    kongs_without_status("tcpingresses", "v1beta1 *"),
    kongs_without_status("udpingresses", "v1beta1 *"),
};

// For `from`.
constexpr const char* from_all =
    "events ingresses ingress-classes gateways gateway-classes "
    "httproutes grpcroutes tlsroutes tcproutes udproutes "
    "kongplugins kongclusterplugins kongconsumers kongconsumergroups kongcustomentities "
    "kongupstreampolicies kongingresses tcpingresses udpingresses";
constexpr const char* from_objects =
    "ingresses ingress-classes gateways gateway-classes "
    "httproutes grpcroutes tlsroutes tcproutes udproutes "
    "kongplugins kongclusterplugins kongconsumers kongconsumergroups kongcustomentities "
    "kongupstreampolicies kongingresses tcpingresses udpingresses";
constexpr const char* from_conditions =
    "gateways gateway-classes httproutes grpcroutes tlsroutes tcproutes udproutes "
    "kongplugins kongclusterplugins kongconsumers kongconsumergroups kongcustomentities";

// ---- the objects of a configuration ----

// What makes an object Kong's: its class, or a parent it has, or its kind.
enum class Owner { ingress_class, gateway_class, parent, kind };

struct Kind {
  std::uint32_t read;
  Owner owner;
  bool has_conditions;
};
constexpr Kind kinds[] = {
    {sdk::index_of(reads, "ingresses"), Owner::ingress_class, false},
    {sdk::index_of(reads, "gateways"), Owner::gateway_class, true},
    {sdk::index_of(reads, "httproutes"), Owner::parent, true},
    {sdk::index_of(reads, "grpcroutes"), Owner::parent, true},
    {sdk::index_of(reads, "tlsroutes"), Owner::parent, true},
    {sdk::index_of(reads, "tcproutes"), Owner::parent, true},
    {sdk::index_of(reads, "udproutes"), Owner::parent, true},
    {sdk::index_of(reads, "kongplugins"), Owner::kind, true},
    {sdk::index_of(reads, "kongclusterplugins"), Owner::kind, true},
    {sdk::index_of(reads, "kongconsumers"), Owner::kind, true},
    {sdk::index_of(reads, "kongconsumergroups"), Owner::kind, true},
    {sdk::index_of(reads, "kongcustomentities"), Owner::kind, true},
    {sdk::index_of(reads, "kongupstreampolicies"), Owner::kind, false},
    {sdk::index_of(reads, "kongingresses"), Owner::kind, false},
    {sdk::index_of(reads, "tcpingresses"), Owner::kind, false},
    {sdk::index_of(reads, "udpingresses"), Owner::kind, false},
};

// ---- the cells of their rows ----

consteval std::uint32_t cell_of(const char* read_of_kind, const char* path) {
  return sdk::path_of(reads[sdk::index_of(reads, read_of_kind)], path);
}

// What kinds have in common is in the same cells of all; a kind without conditions has none there.
constexpr struct {
  std::uint32_t created = cell_of("kongplugins", "metadata.creationTimestamp");
  std::uint32_t managers = cell_of("kongplugins", "metadata.managedFields[*].manager");
  std::uint32_t subresources = cell_of("kongplugins", "metadata.managedFields[*].subresource");
  std::uint32_t times = cell_of("kongplugins", "metadata.managedFields[*].time");
  std::uint32_t condition_times = cell_of("kongplugins", "status.conditions[*].lastTransitionTime");
  std::uint32_t condition_types = cell_of("kongplugins", "status.conditions[*].type");
} of_object;

consteval bool cells_agree(const Kind& kind) {
  const ktel_read& read = reads[kind.read];
  const bool writers =
      sdk::path_of(read, "metadata.creationTimestamp") == of_object.created &&
      sdk::path_of(read, "metadata.managedFields[*].manager") == of_object.managers &&
      sdk::path_of(read, "metadata.managedFields[*].subresource") == of_object.subresources &&
      sdk::path_of(read, "metadata.managedFields[*].time") == of_object.times;
  if (!kind.has_conditions) return writers;
  const bool nested = kind.owner == Owner::parent;
  const char* times = nested ? "status.parents[*].conditions[*].lastTransitionTime"
                             : "status.conditions[*].lastTransitionTime";
  const char* types = nested ? "status.parents[*].conditions[*].type" : "status.conditions[*].type";
  return writers && sdk::path_of(read, times) == of_object.condition_times &&
         sdk::path_of(read, types) == of_object.condition_types;
}
consteval bool all_cells_agree() {
  for (const Kind& kind : kinds) {
    if (!cells_agree(kind)) return false;
  }
  return true;
}
static_assert(all_cells_agree());

constexpr std::uint32_t parents_of_route =
    cell_of("httproutes", "status.parents[*].controllerName");

// The first of these that is there: each API of Events leaves out what the other has.
constexpr std::uint32_t times_of_event[] = {
    cell_of("events", "lastTimestamp"),
    cell_of("events", "series.lastObservedTime"),
    cell_of("events", "eventTime"),
    cell_of("events", "firstTimestamp"),
    cell_of("events", "metadata.creationTimestamp"),
};

// ---- what a controller says in an Event ----

enum class Said { applied, refused, fell_back };
constexpr std::size_t said_count = 3;

struct Reason {
  const char* text;
  Said said;
};
constexpr Reason reasons[] = {
    {"KongConfigurationSucceeded", Said::applied},
    {"KongConfigurationApplyFailed", Said::refused},
    {"KongConfigurationTranslationFailed", Said::refused},
    {"FallbackKongConfigurationSucceeded", Said::fell_back},
    {"FallbackKongConfigurationApplyFailed", Said::fell_back},
    {"FallbackKongConfigurationTranslationFailed", Said::fell_back},
};

// ---- what is Kong's ----

constexpr const char* kongs_ingress_controller = "ingress-controllers.konghq.com/kong";

// What is before the slash of a controller's name is a domain of its maker; what is behind it, who
// runs several of them may choose.
constexpr const char* kongs_domain = "konghq.com/";

constexpr ktel_param params[] = {
    {.name = "ingress_class",
     .type = KTEL_T_TEXT,
     .description = "The class that Kong's controller was told to serve; besides it those count "
                    "whose IngressClass names the controller.",
     .default_text = "kong",
     .env = "CONTROLLER_INGRESS_CLASS"},
    {.name = "controller_name",
     .type = KTEL_T_TEXT,
     .description = "A controller that is Kong's too, as classes name it in spec.controllerName: "
                    "for those that were told to call themselves otherwise than konghq.com/..."},
};

// ---- whose writing is no change ----

// Kong's own controllers, by the names they write under: they add finalizers and annotations to
// what users made, and until Kubernetes 1.22 nothing tells that they wrote a status.
constexpr const char* controllers[] = {
    "kong-ingress-controller",         // controllers from 3.0 on
    "kong-operator",                   // the operator from 2.0 on
    "gateway-operator",                // what the operator applies on the server's side
    "gateway-operator-hybridgateway",  // the same, for gateways of Konnect
    "manager",                         // all of them before: the name of their program
};

// The condition whose change means: it has come into effect, or is no longer in effect.
constexpr const char* programmed = "Programmed";

}  // namespace configuration
