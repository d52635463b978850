// The objects of install_catalog, as short as the definitions let them be.
#include "real/catalog_cluster.hpp"

#include "real/crds.hpp"
#include "real/kong_cluster.hpp"

namespace ktel::test {
namespace {

const char* const namespaces = "/api/v1/namespaces";
const char* const kong_pods = "/api/v1/namespaces/kong/pods";
const char* const shop_pods = "/api/v1/namespaces/shop/pods";
const char* const shop_services = "/api/v1/namespaces/shop/services";
const char* const shop_slices = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";
const char* const ingress_classes = "/apis/networking.k8s.io/v1/ingressclasses";
const char* const ingresses = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses";

// The first is created before there is a default class, which the server would write into it.
const std::vector<Object> ingress_objects = {
    {namespaces, "metadata: {name: shop, labels: {istio-injection: enabled}}"},
    {ingresses, R"(
metadata: {name: plain}
spec: {defaultBackend: {service: {name: cart, port: {number: 80}}}})"},
    {ingress_classes, R"(
metadata: {name: kong, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: ingress-controllers.konghq.com/kong})"},
    {ingress_classes, "{metadata: {name: nginx}, spec: {controller: k8s.io/ingress-nginx}}"},
    {ingresses, R"(
metadata: {name: by-class}
spec: {ingressClassName: kong, defaultBackend: {service: {name: cart, port: {number: 80}}}})"},
    {ingresses, R"(
metadata: {name: by-annotation, annotations: {kubernetes.io/ingress.class: kong}}
spec: {defaultBackend: {service: {name: cart, port: {number: 80}}}})"},
    {ingresses, R"(
metadata: {name: of-another}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: cart, port: {number: 80}}}})"},
};

std::string gateway_api(const std::string& version, const std::string& plural) {
  return "/apis/gateway.networking.k8s.io/" + version + "/namespaces/shop/" + plural;
}

const std::vector<Object> gateway_api_objects = {
    {"/apis/gateway.networking.k8s.io/v1/gatewayclasses", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: kong, annotations: {konghq.com/gatewayclass-unmanaged: "true"}}
spec: {controllerName: konghq.com/kic-gateway-controller})"},
    {"/apis/gateway.networking.k8s.io/v1/gatewayclasses", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: istio}
spec: {controllerName: istio.io/gateway-controller})"},
    {gateway_api("v1", "gateways"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec:
  gatewayClassName: kong
  listeners: [{name: web, port: 80, protocol: HTTP}, {name: other, port: 81, protocol: HTTP}])"},
    {gateway_api("v1", "gateways"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: internal}
spec: {gatewayClassName: kong, listeners: [{name: web, port: 80, protocol: HTTP}]})"},
    {gateway_api("v1", "gateways"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: of-istio}
spec: {gatewayClassName: istio, listeners: [{name: web, port: 80, protocol: HTTP}]})"},
    {gateway_api("v1", "httproutes"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: one}
spec: {parentRefs: [{name: public}]})"},
    {gateway_api("v1", "httproutes"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: two}
spec: {parentRefs: [{name: public}]})"},
    {gateway_api("v1beta1", "httproutes"), R"(
apiVersion: gateway.networking.k8s.io/v1beta1
kind: HTTPRoute
metadata: {name: three}
spec: {parentRefs: [{name: internal}]})"},
    {gateway_api("v1", "grpcroutes"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: one}
spec: {parentRefs: [{name: public}]})"},
    {gateway_api("v1", "tlsroutes"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: one}
spec: {hostnames: [a.example], rules: [{backendRefs: [{name: cart, port: 80}]}]})"},
    {gateway_api("v1", "tcproutes"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: one}
spec: {rules: [{backendRefs: [{name: cart, port: 80}]}]})"},
    {gateway_api("v1beta1", "referencegrants"), R"(
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: one}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: kong}]
  to: [{group: "", kind: Service}])"},
    {gateway_api("v1", "backendtlspolicies"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: one}
spec:
  targetRefs: [{group: "", kind: Service, name: cart}]
  validation: {hostname: a.example, wellKnownCACertificates: System})"},
    {gateway_api("v1", "listenersets"), R"(
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: one}
spec: {parentRef: {name: public}, listeners: [{name: more, port: 82, protocol: HTTP}]})"},
};

const std::vector<Object> kong_objects = {
    {"/apis/configuration.konghq.com/v1/namespaces/shop/kongplugins",
     "{apiVersion: configuration.konghq.com/v1, kind: KongPlugin, metadata: {name: a}, plugin: "
     "cors}"},
    {"/apis/configuration.konghq.com/v1/namespaces/kong/kongplugins",
     "{apiVersion: configuration.konghq.com/v1, kind: KongPlugin, metadata: {name: b}, plugin: "
     "cors}"},
    {"/apis/configuration.konghq.com/v1/kongclusterplugins", R"(
apiVersion: configuration.konghq.com/v1
kind: KongClusterPlugin
metadata: {name: everywhere, labels: {global: "true"}}
plugin: prometheus)"},
    {"/apis/configuration.konghq.com/v1alpha1/namespaces/shop/kongpluginbindings", R"(
apiVersion: configuration.konghq.com/v1alpha1
kind: KongPluginBinding
metadata: {name: one}
spec:
  pluginRef: {name: a}
  controlPlaneRef: {type: konnectNamespacedRef, konnectNamespacedRef: {name: cp}}
  targets: {consumerRef: {name: c}})"},
    {"/apis/gateway-operator.konghq.com/v1alpha1/namespaces/shop/kongplugininstallations", R"(
apiVersion: gateway-operator.konghq.com/v1alpha1
kind: KongPluginInstallation
metadata: {name: one}
spec: {image: registry.example/plugin})"},
    {"/apis/configuration.konghq.com/v1alpha1/namespaces/shop/kongroutes", R"(
apiVersion: configuration.konghq.com/v1alpha1
kind: KongRoute
metadata: {name: one}
spec:
  controlPlaneRef: {type: konnectNamespacedRef, konnectNamespacedRef: {name: cp}}
  paths: [/a])"},
    {"/apis/configuration.konghq.com/v1beta1/namespaces/shop/tcpingresses", R"(
apiVersion: configuration.konghq.com/v1beta1
kind: TCPIngress
metadata: {name: one}
spec: {rules: [{port: 9000, backend: {serviceName: cart, servicePort: 80}}]})"},
};

const std::vector<Object> knative_objects = {
    {namespaces, "metadata: {name: knative-serving, labels: {app.kubernetes.io/version: 1.15.2}}"},
    {"/api/v1/namespaces/knative-serving/configmaps", R"(
metadata: {name: config-network}
data: {ingress-class: kong, _example: "ingress-class: istio.ingress.networking.knative.dev"})"},
    {"/apis/serving.knative.dev/v1/namespaces/shop/services",
     "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}}"},
    {"/apis/serving.knative.dev/v1/namespaces/shop/services",
     "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: b}}"},
    {"/apis/networking.internal.knative.dev/v1alpha1/namespaces/shop/ingresses", R"(
apiVersion: networking.internal.knative.dev/v1alpha1
kind: Ingress
metadata: {name: a, annotations: {networking.knative.dev/ingress.class: kong}})"},
    {"/apis/networking.internal.knative.dev/v1alpha1/namespaces/shop/ingresses", R"(
apiVersion: networking.internal.knative.dev/v1alpha1
kind: Ingress
metadata: {name: b, annotations: {networking.knative.dev/ingress.class: kong}})"},
    {"/apis/networking.internal.knative.dev/v1alpha1/namespaces/shop/ingresses", R"(
apiVersion: networking.internal.knative.dev/v1alpha1
kind: Ingress
metadata:
  name: c
  annotations: {networking.knative.dev/ingress.class: kourier.ingress.networking.knative.dev})"},
};

// Two ways of a proxy in a Pod: as a container, and as a native sidecar.
const std::vector<Object> istio_objects = {
    {namespaces, "metadata: {name: istio-system}"},
    {"/api/v1/namespaces/istio-system/services",
     "{metadata: {name: istiod, labels: {app: istiod}}, spec: {ports: [{port: 15012}]}}"},
    {"/apis/apps/v1/namespaces/istio-system/daemonsets", R"(
metadata: {name: istio-cni-node}
spec:
  selector: {matchLabels: {app: cni}}
  template:
    metadata: {labels: {app: cni}}
    spec: {containers: [{name: install-cni, image: istio/install-cni}]})"},
    {shop_pods, R"(
metadata: {name: cart-1}
spec:
  initContainers: [{name: istio-init, image: istio/proxyv2}]
  containers: [{name: cart, image: i}, {name: istio-proxy, image: istio/proxyv2}])"},
    {shop_pods, R"(
metadata: {name: pay-1}
spec:
  initContainers: [{name: istio-proxy, image: istio/proxyv2, restartPolicy: Always}]
  containers: [{name: pay, image: i}])"},
    {shop_pods, "{metadata: {name: plain-1}, spec: {containers: [{name: c, image: i}]}}"},
    {shop_services, "{metadata: {name: cart}, spec: {ports: [{port: 80}]}}"},
    {shop_services, "{metadata: {name: pay}, spec: {ports: [{port: 80}]}}"},
    {shop_services, "{metadata: {name: plain}, spec: {ports: [{port: 80}]}}"},
    {shop_services, "{metadata: {name: of-nothing}, spec: {ports: [{port: 80}]}}"},
    {shop_slices, R"(
metadata: {name: cart-a, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
endpoints:
- {addresses: [10.1.0.1], targetRef: {kind: Pod, namespace: shop, name: cart-1}}
- {addresses: [10.1.0.2], targetRef: {kind: Pod, namespace: shop, name: plain-1}})"},
    {shop_slices, R"(
metadata: {name: pay-a, labels: {kubernetes.io/service-name: pay}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.3], targetRef: {kind: Pod, namespace: shop, name: pay-1}}])"},
    {shop_slices, R"(
metadata: {name: plain-a, labels: {kubernetes.io/service-name: plain}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.2], targetRef: {kind: Pod, namespace: shop, name: plain-1}}])"},
    {kong_pods, R"(
metadata:
  name: edge-kong-0
  labels: {app.kubernetes.io/name: kong, app.kubernetes.io/component: app}
  annotations: {sidecar.istio.io/status: "{}"}
spec:
  initContainers:
  - {name: istio-validation, image: istio/proxyv2}
  - {name: istio-proxy, image: istio/proxyv2, restartPolicy: Always}
  containers:
  - name: ingress-controller
    image: kong/kubernetes-ingress-controller:2.3.1
    args: [--feature-gates=Gateway=true]
  - {name: proxy, image: "kong:2.8.0"})"},
    {"/apis/discovery.k8s.io/v1/namespaces/kong/endpointslices", R"(
metadata: {name: proxy-a, labels: {kubernetes.io/service-name: edge-kong-proxy}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.4], targetRef: {kind: Pod, namespace: kong, name: edge-kong-0}}])"},
};

// What Kong's controller says it did.
Object event(const std::string& reason, const std::string& time) {
  return {"/api/v1/namespaces/kong/events", R"(
metadata: {name: edge-kong-0.)" + time + R"(}
involvedObject: {kind: Pod, namespace: kong, name: edge-kong-0}
source: {component: kong-client}
type: Normal
reason: )" + reason + R"(
lastTimestamp: 2022-05-03T)" + time + "Z"};
}

std::string gateway_status(const std::string& programmed, const std::vector<int>& attached) {
  const std::string condition = R"({"type":"Programmed","status":")" + programmed +
                                R"(","reason":"Programmed","message":"",)"
                                R"("lastTransitionTime":"2022-05-03T08:46:22Z"})";
  std::string listeners;
  for (const int routes : attached) {
    listeners += (listeners.empty() ? "" : ",") + std::string(R"({"name":"l)") +
                 std::to_string(listeners.size()) + R"(","supportedKinds":[],"conditions":[],)" +
                 R"("attachedRoutes":)" + std::to_string(routes) + "}";
  }
  return R"({"status":{"conditions":[)" + condition + R"(],"listeners":[)" + listeners + "]}}";
}

}  // namespace

void create_all(Cluster& cluster, const std::vector<Object>& objects) {
  for (const Object& object : objects) cluster.create(object.collection, object.yaml);
}

void install_catalog(Cluster& cluster) {
  load_crds(cluster, {"gateway-api-v1.6.3-standard", "kong-ingress-controller", "kong-operator",
                      "knative-serving", "knative-ingress", "istio"});
  install_kong(cluster);
  create_all(cluster, ingress_objects);
  create_all(cluster, gateway_api_objects);
  create_all(cluster, kong_objects);
  create_all(cluster, knative_objects);
  create_all(cluster, istio_objects);
  create_all(cluster, {event("KongConfigurationSucceeded", "08:47:00"),
                       event("KongConfigurationApplyFailed", "08:46:50"),
                       event("FallbackKongConfigurationSucceeded", "08:46:51")});
  const std::string gateways = gateway_api("v1", "gateways/");
  cluster.merge(gateways + "public/status", gateway_status("True", {2, 1}));
  cluster.merge(gateways + "internal/status", gateway_status("False", {5}));
  cluster.merge(gateways + "of-istio/status", gateway_status("True", {9}));
  cluster.merge("/api/v1/namespaces/kong/pods/edge-kong-0/status",
                R"({"status":{"phase":"Running"}})");
  cluster.merge("/api/v1/namespaces/kong",
                R"({"metadata":{"labels":{"istio-injection":"enabled"}}})");
}

const std::vector<std::string>& where_the_product_runs() {
  static const std::vector<std::string> options = {
      "--param", "service-mesh.pod_namespace=kong",
      "--param", "service-mesh.pod_name=edge-kong-0",
      "--param", "service-mesh.proxy_service=edge-kong-proxy"};
  return options;
}

}  // namespace ktel::test
