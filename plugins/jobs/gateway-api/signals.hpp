// What is read of Gateway API, which kinds it has had, and what in it is Kong's.
//
// Tables, read by gateway_api.cpp. A new kind is a read, a field, and a line of `kinds`.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>

namespace gateway_api {

namespace sdk = ktel::sdk;

// ---- what is read ----

constexpr const char* group = "gateway.networking.k8s.io";
constexpr const char* group_of_experiments = "gateway.networking.x-k8s.io";
constexpr const char* group_before_0_4 = "networking.x-k8s.io";

// In which versions a kind is served differs by release and channel, so any will do, v1 first. An
// object is visible in all of them, and is counted in one.
constexpr const char* any_version = "v1 *";

constexpr ktel_read count(const char* resource, std::uint32_t scope = KTEL_NAMESPACED) {
  return {.id = resource,
          .verb = KTEL_READ_COUNT,
          .scope = scope,
          .group = group,
          .versions = any_version,
          .resource = resource,
          .why = "How many there are."};
}

// Of kinds that not every cluster has, and that Kong does not need.
constexpr ktel_read count_besides(const char* resource, const char* its_group = group) {
  ktel_read read = count(resource);
  read.flags = KTEL_READ_OPTIONAL;
  read.group = its_group;
  return read;
}

constexpr ktel_read reads[] = {
    {.id = "served",
     .verb = KTEL_READ_SERVED,
     .group = group,
     .paths = "freshness version",
     .why = "Whether Gateway API is there, and in which versions."},
    // anybody may have kinds in a group of x-k8s.io, so one is asked for
    {.id = "served-before-0-4",
     .verb = KTEL_READ_SERVED,
     .group = group_before_0_4,
     .resource = "gatewayclasses",
     .paths = "version",
     .why = "Whether Gateway API of a release before 0.4 is there."},
    // One list for what several installers brought. Its paths are of metadata alone, so schemas
    // stay on the server; names are not asked for, only Gateway API's own have these annotations.
    {.id = "crds",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .flags = KTEL_READ_OPTIONAL,
     .group = "apiextensions.k8s.io",
     .versions = "v1",
     .resource = "customresourcedefinitions",
     .paths = "metadata.annotations['gateway.networking.k8s.io/bundle-version'] "
              "metadata.annotations['gateway.networking.k8s.io/channel']",
     .when = "served",
     .why = "Release and channel, which Gateway API writes on its own definitions; of others "
            "nothing is read."},
    count("gatewayclasses", KTEL_CLUSTER),
    count("gateways"),
    count("httproutes"),
    count("grpcroutes"),
    count("tlsroutes"),
    count("tcproutes"),
    count("udproutes"),
    count("referencegrants"),
    count_besides("referencepolicies"),
    count_besides("backendtlspolicies"),
    count_besides("listenersets"),
    count_besides("xlistenersets", group_of_experiments),
    // These two share the list with the counts of their kinds. Kept apart from them, so that who
    // withholds what is Kong's pays for a number alone.
    {.id = "classes",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .group = group,
     .versions = any_version,
     .resource = "gatewayclasses",
     .paths = "metadata.name "
              "metadata.annotations['konghq.com/gatewayclass-unmanaged'] "
              "spec.controllerName",
     .why = "Which classes are Kong's; their names, to find the Gateways of a class, are not "
            "reported."},
    {.id = "gateway-states",
     .verb = KTEL_READ_LIST,
     .group = group,
     .versions = any_version,
     .resource = "gateways",
     .paths = "spec.gatewayClassName "
              "status.conditions[*].status "
              "status.conditions[*].type "
              "status.listeners[*].attachedRoutes",
     .why = "Which Gateways are Kong's, whether they are programmed, and how many routes are "
            "attached to them."},
};

constexpr std::uint32_t served = sdk::index_of(reads, "served");
constexpr std::uint32_t served_before_0_4 = sdk::index_of(reads, "served-before-0-4");
constexpr std::uint32_t crds = sdk::index_of(reads, "crds");
constexpr std::uint32_t classes = sdk::index_of(reads, "classes");
constexpr std::uint32_t gateways = sdk::index_of(reads, "gateway-states");

consteval std::uint32_t served_cell(const char* path) { return sdk::path_of(reads[served], path); }
consteval std::uint32_t crd_cell(const char* path) { return sdk::path_of(reads[crds], path); }
consteval std::uint32_t class_cell(const char* path) { return sdk::path_of(reads[classes], path); }
consteval std::uint32_t gateway_cell(const char* path) {
  return sdk::path_of(reads[gateways], path);
}

// ---- what is Kong's ----

// What is before the slash of a controller's name is a domain of its maker. Kong's controllers are
// kic-gateway-controller and gateway-operator; who runs several of them calls them otherwise.
constexpr const char* kongs_domain = "konghq.com/";

// The condition of a Gateway that works; before release 0.6 it had the second name, which later
// releases reserve. A Gateway that has the first is asked for it alone.
constexpr const char* programmed = "Programmed";
constexpr const char* programmed_before_0_6 = "Ready";

// ---- what the values mean ----

constexpr ktel_label channels[] = {
    {"standard", "the standard channel"},
    {"experimental", "the experimental channel"},
    {"mixed", "definitions of both channels"},
    {"unknown", "no definition says, as before release 0.5"},
};

constexpr ktel_label versions[] = {
    {"v1", "v1, since release 1.0"},
    {"v1beta1", "v1beta1, since release 0.5"},
    {"v1alpha3", "v1alpha3, since release 1.1"},
    {"v1alpha2", "v1alpha2, since release 0.4"},
    {"x-v1alpha1", "v1alpha1 of networking.x-k8s.io, before release 0.4"},
    {"other", "any other"},
};

}  // namespace gateway_api
