// The types of routes, and where each is served.
//
// Tables, read by routes.cpp. A new type is a read, its kind, the id in `from`, and a line of the
// test.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>

namespace routes {

namespace sdk = ktel::sdk;

// The group is part of the question: httproutes are Linkerd's too, ingresses Knative's. In which
// version a kind is served depends on the release and channel of its definitions, so any will do.
constexpr ktel_read count_of(const char* id, const char* group, const char* versions,
                             const char* resource) {
  return {.id = id,
          .verb = KTEL_READ_COUNT,
          .group = group,
          .versions = versions,
          .resource = resource,
          .why = "How many there are; free when another job lists them."};
}

constexpr const char* gateway_api = "gateway.networking.k8s.io";
constexpr const char* kong = "configuration.konghq.com";

constexpr ktel_read reads[] = {
    count_of("ingresses", "networking.k8s.io", "v1 *", "ingresses"),
    // Servers before 1.14 have no other; up to 1.21 they show the same objects here once more.
    {.id = "old-ingresses",
     .verb = KTEL_READ_COUNT,
     .flags = KTEL_READ_OPTIONAL,
     .group = "extensions",
     .versions = "v1beta1",
     .resource = "ingresses",
     .when = "!ingresses",
     .why = "Ingresses of servers before 1.14; asked for only where no newer ones are found."},
    count_of("httproutes", gateway_api, "v1 *", "httproutes"),
    count_of("grpcroutes", gateway_api, "v1 *", "grpcroutes"),
    count_of("tlsroutes", gateway_api, "v1 *", "tlsroutes"),
    count_of("tcproutes", gateway_api, "v1 *", "tcproutes"),
    count_of("udproutes", gateway_api, "v1 *", "udproutes"),
    count_of("tcpingresses", kong, "v1beta1 *", "tcpingresses"),
    count_of("udpingresses", kong, "v1beta1 *", "udpingresses"),
    count_of("knative-ingresses", "networking.internal.knative.dev", "v1alpha1 *", "ingresses"),
    count_of("kongroutes", kong, "v1alpha1 *", "kongroutes"),
};

// For `from`.
constexpr const char* from_all =
    "ingresses old-ingresses httproutes grpcroutes tlsroutes tcproutes udproutes "
    "tcpingresses udpingresses knative-ingresses kongroutes";

// Of two reads with one kind the first that is known counts: they are the same objects.
struct Counted {
  const char* kind;
  std::uint32_t read;
};
constexpr Counted counted[] = {
    {"Ingress", sdk::index_of(reads, "ingresses")},
    {"Ingress", sdk::index_of(reads, "old-ingresses")},
    {"HTTPRoute", sdk::index_of(reads, "httproutes")},
    {"GRPCRoute", sdk::index_of(reads, "grpcroutes")},
    {"TLSRoute", sdk::index_of(reads, "tlsroutes")},
    {"TCPRoute", sdk::index_of(reads, "tcproutes")},
    {"UDPRoute", sdk::index_of(reads, "udproutes")},
    {"TCPIngress", sdk::index_of(reads, "tcpingresses")},
    {"UDPIngress", sdk::index_of(reads, "udpingresses")},
    {"KnativeIngress", sdk::index_of(reads, "knative-ingresses")},
    {"KongRoute", sdk::index_of(reads, "kongroutes")},
};

constexpr ktel_label kinds[] = {
    {"Ingress", "Kubernetes' own Ingress, of every class"},
    {"HTTPRoute", "Gateway API: HTTP"},
    {"GRPCRoute", "Gateway API: gRPC"},
    {"TLSRoute", "Gateway API: TLS"},
    {"TCPRoute", "Gateway API: TCP"},
    {"UDPRoute", "Gateway API: UDP"},
    {"TCPIngress", "Kong: TCP and TLS"},
    {"UDPIngress", "Kong: UDP"},
    {"KnativeIngress", "what Knative makes of its services"},
    {"KongRoute", "Kong's operator: a route of Konnect"},
};

}  // namespace routes
