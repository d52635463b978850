// What is read of Knative, and which classes of its ingresses are known.
//
// Tables, read by knative.cpp. A new class is a line of `classes` and the label of its name.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>

namespace knative {

namespace sdk = ktel::sdk;

// ---- what is read ----

// Groups are on discovery's own list, so asking for them costs no request. Of Serving's a kind is
// asked for: its namespace and settings are read only where there is one.
constexpr ktel_read served(const char* id, const char* group, const char* resource,
                           const char* why) {
  return {.id = id,
          .verb = KTEL_READ_SERVED,
          .group = group,
          .resource = resource,
          .paths = "kind",
          .why = why};
}

// Not counted are Serving's Routes, Configurations and Revisions, which follow from Services, and
// its DomainMappings, each for a request more. Of values of classes only those that are known
// leave, under short names.
constexpr ktel_read reads[] = {
    served("serving", "serving.knative.dev", "services", "Knative Serving serves it."),
    served("eventing", "eventing.knative.dev", nullptr, "Knative Eventing serves it."),
    served("messaging", "messaging.knative.dev", nullptr, "Knative Eventing serves it."),
    {.id = "services",
     .verb = KTEL_READ_COUNT,
     .group = "serving.knative.dev",
     .versions = "v1 *",
     .resource = "services",
     .why = "How many there are."},
    {.id = "ingresses",
     .verb = KTEL_READ_LIST,
     .flags = KTEL_READ_OPTIONAL,
     .group = "networking.internal.knative.dev",
     .versions = "v1alpha1 *",
     .resource = "ingresses",
     .paths = "metadata.annotations['networking.knative.dev/ingress-class'] "
              "metadata.annotations['networking.knative.dev/ingress.class']",
     .why = "Which networking class each of Knative's own ingresses has."},
    {.id = "network-settings",
     .verb = KTEL_READ_GET,
     .flags = KTEL_READ_OPTIONAL,
     .versions = "v1",
     .resource = "configmaps",
     .ns = "knative-serving",
     .name = "config-network",
     .paths = "data['ingress-class'] data['ingress.class']",
     .when = "serving",
     .why = "The networking class of whatever names none; asked for only where Knative Serving "
            "is there."},
    {.id = "namespace",
     .verb = KTEL_READ_GET,
     .scope = KTEL_CLUSTER,
     .flags = KTEL_READ_OPTIONAL,
     .versions = "v1",
     .resource = "namespaces",
     .name = "knative-serving",
     .paths = "metadata.labels['app.kubernetes.io/version'] "
              "metadata.labels['serving.knative.dev/release']",
     .when = "serving",
     .why = "Knative Serving writes its version there; asked for only where it is there."},
};

constexpr std::uint32_t serving = sdk::index_of(reads, "serving");
constexpr std::uint32_t eventing = sdk::index_of(reads, "eventing");
constexpr std::uint32_t messaging = sdk::index_of(reads, "messaging");
constexpr std::uint32_t services = sdk::index_of(reads, "services");
constexpr std::uint32_t ingresses = sdk::index_of(reads, "ingresses");
constexpr std::uint32_t network_settings = sdk::index_of(reads, "network-settings");
constexpr std::uint32_t serving_namespace = sdk::index_of(reads, "namespace");

// A value in its two spellings, the one that wins first. On ingresses that is the dotted one, which
// Knative writes itself; in the settings it is the older of the two.
struct Spellings {
  std::uint32_t first;
  std::uint32_t second;
};
constexpr Spellings class_of_ingress = {
    sdk::path_of(reads[ingresses], "metadata.annotations['networking.knative.dev/ingress.class']"),
    sdk::path_of(reads[ingresses], "metadata.annotations['networking.knative.dev/ingress-class']")};
constexpr Spellings default_class = {
    sdk::path_of(reads[network_settings], "data['ingress-class']"),
    sdk::path_of(reads[network_settings], "data['ingress.class']")};
constexpr Spellings version_of_serving = {
    sdk::path_of(reads[serving_namespace], "metadata.labels['app.kubernetes.io/version']"),
    sdk::path_of(reads[serving_namespace], "metadata.labels['serving.knative.dev/release']")};

// ---- classes; Kong's is a parameter ----

struct Class {
  const char* name;
  const char* written;  // as annotations and settings have it
};
constexpr Class classes[] = {
    {"ambassador", "ambassador.ingress.networking.knative.dev"},
    {"contour", "contour.ingress.networking.knative.dev"},
    {"gateway-api", "gateway-api.ingress.networking.knative.dev"},
    {"gloo", "gloo.ingress.networking.knative.dev"},
    {"istio", "istio.ingress.networking.knative.dev"},
    {"kourier", "kourier.ingress.networking.knative.dev"},
    {"traefik", "traefik.ingress.networking.knative.dev"},
};

// Where the settings name no class.
constexpr const char* class_without_setting = "istio";

// ---- what the values mean ----

constexpr ktel_label components[] = {
    {"serving", "Knative Serving"},
    {"eventing", "Knative Eventing"},
    {"other", "any other"},
};

constexpr ktel_label class_names[] = {
    {"kong", "Kong's ingress controller"},
    {"ambassador", "Ambassador, now Emissary"},
    {"contour", "Contour"},
    {"gateway-api", "any implementation of Gateway API"},
    {"gloo", "Gloo"},
    {"istio", "Istio, which is Knative's own default"},
    {"kourier", "Kourier"},
    {"traefik", "Traefik"},
    {"other", "any other, or none"},
};

}  // namespace knative
