// service-mesh: a row for each mark of each mesh, for each way of being misled by one.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Object;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/service_mesh") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;
  using Objects = std::vector<Object>;
  using Names = std::vector<std::string>;

  Object named(const std::string& name, const std::string& ns = "") {
    Object object{{"metadata.name", name}};
    if (!ns.empty()) object.set("metadata.namespace", ns);
    return object;
  }
  Object service(const std::string& name, const std::string& ns = "shop") {
    return named(name, ns);
  }

  struct Init {
    std::string name;
    bool stays = false;  // a native sidecar
  };

  Object with_containers(Object pod, const Names& containers, const std::vector<Init>& inits = {}) {
    for (std::size_t i = 0; i < containers.size(); ++i) {
      pod.set("spec.containers[" + std::to_string(i) + "].name", containers[i]);
    }
    for (std::size_t i = 0; i < inits.size(); ++i) {
      const std::string at = "spec.initContainers[" + std::to_string(i) + "].";
      pod.set(at + "name", inits[i].name);
      if (inits[i].stays) pod.set(at + "restartPolicy", "Always");
    }
    return pod;
  }
  Object pod(const std::string& name, const Names& containers,
             const std::vector<Init>& inits = {}) {
    return with_containers(named(name, "shop"), containers, inits);
  }

  // The product's own.
  Object own(const Names& containers = {"proxy"}, const std::vector<Init>& inits = {}) {
    return with_containers(Object(), containers, inits);
  }

  struct Target {
    std::string pod;
    std::string kind = "Pod";
    std::string ns = "shop";
  };
  Object slice(const std::string& of, const std::vector<Target>& targets) {
    Object object{{"metadata.namespace", "shop"}};
    if (!of.empty()) object.label("kubernetes.io/service-name", of);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const std::string at = "endpoints[" + std::to_string(i) + "].";
      object.set(at + "addresses[0]", "10.0.0.1");
      if (targets[i].kind.empty()) continue;
      object.set(at + "targetRef.kind", targets[i].kind).set(at + "targetRef.name", targets[i].pod);
      if (!targets[i].ns.empty()) object.set(at + "targetRef.namespace", targets[i].ns);
    }
    return object;
  }
  Object endpoints(const std::string& of, const std::string& addresses, const std::string& target) {
    const std::string at = "subsets[1]." + addresses + "[1].targetRef.";
    return named(of, "shop").set(at + "kind", "Pod").set(at + "name", target);
  }

  struct Cluster {
    Objects namespaces{};
    Objects services{};
    Names served{};  // reads whose resource is
    Objects daemonsets{};
    std::optional<Object> cilium_config{};
    Objects gateway_classes{};
    std::optional<Object> own{};
    Object own_namespace = named("kong");
    std::string proxy_service{};
    Objects pods{};
    Objects slices{};
    Objects endpoints{};
  };

  FakeHost host_of(const Cluster& cluster) {
    FakeHost host(job());
    // the host lists each kind once, for all reads of it
    const auto add = [&](const Objects& objects, const std::vector<const char*>& reads) {
      for (const Object& object : objects) {
        for (const char* read : reads) host.object(read, object);
      }
    };
    add(cluster.namespaces, {"namespaces"});
    add({cluster.own_namespace}, {"namespaces"});
    add(cluster.services, {"services"});
    for (const std::string& read : cluster.served) host.object(read, {{"kind", "X"}});
    add(cluster.daemonsets, {"daemonsets"});
    if (cluster.cilium_config) host.object("cilium-config", *cluster.cilium_config);
    add(cluster.gateway_classes, {"gateway-classes"});
    if (cluster.own) {
      host.object("own-pod", *cluster.own);
      host.param("pod_namespace", "kong").param("pod_name", "kong-7d4-x");
    }
    if (!cluster.proxy_service.empty()) host.param("proxy_service", cluster.proxy_service);
    add(cluster.pods, {"pods", "endpoint-pods", "app-mesh-pods"});
    add(cluster.slices, {"slices", "app-mesh-slices"});
    add(cluster.endpoints, {"endpoints"});
    return host;
  }
  Outcome run(const Cluster& cluster) {
    Outcome outcome = host_of(cluster).run();
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings == Names{});
    return outcome;
  }

  bool has(const Outcome& outcome, const std::string& field) {
    return outcome.fields.count(field) > 0;
  }

  // One object, and the list that comes of it.
  using Row = std::pair<Object, const char*>;

  // The entries of the map, without its name.
  Fields share(const Outcome& outcome) {
    const std::string field = "mesh_services_count.";
    Fields found;
    for (const auto& [key, value] : outcome.fields) {
      if (key.starts_with(field)) found.emplace(key.substr(field.size()), value);
    }
    return found;
  }

  // A Service `web` of one Pod.
  Cluster web(const Object& behind) {
    return {.services = {service("web")}, .pods = {behind}, .slices = {slice("web", {{"web-1"}})}};
  }

  }  // namespace

  // ---- mdep ----

  TEST_CASE("signal 1: a namespace by its name, or by its label") {
    const Row rows[] = {
        {named("istio-system"), "[istio]"},
        {named("linkerd"), "[linkerd]"},
        {named("mesh").label("linkerd.io/is-control-plane"), "[linkerd]"},
        {named("mesh").label("linkerd.io/is-control-plane", "false"), "[]"},
        {named("kuma-system"), "[kuma]"},
        {named("kong-mesh-system"), "[kong-mesh]"},
        {named("mesh").label("kuma.io/system-namespace"), "[kong-mesh,kuma]"},
        {named("kuma-system").label("kuma.io/system-namespace"), "[kuma]"},
        {named("kong-mesh-system").label("kuma.io/system-namespace"), "[kong-mesh]"},
        {named("consul"), "[consul]"},
        {named("traefik-mesh"), "[traefik-mesh]"},
        {named("appmesh-system"), "[app-mesh]"},
        {named("osm-system"), "[open-service-mesh]"},
        {named("fsm-system"), "[flomesh]"},
        {named("nginx-mesh"), "[nginx-service-mesh]"},
        {named("istio-system-old"), "[]"},
        {named("kube-system"), "[]"},
        {Object(), "[]"},
    };
    for (const auto& [object, wanted] : rows) {
      CAPTURE(std::string(wanted));
      const Outcome outcome = run({.namespaces = {object}});
      CHECK(outcome["deployed_by_namespace"] == wanted);
      CHECK(outcome["deployed"] == "[]");
    }
    CHECK(run({.namespaces = {named("kuma-system"),
                              named("istio-system")}})["deployed_by_namespace"] == "[istio,kuma]");
  }

  TEST_CASE("signal 2: a resource of the mesh's own is served") {
    const std::pair<const char*, const char*> rows[] = {
        {"istio", "[istio]"},
        {"linkerd", "[linkerd]"},
        {"linkerd-policy", "[linkerd]"},
        {"linkerd-workload", "[linkerd]"},
        {"consul", "[consul]"},
        {"app-mesh", "[app-mesh]"},
        {"open-service-mesh", "[open-service-mesh]"},
        {"flomesh", "[flomesh]"},
        {"flomesh-clusters", "[flomesh]"},
        {"nginx", "[nginx-service-mesh]"},
        {"nginx-rate-limits", "[nginx-service-mesh]"},
        {"kuma", "[kong-mesh,kuma]"},
    };
    for (const auto& [read, wanted] : rows) {
      CAPTURE(std::string(read));
      const Outcome outcome = run({.served = {read}});
      CHECK(outcome["deployed_by_resource"] == wanted);
      CHECK(outcome["deployed"] == "[]");
    }
    CHECK(run({})["deployed_by_resource"] == "[]");
    CHECK(run({.served = {"istio", "consul"}})["deployed_by_resource"] == "[consul,istio]");
  }

  TEST_CASE("resources that several bring are not asked for") {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const ktel_read& read = job().reads[i];
      if (read.verb != KTEL_READ_SERVED) continue;
      const std::string_view group = read.group;
      CHECK_FALSE(group.starts_with("gateway.networking"));
      CHECK_FALSE(group.ends_with("smi-spec.io"));
    }
  }

  TEST_CASE("signal 3: a Service of the control plane, in any namespace") {
    const auto labelled = [](const char* name,
                             const std::vector<std::pair<const char*, const char*>>& labels) {
      Object object = service(name);
      for (const auto& [key, value] : labels) object.label(key, value);
      return object;
    };
    const Row rows[] = {
        {service("istiod", "istio-system"), "[istio]"},
        {service("istiod", "elsewhere"), "[istio]"},
        {labelled("istiod-1-28-0", {{"app", "istiod"}, {"istio", "pilot"}}), "[istio]"},
        {labelled("istiod-canary", {{"app", "istiod"}}), "[istio]"},
        {labelled("istio-pilot", {{"istio", "pilot"}}), "[istio]"},
        {service("istiod-dashboard"), "[]"},
        {service("linkerd-proxy-injector", "linkerd"), "[linkerd]"},
        {service("kuma-control-plane", "kuma-system"), "[kuma]"},
        {labelled("control-plane", {{"app", "kuma-control-plane"}}), "[kuma]"},
        {service("kong-mesh-control-plane"), "[kong-mesh]"},
        {labelled("control-plane", {{"app", "kong-mesh-control-plane"}}), "[kong-mesh]"},
        {service("consul-server", "consul"), "[consul]"},
        {labelled("consul-consul-server", {{"app", "consul"}, {"component", "server"}}),
         "[consul]"},
        {labelled("consul-consul-dns", {{"app", "consul"}, {"component", "dns"}}), "[]"},
        {labelled("mine", {{"component", "server"}}), "[]"},
        {service("traefik-mesh-controller"), "[traefik-mesh]"},
        {service("maesh-controller"), "[traefik-mesh]"},
        {service("appmesh-controller-webhook-service"), "[app-mesh]"},
        {labelled("mine-webhook-service", {{"app.kubernetes.io/name", "appmesh-controller"}}),
         "[app-mesh]"},
        {labelled("mine-metrics", {{"app.kubernetes.io/name", "appmesh-controller"}}), "[]"},
        {service("other-webhook-service"), "[]"},
        {service("osm-controller"), "[open-service-mesh]"},
        {service("fsm-controller"), "[flomesh]"},
        {service("nginx-mesh-controller"), "[nginx-service-mesh]"},
        {service("kubernetes", "default"), "[]"},
    };
    for (const auto& [object, wanted] : rows) {
      CAPTURE(std::string(wanted));
      const Outcome outcome = run({.services = {object}});
      CHECK(outcome["deployed_by_service"] == wanted);
      CHECK(outcome["deployed"] == wanted);
    }
  }

  TEST_CASE("each signal has its field, so that Kong's tokens can be told from the report") {
    // mdep=i1,k1,k2,k3
    const Outcome outcome = run({.namespaces = {named("istio-system"), named("kuma-system")},
                                 .services = {service("kuma-control-plane", "kuma-system")},
                                 .served = {"kuma"}});

    CHECK(outcome["deployed_by_namespace"] == "[istio,kuma]");
    CHECK(outcome["deployed_by_resource"] == "[kuma]");
    CHECK(outcome["deployed_by_service"] == "[kuma]");
    CHECK(outcome["deployed"] == "[kuma]");
  }

  TEST_CASE("what an uninstalling leaves is not deployed") {
    const Outcome outcome =
        run({.namespaces = {named("istio-system")}, .served = {"istio", "linkerd"}});

    CHECK(outcome["deployed_by_namespace"] == "[istio]");
    CHECK(outcome["deployed_by_resource"] == "[istio,linkerd]");
    CHECK(outcome["deployed_by_service"] == "[]");
    CHECK(outcome["deployed"] == "[]");
  }

  TEST_CASE("Kuma and Kong Mesh are told apart by their control planes, Services first") {
    const Object kuma = service("kuma-control-plane");
    const Object kong_mesh = service("kong-mesh-control-plane");
    const std::pair<Cluster, const char*> rows[] = {
        {{}, "[kong-mesh,kuma]"},
        {{.services = {kuma}}, "[kuma]"},
        {{.services = {kong_mesh}}, "[kong-mesh]"},
        {{.services = {kuma, kong_mesh}}, "[kong-mesh,kuma]"},
        {{.namespaces = {named("kuma-system")}}, "[kuma]"},
        {{.namespaces = {named("kong-mesh-system")}}, "[kong-mesh]"},
        {{.namespaces = {named("kuma-system"), named("kong-mesh-system")}}, "[kong-mesh,kuma]"},
        // one of the namespaces is left over
        {{.namespaces = {named("kuma-system"), named("kong-mesh-system")}, .services = {kong_mesh}},
         "[kong-mesh]"},
    };
    for (auto [cluster, wanted] : rows) {
      CAPTURE(std::string(wanted));
      cluster.served = {"kuma"};
      cluster.own =
          own({"proxy", "kuma-sidecar"}, {{"kuma-init"}}).annotation("kuma.io/sidecar-injected");
      cluster.own_namespace = named("kong").label("kuma.io/sidecar-injection", "enabled");
      const Outcome outcome = run(cluster);
      for (const char* field :
           {"deployed_by_resource", "member_of", "member_by_namespace", "member_by_annotation",
            "member_by_sidecar", "member_by_init_container"}) {
        CHECK(outcome[field] == wanted);
      }
    }
  }

  TEST_CASE("where what tells Kuma from Kong Mesh cannot be read, neither is named") {
    const Names of_both = {"deployed_by_resource",    "member_of",
                           "member_by_annotation",    "member_by_namespace",
                           "member_by_sidecar",       "member_by_init_container",
                           "mesh_services_count.kuma"};
    const auto cluster = [](const Objects& control_planes) {
      Cluster kuma = web(pod("web-1", {"kuma-sidecar"}));
      kuma.served = {"kuma"};
      kuma.own =
          own({"proxy", "kuma-sidecar"}, {{"kuma-init"}}).annotation("kuma.io/sidecar-injected");
      kuma.own_namespace = named("kong").label("kuma.io/sidecar-injection", "enabled");
      kuma.namespaces = {named("kuma-system")};
      for (const Object& service : control_planes) kuma.services.push_back(service);
      return kuma;
    };

    for (const std::string& field : of_both) {
      CAPTURE(field);
      // a namespace may be left over: it tells where Services are known, and only there
      CHECK(has(run(cluster({})), field));
      CHECK_FALSE(has(host_of(cluster({})).ended("services", KTEL_E_DENIED).run(), field));
      CHECK_FALSE(has(host_of(cluster({})).ended("namespaces", KTEL_E_DENIED).run(), field));
    }
    // a Service tells alone
    const Outcome told =
        host_of(cluster({service("kuma-control-plane")})).ended("namespaces", KTEL_E_DENIED).run();
    CHECK(told["member_of"] == "[kuma]");
    CHECK(told["meshed_services_count"] == "1");
  }

  TEST_CASE("Cilium is a mesh where it is configured as one") {
    const auto config = [](const std::vector<const char*>& on) {
      Object object{{"data['enable-ipv4']", "true"}, {"data['enable-gateway-api']", "false"}};
      for (const char* key : on) object.set("data['" + std::string(key) + "']", "true");
      return object;
    };
    const auto deployed = [](const std::optional<Object>& configuration, const Objects& classes) {
      return run(
          {.served = {"cilium"}, .cilium_config = configuration, .gateway_classes = classes});
    };
    const Object its_class{{"spec.controllerName", "io.cilium/gateway-controller"}};
    const Object another{{"spec.controllerName", "konghq.com/kic-gateway-controller"}};

    const std::pair<std::vector<const char*>, const char*> rows[] = {
        {{}, "[]"},
        {{"enable-l7-proxy"}, "[]"},  // on by default
        {{"enable-l7-proxy", "enable-envoy-config"}, "[cilium]"},
        {{"enable-l7-proxy", "enable-gateway-api"}, "[cilium]"},
        {{"enable-l7-proxy", "enable-ingress-controller"}, "[cilium]"},
        {{"enable-envoy-config"}, "[cilium]"},  // releases that do not write the default down
    };
    for (const auto& [on, wanted] : rows) {
      CAPTURE(on.size());
      const Outcome outcome = deployed(config(on), {});
      CHECK(outcome["deployed_by_configuration"] == wanted);
      CHECK(outcome["deployed"] == wanted);
      CHECK(outcome["deployed_by_resource"] == "[]");
    }
    // without its proxy none of them works
    CHECK(deployed(
              Object{{"data['enable-envoy-config']", "true"}, {"data['enable-l7-proxy']", "false"}},
              {})["deployed"] == "[]");
    // a class that is left over
    CHECK(deployed(config({}), {its_class})["deployed"] == "[]");

    // not where it usually is
    CHECK(deployed(std::nullopt, {its_class})["deployed"] == "[cilium]");
    CHECK_FALSE(has(deployed(std::nullopt, {another}), "deployed_by_configuration"));
    CHECK_FALSE(has(deployed(std::nullopt, {another}), "deployed"));

    // not there
    const Outcome outcome = run({.cilium_config = config({"enable-envoy-config"})});
    CHECK(outcome["deployed_by_configuration"] == "[]");
    CHECK(outcome["deployed"] == "[]");
  }

  TEST_CASE("what runs on every node") {
    const Row rows[] = {
        {named("ztunnel", "istio-system"), "[ztunnel]"},
        {named("istio-cni-node", "istio-system"), "[istio-cni]"},
        {named("linkerd-cni", "linkerd-cni"), "[linkerd-cni]"},
        {named("kuma-cni-node", "kube-system"), "[kuma-cni]"},
        {named("kong-mesh-cni-node", "kube-system"), "[kuma-cni]"},
        {named("consul-consul-cni").label("app", "consul").label("component", "cni"),
         "[consul-cni]"},
        {named("consul-client").label("app", "consul").label("component", "client"), "[]"},
        {named("cilium", "kube-system"), "[]"},
        {named("cilium-envoy", "kube-system"), "[]"},  // also where it is no mesh
        {named("kube-proxy", "kube-system"), "[]"},
    };
    for (const auto& [object, wanted] : rows) {
      CHECK(run({.daemonsets = {object}})["node_agents"] == wanted);
    }
    CHECK(run({.daemonsets = {named("ztunnel", "a"), named("ztunnel", "b"),
                              named("istio-cni-node")}})["node_agents"] == "[istio-cni,ztunnel]");
    CHECK(run({})["node_agents"] == "[]");
  }

  // ---- kinm ----

  TEST_CASE("signal 1: the Namespace asks for a mesh, which is not yet being in it") {
    const auto ns = [] { return named("kong"); };
    const Row rows[] = {
        {ns(), "[]"},
        {ns().label("istio-injection", "enabled"), "[istio]"},
        {ns().label("istio-injection", "disabled"), "[]"},
        {ns().label("istio.io/rev", "1-28-0"), "[istio]"},
        {ns().label("istio-injection", "enabled").label("istio.io/rev", "a"), "[istio]"},
        {ns().label("istio-injection", "disabled").label("istio.io/rev", "a"), "[]"},
        {ns().label("istio.io/dataplane-mode", "ambient"), "[istio]"},
        {ns().label("istio.io/dataplane-mode", "none"), "[]"},
        {ns().annotation("linkerd.io/inject", "enabled"), "[linkerd]"},
        {ns().annotation("linkerd.io/inject", "ingress"), "[linkerd]"},
        {ns().annotation("linkerd.io/inject", "disabled"), "[]"},
        {ns().label("linkerd.io/inject", "enabled"), "[]"},
        {ns().annotation("kuma.io/sidecar-injection", "enabled"), "[kong-mesh,kuma]"},
        {ns().annotation("kuma.io/sidecar-injection", "true"), "[kong-mesh,kuma]"},
        {ns().label("kuma.io/sidecar-injection", "enabled"), "[kong-mesh,kuma]"},
        {ns().label("kuma.io/sidecar-injection", "true"), "[kong-mesh,kuma]"},
        {ns().label("kuma.io/sidecar-injection", "yes"), "[kong-mesh,kuma]"},
        {ns().label("kuma.io/sidecar-injection", "disabled"), "[]"},
        {ns().label("appmesh.k8s.aws/sidecarInjectorWebhook", "enabled"), "[app-mesh]"},
        {ns().label("appmesh.k8s.aws/sidecarInjectorWebhook", "disabled"), "[]"},
        {ns().label("openservicemesh.io/monitored-by", "osm"), "[open-service-mesh]"},
        {ns().annotation("openservicemesh.io/sidecar-injection", "enabled"), "[open-service-mesh]"},
        {ns().label("flomesh.io/monitored-by", "fsm"), "[flomesh]"},
        {ns().annotation("flomesh.io/sidecar-injection", "enabled"), "[flomesh]"},
        {ns().label("injector.nsm.nginx.com/auto-inject", "enabled"), "[nginx-service-mesh]"},
        {ns().label("injector.nsm.nginx.com/auto-inject", "disabled"), "[]"},
    };
    for (const auto& [object, wanted] : rows) {
      CAPTURE(std::string(wanted));
      const Outcome outcome = run({.own = own(), .own_namespace = object});
      CHECK(outcome["member_by_namespace"] == wanted);
      CHECK(outcome["member_of"] == "[]");
      CHECK(outcome["data_planes"] == "[]");
    }
    // another Namespace asks for nobody but itself
    CHECK(run({.namespaces = {named("shop").label("istio-injection", "enabled")},
               .own = own()})["member_by_namespace"] == "[]");
  }

  TEST_CASE("a Pod that stays out of ambient is not asked for by its Namespace") {
    const Object asking = named("kong").label("istio.io/dataplane-mode", "ambient");
    const Object none = own().label("istio.io/dataplane-mode", "none");

    CHECK(run({.own = none, .own_namespace = asking})["member_by_namespace"] == "[]");
    CHECK(run({.own = none,
               .own_namespace =
                   Object(asking).label("istio.io/rev", "a")})["member_by_namespace"] == "[istio]");
    CHECK(run({.own = none})["asked_by_pod"] == "[]");
  }

  TEST_CASE("the Pod itself asks for a mesh, which is not yet being in it") {
    const Row rows[] = {
        {own(), "[]"},
        {own().label("sidecar.istio.io/inject", "true"), "[istio]"},
        {own().annotation("sidecar.istio.io/inject", "true"), "[istio]"},
        {own().label("sidecar.istio.io/inject", "false"), "[]"},
        {own().label("istio.io/dataplane-mode", "ambient"), "[istio]"},
        {own().annotation("linkerd.io/inject", "enabled"), "[linkerd]"},
        {own().annotation("linkerd.io/inject", "ingress"), "[linkerd]"},
        {own().label("kuma.io/sidecar-injection", "enabled"), "[kong-mesh,kuma]"},
        {own().annotation("kuma.io/sidecar-injection", "yes"), "[kong-mesh,kuma]"},
        {own().label("kuma.io/sidecar-injection", "no"), "[]"},
        {own().annotation("kuma.io/gateway", "enabled"), "[]"},  // Kong's charts always write it
        {own().annotation("consul.hashicorp.com/connect-inject", "true"), "[consul]"},
        {own().annotation("openservicemesh.io/sidecar-injection", "enabled"),
         "[open-service-mesh]"},
        {own().annotation("flomesh.io/sidecar-injection", "enabled"), "[flomesh]"},
    };
    for (const auto& [object, wanted] : rows) {
      CAPTURE(std::string(wanted));
      const Outcome outcome = run({.own = object});
      CHECK(outcome["asked_by_pod"] == wanted);
      CHECK(outcome["member_by_namespace"] == "[]");
      CHECK(outcome["member_by_annotation"] == "[]");
      CHECK(outcome["member_of"] == "[]");
    }
  }

  TEST_CASE("signal 2: what injectors leave on the Pod") {
    const Row rows[] = {
        {own(), "[]"},
        {own().annotation("sidecar.istio.io/status", R"({"containers":["istio-proxy"]})"),
         "[istio]"},
        {own().annotation("sidecar.istio.io/status", ""), "[istio]"},
        {own().annotation("ambient.istio.io/redirection", "enabled"), "[istio]"},
        {own().annotation("ambient.istio.io/redirection", "pending"), "[]"},
        {own().annotation("linkerd.io/proxy-version", "stable-2.14.0"), "[linkerd]"},
        {own().label("linkerd.io/control-plane-ns", "linkerd"), "[linkerd]"},
        {own().annotation("kuma.io/sidecar-injected"), "[kong-mesh,kuma]"},
        {own().annotation("kuma.io/sidecar-injected", "false"), "[]"},
        {own().annotation("kuma.io/gateway", "enabled"), "[]"},
        {own().annotation("consul.hashicorp.com/connect-inject-status", "injected"), "[consul]"},
        {own().annotation("consul.hashicorp.com/connect-inject-status", "pending"), "[]"},
        {own().label("osm-proxy-uuid", "x"), "[open-service-mesh]"},
        {own().label("fsm-proxy-uuid", "x"), "[flomesh]"},
        {own().annotation("injector.nsm.nginx.com/status", "injected"), "[nginx-service-mesh]"},
    };
    for (const auto& [object, wanted] : rows) {
      CAPTURE(std::string(wanted));
      const Outcome outcome = run({.own = object});
      CHECK(outcome["member_by_annotation"] == wanted);
      CHECK(outcome["member_of"] == wanted);
      CHECK(outcome["member_by_sidecar"] == "[]");
      CHECK(outcome["member_by_init_container"] == "[]");
    }
  }

  TEST_CASE("signal 2, Traefik Mesh: the traffic type of the proxy's Service, in any case") {
    const std::pair<const char*, const char*> rows[] = {
        {"http", "[traefik-mesh]"},
        {"tcp", "[traefik-mesh]"},
        {"udp", "[traefik-mesh]"},
        {"HTTP", "[traefik-mesh]"},
        {"TCP", "[traefik-mesh]"},
        {"Udp", "[traefik-mesh]"},
        {"grpc", "[]"},
        {"https", "[]"},
        {"", "[]"},
    };
    for (const auto& [type, wanted] : rows) {
      CAPTURE(std::string(type));
      const Outcome outcome =
          run({.services =
                   {service("kong-proxy", "kong").annotation("mesh.traefik.io/traffic-type", type)},
               .own = own(),
               .proxy_service = "kong-proxy"});
      CHECK(outcome["member_by_annotation"] == wanted);
      CHECK(outcome["member_of"] == wanted);
    }
  }

  TEST_CASE("the proxy's Service is where the parameter says, else beside the Pod") {
    const auto annotated = [](const char* ns) {
      return service("kong-proxy", ns).annotation("mesh.traefik.io/traffic-type", "http");
    };
    const auto member = [](const Objects& services, const char* given) {
      return run({.services = services, .own = own(), .proxy_service = given});
    };

    CHECK(member({annotated("edge"), service("kong-proxy", "kong")},
                 "kong-proxy")["member_by_annotation"] == "[]");
    CHECK(member({annotated("edge")}, "edge/kong-proxy")["member_by_annotation"] ==
          "[traefik-mesh]");
    CHECK(member({annotated("edge")}, "")["member_by_annotation"] == "[]");

    // one that is not there is more likely a mistake than a fact
    const Outcome outcome = member({annotated("edge")}, "kong-proxy");
    CHECK_FALSE(has(outcome, "member_by_annotation"));
    CHECK_FALSE(has(outcome, "member_of"));
    CHECK(outcome["member_by_sidecar"] == "[]");
    CHECK(outcome.log.size() == 1);
  }

  TEST_CASE("signal 3: the proxy in the Pod, as a container or as a native sidecar") {
    const std::pair<const char*, const char*> rows[] = {
        {"istio-proxy", "[istio]"},
        {"linkerd-proxy", "[linkerd]"},
        {"kuma-sidecar", "[kong-mesh,kuma]"},
        {"envoy-sidecar", "[consul]"},
        {"envoy-sidecar-web", "[consul]"},
        {"consul-dataplane", "[consul]"},
        {"consul-dataplane-web-admin", "[consul]"},
        {"nginx-mesh-sidecar", "[nginx-service-mesh]"},
        {"istio-proxy-2", "[]"},
        {"envoy", "[]"},
        {"sidecar", "[]"},
    };
    for (const auto& [name, wanted] : rows) {
      CAPTURE(std::string(name));
      const std::string some = std::string(wanted) == "[]" ? "[]" : "[sidecar]";
      Outcome outcome = run({.own = own({"proxy", name})});
      CHECK(outcome["member_by_sidecar"] == wanted);
      CHECK(outcome["member_of"] == wanted);
      CHECK(outcome["member_by_init_container"] == "[]");
      CHECK(outcome["data_planes"] == some);

      outcome = run({.own = own({"proxy"}, {{"migrate"}, {name, true}})});
      CHECK(outcome["member_by_sidecar"] == wanted);
      CHECK(outcome["member_of"] == wanted);
      CHECK(outcome["member_by_init_container"] == "[]");
      CHECK(outcome["data_planes"] == (some == "[]" ? "[]" : "[native-sidecar]"));

      // one that ends is no sidecar
      CHECK(run({.own = own({"proxy"}, {{name}})})["member_by_sidecar"] == "[]");
    }
  }

  TEST_CASE("signal 3: a container called envoy needs a second sign") {
    const auto envoy = [](const char* image) {
      return own({"proxy", "envoy"}).set("spec.containers[1].image", image);
    };

    CHECK(run({.own = envoy("840364872350.dkr.ecr.us-west-2.amazonaws.com/"
                            "aws-appmesh-envoy:v1.29.6.1-prod")})["member_by_sidecar"] ==
          "[app-mesh]");
    CHECK(run({.own = envoy("envoyproxy/envoy:v1.30.0")})["member_by_sidecar"] == "[]");
    CHECK(run({.own = own({"envoy"}).set("spec.containers[1].image",
                                         "aws-appmesh-envoy:1")})["member_by_sidecar"] == "[]");

    CHECK(run({.own = own({"envoy"}, {{"osm-init"}})})["member_by_sidecar"] ==
          "[open-service-mesh]");
    CHECK(run({.own = own({"sidecar"}, {{"fsm-init"}})})["member_by_sidecar"] == "[flomesh]");
  }

  TEST_CASE("signal 4: what prepares the network, or with a CNI plugin checks it") {
    const std::pair<const char*, const char*> rows[] = {
        {"istio-init", "[istio]"},
        {"istio-validation", "[istio]"},
        {"linkerd-init", "[linkerd]"},
        {"linkerd-network-validator", "[linkerd]"},
        {"kuma-init", "[kong-mesh,kuma]"},
        {"kuma-validation", "[kong-mesh,kuma]"},
        {"consul-connect-inject-init", "[consul]"},
        {"consul-connect-inject-init-web", "[consul]"},
        {"proxyinit", "[app-mesh]"},
        {"osm-init", "[open-service-mesh]"},
        {"fsm-init", "[flomesh]"},
        {"nginx-mesh-init", "[nginx-service-mesh]"},
        {"wait-for-db", "[]"},
    };
    for (const auto& [name, wanted] : rows) {
      CAPTURE(std::string(name));
      Outcome outcome = run({.own = own({"proxy"}, {{"clear-stale-pid"}, {name}})});
      CHECK(outcome["member_by_init_container"] == wanted);
      CHECK(outcome["member_of"] == wanted);
      CHECK(outcome["member_by_sidecar"] == "[]");
      CHECK(outcome["data_planes"] == "[]");

      outcome = run({.own = own({"proxy", name})});
      CHECK(outcome["member_by_init_container"] == "[]");
    }
  }

  TEST_CASE("Istio by default, with native sidecars, with the CNI plugin, and ambient") {
    const auto istio = [](const Object& pod) {
      return run({.own = Object(pod).annotation("sidecar.istio.io/status", "{}")});
    };

    Outcome outcome = istio(own({"istio-proxy", "proxy"}, {{"istio-init"}}));
    CHECK(outcome["member_by_sidecar"] == "[istio]");
    CHECK(outcome["member_by_init_container"] == "[istio]");
    CHECK(outcome["data_planes"] == "[sidecar]");

    outcome = istio(own({"proxy"}, {{"istio-init"}, {"istio-proxy", true}}));
    CHECK(outcome["member_by_sidecar"] == "[istio]");
    CHECK(outcome["member_by_init_container"] == "[istio]");
    CHECK(outcome["data_planes"] == "[native-sidecar]");

    outcome = istio(own({"proxy"}, {{"istio-validation"}, {"istio-proxy", true}}));
    CHECK(outcome["member_by_init_container"] == "[istio]");

    outcome = run({.own = own().annotation("ambient.istio.io/redirection", "enabled")});
    CHECK(outcome["member_of"] == "[istio]");
    CHECK(outcome["member_by_annotation"] == "[istio]");
    CHECK(outcome["member_by_sidecar"] == "[]");
    CHECK(outcome["data_planes"] == "[ambient]");
  }

  TEST_CASE("the KEP's example of a Pod in Kuma whose Namespace asks for Istio") {
    // kinm=i1,k2,k3
    const Outcome outcome =
        run({.services = {service("kuma-control-plane", "kuma-system")},
             .own = own({"proxy", "kuma-sidecar"}).annotation("kuma.io/sidecar-injected"),
             .own_namespace = named("kong").label("istio-injection", "enabled")});

    CHECK(outcome["member_by_namespace"] == "[istio]");
    CHECK(outcome["member_by_annotation"] == "[kuma]");
    CHECK(outcome["member_by_sidecar"] == "[kuma]");
    CHECK(outcome["member_by_init_container"] == "[]");
    CHECK(outcome["member_of"] == "[kuma]");
  }

  const char* const of_the_product[] = {
      "member_of",         "member_by_namespace",      "member_by_annotation",
      "member_by_sidecar", "member_by_init_container", "asked_by_pod",
      "data_planes"};

  TEST_CASE("nothing is said of the product where its Pod is not known") {
    const auto check_absent = [](const Outcome& outcome) {
      for (const char* field : of_the_product) CHECK_FALSE(has(outcome, field));
      CHECK(outcome["deployed"] == "[istio]");
      CHECK(outcome["services_count"] == "1");
    };
    const Cluster cluster{.services = {service("istiod")}};

    check_absent(run(cluster));  // no parameter
    FakeHost half = host_of(cluster);
    check_absent(half.object("own-pod", own()).param("pod_namespace", "kong").run());
    FakeHost gone = host_of(cluster);  // no such Pod
    check_absent(gone.param("pod_namespace", "kong").param("pod_name", "kong-0").run());

    Cluster with_pod = cluster;
    with_pod.own = own();
    check_absent(host_of(with_pod).ended("own-pod", KTEL_E_DENIED).run());
    check_absent(host_of(with_pod).ended("own-pod", KTEL_E_FAILED).run());
  }

  // ---- mshare ----

  TEST_CASE("a Service is in a mesh if a Pod behind it is") {
    const std::pair<Object, Fields> rows[] = {
        {pod("web-1", {"web"}), {}},
        {pod("web-1", {"web", "istio-proxy"}), {{"istio", "1"}}},
        {pod("web-1", {"web"}, {{"istio-proxy", true}}), {{"istio", "1"}}},
        {pod("web-1", {"web"}, {{"istio-init"}}), {{"istio", "1"}}},
        {pod("web-1", {"web"}).annotation("ambient.istio.io/redirection", "enabled"),
         {{"istio", "1"}}},
        {pod("web-1", {"web"}).annotation("ambient.istio.io/redirection", "pending"), {}},
        {pod("web-1", {"web"}, {{"linkerd-network-validator"}, {"linkerd-proxy", true}}),
         {{"linkerd", "1"}}},
        {pod("web-1", {"web", "kuma-sidecar"}), {{"kong-mesh", "1"}, {"kuma", "1"}}},
        {pod("web-1", {"web", "consul-dataplane"}), {{"consul", "1"}}},
        {pod("web-1", {"web", "envoy"}, {{"proxyinit"}}), {{"app-mesh", "1"}}},
        {pod("web-1", {"web", "envoy"}), {}},
        {pod("web-1", {"web", "envoy"}, {{"osm-init"}}), {{"open-service-mesh", "1"}}},
        {pod("web-1", {"web", "nginx-mesh-sidecar"}), {{"nginx-service-mesh", "1"}}},
        {pod("web-1", {"istio-proxy", "linkerd-proxy"}), {{"istio", "1"}, {"linkerd", "1"}}},
        {named("web-1", "shop"), {}},  // no containers at all
    };
    for (const auto& [behind, wanted] : rows) {
      const Outcome outcome = run(web(behind));
      CHECK(share(outcome) == wanted);
      CHECK(outcome["meshed_services_count"] == (wanted.empty() ? "0" : "1"));
      CHECK(outcome["services_count"] == "1");
    }
  }

  TEST_CASE("any Pod is enough, in any slice, and a Service counts once a mesh") {
    const Objects pods = {pod("web-1", {"web"}), pod("web-2", {"web", "istio-proxy"}),
                          pod("web-3", {"web", "istio-proxy"}),
                          pod("web-4", {"web", "linkerd-proxy"})};
    const Outcome outcome = run(
        {.services = {service("web")},
         .pods = pods,
         .slices = {slice("web", {{"web-1"}}), slice("web", {{"web-2"}, {"web-3"}, {"web-4"}})}});

    CHECK(share(outcome) == Fields{{"istio", "1"}, {"linkerd", "1"}});
    CHECK(outcome["meshed_services_count"] == "1");
  }

  TEST_CASE("every Service is counted, and the share is of all") {
    // mshare=5,i2,k1
    const Outcome outcome =
        run({.services = {service("a"), service("b"), service("c"), service("d"),
                          service("kuma-control-plane", "kuma-system")},
             .pods = {pod("a-1", {"istio-proxy"}), pod("b-1", {"istio-proxy"}),
                      pod("c-1", {"kuma-sidecar"})},
             .slices = {slice("a", {{"a-1"}}), slice("b", {{"b-1"}}), slice("c", {{"c-1"}})}});

    CHECK(outcome["services_count"] == "5");
    CHECK(outcome["meshed_services_count"] == "3");
    CHECK(share(outcome) == Fields{{"istio", "2"}, {"kuma", "1"}});
  }

  TEST_CASE("what slices point to, and do not") {
    const Object meshed = pod("web-1", {"istio-proxy"});
    const auto count = [&](const Objects& slices) {
      return run({.services = {service("web")},
                  .pods = {meshed},
                  .slices = slices})["meshed_services_count"];
    };

    CHECK(count({slice("web", {{"web-1"}})}) == "1");
    CHECK(count({slice("web", {{"web-1", "Pod", ""}})}) == "1");  // then the slice's own
    CHECK(count({slice("web", {{"gone"}})}) == "0");
    CHECK(count({slice("web", {{"web-1", "Node"}})}) == "0");
    CHECK(count({slice("web", {{"web-1", ""}})}) == "0");  // no targetRef
    CHECK(count({slice("web", {{"web-1", ""}, {"web-1"}})}) == "1");
    CHECK(count({slice("web", {{"web-1", "Pod", "other"}})}) == "0");
    CHECK(count({slice("web", {})}) == "0");
    CHECK(count({slice("", {{"web-1"}})}) == "0");      // nobody's
    CHECK(count({slice("gone", {{"web-1"}})}) == "0");  // its Service is gone
  }

  TEST_CASE("a Service counts for Traefik Mesh by its annotation, with endpoints or without") {
    const Object annotated = service("web").annotation("mesh.traefik.io/traffic-type", "udp");
    Cluster cluster = web(pod("web-1", {"istio-proxy"}));
    cluster.services = {annotated};

    CHECK(share(run(cluster)) == Fields{{"istio", "1"}, {"traefik-mesh", "1"}});
    CHECK(run(cluster)["meshed_services_count"] == "1");
    CHECK(share(run({.services = {annotated}, .slices = {slice("other", {})}})) ==
          Fields{{"traefik-mesh", "1"}});
  }

  TEST_CASE("App Mesh's Envoy is told from others by its image, read only where App Mesh is") {
    const auto cluster = [](const char* image, const Names& served) {
      Cluster with_gateway = web(pod("web-1", {"envoy"}).set("spec.containers[0].image", image));
      with_gateway.served = served;
      return with_gateway;
    };
    const char* its_own = "public.ecr.aws/appmesh/aws-appmesh-envoy:v1.29";

    CHECK(share(run(cluster(its_own, {"app-mesh"}))) == Fields{{"app-mesh", "1"}});
    CHECK(share(run(cluster("envoyproxy/envoy:v1.30.0", {"app-mesh"}))).empty());
    CHECK(share(run(cluster(its_own, {}))).empty());

    const Outcome outcome =
        host_of(cluster(its_own, {"app-mesh"})).ended("app-mesh-pods", KTEL_E_FAILED).run();
    CHECK_FALSE(has(outcome, "meshed_services_count"));

    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const ktel_read& read = job().reads[i];
      const std::string_view id = read.id;
      const std::string_view paths = read.paths;
      const bool has_images = paths.find(".image") != paths.npos;
      CHECK(has_images == (id == "app-mesh-pods" || id == "own-pod"));
    }
  }

  TEST_CASE("clusters older than slices have Endpoints") {
    const Object meshed = pod("web-1", {"istio-proxy"});
    Cluster cluster{.services = {service("web"), service("idle")}, .pods = {meshed}};

    for (const char* addresses : {"addresses", "notReadyAddresses"}) {
      cluster.endpoints = {endpoints("web", addresses, "web-1"), named("idle", "shop")};
      CHECK(share(run(cluster)) == Fields{{"istio", "1"}});  // the kind is there, and empty

      const Outcome outcome = host_of(cluster).ended("slices", KTEL_E_ABSENT).run();
      CHECK(share(outcome) == Fields{{"istio", "1"}});
      CHECK(outcome["meshed_services_count"] == "1");
      CHECK(outcome["services_count"] == "2");
    }
    // where images are not looked at
    cluster.served = {"app-mesh"};
    cluster.pods = {pod("web-1", {"web", "envoy"}, {{"proxyinit"}})};
    CHECK(share(run(cluster)) == Fields{{"app-mesh", "1"}});

    cluster.pods = {meshed};
    cluster.slices = {slice("idle", {})};  // the first way that has rows
    CHECK(share(run(cluster)).empty());

    FakeHost host = host_of({.services = {service("web")}, .pods = {meshed}});
    host.object("slices", slice("web", {{"web-1"}}), "v1beta1");
    CHECK(share(host.run()) == Fields{{"istio", "1"}});
  }

  TEST_CASE("an empty cluster has no Service in a mesh") {
    const Outcome outcome = run({});

    CHECK(outcome["services_count"] == "0");
    CHECK(outcome["meshed_services_count"] == "0");
    CHECK(share(outcome).empty());
    CHECK(outcome["deployed"] == "[]");
  }

  // ---- what cannot be read ----

  TEST_CASE("what could not be read is not concluded to be absent") {
    Cluster cluster = web(pod("web-1", {"istio-proxy"}));
    cluster.own = own({"istio-proxy"});
    cluster.served = {"cilium"};
    cluster.cilium_config = Object{{"data['enable-envoy-config']", "true"}};
    const Fields all = run(cluster).fields;

    const std::pair<const char*, Names> rows[] = {
        {"namespaces", {"deployed_by_namespace", "member_by_namespace"}},
        {"services",
         {"deployed", "deployed_by_service", "services_count", "meshed_services_count",
          "mesh_services_count.istio"}},
        {"istio", {"deployed_by_resource"}},
        {"nginx-rate-limits", {"deployed_by_resource"}},
        {"app-mesh",
         {"deployed_by_resource", "meshed_services_count", "mesh_services_count.istio"}},
        {"cilium", {"deployed", "deployed_by_configuration"}},
        {"cilium-config", {"deployed", "deployed_by_configuration"}},
        {"daemonsets", {"node_agents"}},
        {"slices", {"meshed_services_count", "mesh_services_count.istio"}},
        {"pods", {"meshed_services_count", "mesh_services_count.istio"}},
        {"own-pod", Names(std::begin(of_the_product), std::end(of_the_product))},
    };
    for (const auto& [read, lost] : rows) {
      for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED}) {
        CAPTURE(std::string(read));
        Fields wanted = all;
        for (const std::string& field : lost) wanted.erase(field);
        CHECK(host_of(cluster).ended(read, state).run().fields == wanted);
      }
    }
    CHECK(all.size() == job().field_count);

    // of the proxy's Service too
    cluster.services.push_back(service("kong-proxy", "kong"));
    cluster.proxy_service = "kong-proxy";
    const Outcome outcome = host_of(cluster).ended("services", KTEL_E_DENIED).run();
    CHECK_FALSE(has(outcome, "member_by_annotation"));
    CHECK_FALSE(has(outcome, "member_of"));
    CHECK(outcome["member_by_sidecar"] == "[istio]");
    CHECK(outcome.log.empty());
  }

  TEST_CASE("on clusters older than slices, too") {
    const Cluster cluster{.services = {service("web")},
                          .pods = {pod("web-1", {"istio-proxy"})},
                          .endpoints = {endpoints("web", "addresses", "web-1")}};
    for (const char* read : {"endpoints", "endpoint-pods"}) {
      const Outcome outcome = host_of(cluster).ended(read, KTEL_E_DENIED).run();
      CHECK_FALSE(has(outcome, "meshed_services_count"));
      CHECK(share(outcome).empty());
      CHECK(outcome["services_count"] == "1");
    }
  }

  TEST_CASE("Pods are listed only where it is known what points to them") {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const ktel_read& read = job().reads[i];
      const bool lists_pods =
          read.verb == KTEL_READ_LIST && std::string_view(read.resource) == "pods";
      if (!lists_pods) continue;
      const std::string_view when = read.when;
      const bool of_endpoints =
          when == "slices" || when == "endpoints" || when == "app-mesh-slices";
      CHECK(of_endpoints);
    }
  }

  TEST_CASE("members of another type are none, and cost nothing else") {
    const Object broken{{"metadata.namespace", std::int64_t{1}},
                        {"metadata.name", false},
                        {"metadata.labels", "none"},
                        {"metadata.annotations['mesh.traefik.io/traffic-type']", std::int64_t{7}},
                        {"metadata.annotations['sidecar.istio.io/status']", true},
                        {"metadata.annotations['ambient.istio.io/redirection']", std::int64_t{1}},
                        {"data", "none"},
                        {"endpoints", std::int64_t{1}},
                        {"spec.controllerName", std::int64_t{1}},
                        {"spec.containers[0].name", std::int64_t{5}},
                        {"spec.containers[1].image", false},
                        {"spec.initContainers", "none"}};
    Cluster cluster = web(pod("web-1", {"istio-proxy"}));
    cluster.namespaces = cluster.daemonsets = {broken};
    cluster.cilium_config = broken;
    cluster.served = {"cilium", "app-mesh"};
    cluster.own = broken;
    for (Objects* objects : {&cluster.services, &cluster.pods, &cluster.slices}) {
      objects->push_back(broken);
      objects->push_back(Object());
    }

    CHECK(run(cluster).fields == Fields{{"deployed", "[]"},
                                        {"deployed_by_namespace", "[]"},
                                        {"deployed_by_resource", "[app-mesh]"},
                                        {"deployed_by_service", "[]"},
                                        {"deployed_by_configuration", "[]"},
                                        {"member_of", "[]"},
                                        {"member_by_namespace", "[]"},
                                        {"member_by_annotation", "[]"},
                                        {"member_by_sidecar", "[]"},
                                        {"member_by_init_container", "[]"},
                                        {"asked_by_pod", "[]"},
                                        {"data_planes", "[]"},
                                        {"node_agents", "[]"},
                                        {"services_count", "3"},
                                        {"meshed_services_count", "1"},
                                        {"mesh_services_count.istio", "1"}});
  }

  TEST_CASE("each field names the reads it is made of") {
    const auto alone = [](const Cluster& cluster) {
      ktel::test::check_each_field_alone(job(), [&] { return host_of(cluster); });
    };

    alone({});
    Cluster cluster = web(pod("web-1", {"kuma-sidecar"}));
    cluster.namespaces = {named("kong-mesh-system")};
    cluster.served = {"kuma", "cilium", "linkerd-policy"};
    cluster.cilium_config = Object{{"data['enable-gateway-api']", "true"}};
    cluster.daemonsets = {named("ztunnel")};
    cluster.own = own({"kuma-sidecar"}, {{"kuma-init"}})
                      .annotation("kuma.io/sidecar-injected")
                      .label("kuma.io/sidecar-injection", "enabled");
    cluster.own_namespace = named("kong").label("kuma.io/sidecar-injection", "enabled");
    alone(cluster);
    cluster.services.push_back(service("kuma-control-plane"));
    cluster.services.push_back(
        service("kong-proxy", "kong").annotation("mesh.traefik.io/traffic-type", "tcp"));
    cluster.proxy_service = "kong-proxy";
    alone(cluster);

    cluster.cilium_config.reset();
    cluster.gateway_classes = {{{"spec.controllerName", "io.cilium/gateway-controller"}}};
    cluster.slices.clear();
    cluster.endpoints = {endpoints("web", "addresses", "web-1")};
    alone(cluster);

    cluster = web(pod("web-1", {"envoy"}).set("spec.containers[0].image", "aws-appmesh-envoy:1"));
    cluster.served = {"app-mesh"};
    alone(cluster);
  }
}
