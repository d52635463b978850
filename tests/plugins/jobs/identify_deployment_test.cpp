// identify-deployment: a row for each way of finding Kong, of installing it, of naming a version.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Object;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/identify_deployment") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;

  struct Container {
    std::string name;
    std::string image;
    std::vector<std::string> variables{};
    bool env_from = false;  // a ConfigMap gives it more
  };

  Object workload(const std::vector<Container>& containers, const std::string& ns = "kong") {
    Object object{{"metadata.namespace", ns}};
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string path = "spec.template.spec.containers[" + std::to_string(i) + "].";
      object.set(path + "name", containers[i].name).set(path + "image", containers[i].image);
      for (std::size_t k = 0; k < containers[i].variables.size(); ++k) {
        object.set(path + "env[" + std::to_string(k) + "].name", containers[i].variables[k]);
      }
      if (containers[i].env_from) object.set(path + "envFrom[0].configMapRef.name", "kong-env");
    }
    return object;
  }
  const Container proxy{"proxy", "kong:2.8.0", {"KONG_DATABASE", "KONG_ADMIN_LISTEN"}};
  const Container controller{"ingress-controller", "kong/kubernetes-ingress-controller:2.3.1"};
  const Container finder{"ingress-controller",
                         "kong/kubernetes-ingress-controller:3.5.1",
                         {"CONTROLLER_KONG_ADMIN_SVC"}};
  const Container manager{"manager", "kong/kong-operator:2.0.1"};
  const Container old_manager{"manager", "kong/gateway-operator:1.6.2"};

  Object release(Object object, const std::string& name) {
    return object.annotation("meta.helm.sh/release-name", name);
  }
  Object data_plane(Object object) {
    return object.label("gateway-operator.konghq.com/managed-by", "dataplane");
  }

  Object progressing(Object object, const std::string& time) {
    return object.set("status.conditions[0].type", "Available")
        .set("status.conditions[0].lastUpdateTime", "2029-01-01T00:00:00Z")
        .set("status.conditions[1].type", "Progressing")
        .set("status.conditions[1].lastUpdateTime", time);
  }
  Object managed_by(Object object, const std::string& manager_name) {
    return object.set("metadata.managedFields[0].manager", manager_name);
  }

  // The object in both reads of its kind, as the host would have it.
  void add(FakeHost& host, const std::string& kind, const Object& object) {
    host.object(kind + "s", object).object(kind + "-variables", object);
  }

  FakeHost host_of(const std::vector<Object>& deployments) {
    FakeHost host(job());
    for (const Object& deployment : deployments) add(host, "deployment", deployment);
    return host;
  }
  Outcome run(const std::vector<Object>& deployments) {
    Outcome outcome = host_of(deployments).run();
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  }  // namespace

  TEST_CASE("the proposal's example") {
    const Outcome outcome = run({progressing(workload({controller, proxy}), "2022-05-03T08:46:22Z")
                                     .annotation("meta.helm.sh/release-name", "kong")
                                     .annotation("meta.helm.sh/release-namespace", "kong")
                                     .label("app.kubernetes.io/managed-by", "Helm")
                                     .label("app.kubernetes.io/version", "2.8")
                                     .label("helm.sh/chart", "kong-2.8.0")});

    CHECK(outcome.fields == Fields{{"lifecycle", "helm"},
                                   {"version", "2.8.0"},
                                   {"last-update", "2022-05-03T08:46:22Z"},
                                   {"chart_version", "2.8.0"},
                                   {"controller_version", "2.3.1"},
                                   {"gateway_version", "2.8.0"},
                                   {"topology", "classic"},
                                   {"database", "off"},
                                   {"installations_count", "1"}});
  }

  TEST_CASE("Kong is known by the end of an image's path, whatever the registry") {
    struct Case {
      Container container;
      const char* version;  // "": not Kong's
    };
    const Case cases[] = {
        {{"proxy", "kong:2.8.0"}, "2.8.0"},
        {{"any", "kong:3.4"}, "3.4"},
        {{"any", "docker.io/library/kong:3.4.2"}, "3.4.2"},
        {{"any", "kong/kong:3.9.0"}, "3.9.0"},
        {{"any", "kong/kong-gateway:3.4.1.1-alpine"}, "3.4.1.1"},
        {{"proxy", "registry.acme.example:5000/mirror/kong:3.9"}, "3.9"},
        {{"proxy", "localhost:5000/kong-gateway:3.4.1"}, "3.4.1"},
        {{"any", "localhost:5000/mirror/kong:3.9"}, ""},
        {{"any", "ghcr.io/kong/kubernetes-ingress-controller:3.5.1"}, "3.5.1"},
        {{"ingress-controller", "10.0.0.1/x/kubernetes-ingress-controller:v3.5"}, "3.5"},
        {{"ngrok", "ngrok/kubernetes-ingress-controller:0.9.1"}, ""},
        {{"manager", "kong/kong-operator:2.0.1"}, "2.0.1"},
        {{"manager", "kong/gateway-operator:1.6.2"}, "1.6.2"},
        {{"manager", "docker.io/kong/gateway-operator-oss:1.3.0"}, "1.3.0"},
        {{"manager", "mirror/kong-operator:2.1"}, "2.1"},
        {{"manager", "acme/operator:1.0.0"}, ""},
        {{"controller", "mirror/kubernetes-ingress-controller:3.5"}, ""},  // anybody's name
        {{"proxy", "envoyproxy/envoy:v1.30.0"}, ""},
        {{"proxy", "nginx:1.25"}, ""},
        {{"kong-mesh", "kong/kuma-cp:2.9.0"}, ""},
    };
    for (const Case& c : cases) {
      CAPTURE(c.container.image);
      const Outcome outcome = run({workload({c.container})});

      CHECK(outcome["version"] == c.version);
      CHECK((outcome["lifecycle"] == "none") == std::string(c.version).empty());
    }
  }

  TEST_CASE("a tag without a version gives none, and a suffix stays here") {
    const std::pair<const char*, const char*> cases[] = {
        {"kong:3.9.0-ubuntu", "3.9.0"},
        {"kong:3.4-acme-prod", "3.4"},
        {"kong:v3.4.1", "3.4.1"},
        {"kong:3.4.1@sha256:0123", "3.4.1"},
        {"kong@sha256:0123456789ab", ""},
        {"kong:latest", ""},
        {"kong", ""},
        {"kong:20240101", ""},
        {"kong:3", ""},
        {"localhost:5000/library/kong", ""},
    };
    for (const auto& [image, version] : cases) {
      CAPTURE(std::string(image));
      CHECK(run({workload({{"proxy", image}})})["gateway_version"] == version);
    }
  }

  TEST_CASE("the chart's own word stands in for a tag, where it speaks of that part") {
    const auto version = [](const Container& container, const char* chart) {
      return run({workload({container})
                      .label("helm.sh/chart", chart)
                      .label("app.kubernetes.io/version", "3.9")})["version"];
    };

    CHECK(version({"proxy", "kong:latest"}, "kong-3.4.1") == "3.9");
    CHECK(version({"proxy", "kong@sha256:01"}, "gateway-3.2.0") == "3.9");
    CHECK(version({"manager", "kong/kong-operator@sha256:01"}, "kong-operator-1.4.0") == "3.9");
    // on chart kong it is the gateway's, not the controller's
    CHECK(version({"ingress-controller", "kong/kubernetes-ingress-controller:latest"},
                  "kong-3.4.1") == "");
  }

  TEST_CASE("an image of the user's own is Kong's in a workload of Kong's") {
    const Container own{"proxy", "acme/api-edge:17.3"};

    CHECK(run({workload({own})})["lifecycle"] == "none");

    const Outcome chart = run({workload({own})
                                   .label("helm.sh/chart", "kong-3.4.1")
                                   .label("app.kubernetes.io/version", "3.9")});
    CHECK(chart["lifecycle"] == "chart");
    CHECK(chart["gateway_version"] == "3.9");  // its own tag is not Kong's

    const Outcome own_controller = run({workload({{"ingress-controller", "acme/kic:17.3"}, own})
                                            .label("helm.sh/chart", "kong-3.4.1")});
    CHECK(own_controller["topology"] == "classic");
    CHECK(own_controller["controller_version"] == "");

    const Outcome by_operator =
        run({workload({own}).label("gateway-operator.konghq.com/managed-by", "dataplane")});
    CHECK(by_operator["lifecycle"] == "operator");
    CHECK(by_operator["gateway_version"] == "");

    const Object managers[] = {workload({{"manager", "acme/kong-runner:17.3"}})
                                   .label("helm.sh/chart", "kong-operator-1.4.0"),
                               workload({{"manager", "acme/kong-runner:17.3"}})
                                   .label("helm.sh/chart", "gateway-operator-0.6.1"),
                               // before 1.0
                               workload({own}).label("konghq.com/gateway-operator", "dataplane")};
    for (const Object& object : managers) {
      CHECK(run({object})["lifecycle"] != "none");
      CHECK(run({object})["version"] == "");
    }
    // charts of these names may be anybody's
    for (const char* name : {"ingress-3.2.0", "controller-3.2.0", "gateway-3.2.0"}) {
      CHECK(run({workload({own}).label("helm.sh/chart", name)})["lifecycle"] == "none");
    }
  }

  TEST_CASE("the controller that an operator runs is called so") {
    const Object mirrored = workload({{"controller", "mirror/kic:3.5"}})
                                .label("gateway-operator.konghq.com/managed-by", "controlplane");
    const Object plain = workload({{"controller", "kong/kubernetes-ingress-controller:3.5.1"}})
                             .label("gateway-operator.konghq.com/managed-by", "controlplane");
    const Object gateway = data_plane(workload({{"proxy", "kong/kong-gateway:3.9.0.1"}}));

    Outcome outcome = run({mirrored, gateway});
    CHECK(outcome["topology"] == "gateway-discovery");
    CHECK(outcome["controller_version"] == "");

    outcome = run({plain, gateway});
    CHECK(outcome["topology"] == "gateway-discovery");
    CHECK(outcome["controller_version"] == "3.5.1");
  }

  TEST_CASE("each mark names what installed it") {
    const Object plain = workload({proxy});
    const std::string owner = "metadata.ownerReferences[0].apiVersion";
    const std::pair<Object, const char*> cases[] = {
        {Object(plain).annotation("meta.helm.sh/release-name", "x"), "helm"},
        {managed_by(plain, "helm"), "helm"},
        {Object(plain).label("helm.sh/chart", "kong-3.4.1"), "chart"},
        // what the chart writes itself is no sign of Helm
        {Object(plain)
             .label("helm.sh/chart", "kong-3.4.1")
             .label("app.kubernetes.io/managed-by", "Helm"),
         "chart"},
        {Object(plain).label("app.kubernetes.io/managed-by", "Helm"), "unknown"},
        {Object(plain).annotation("argocd.argoproj.io/tracking-id", "a:apps/Deployment:kong/x"),
         "argocd"},
        {Object(plain).label("argocd.argoproj.io/instance", "x"), "argocd"},
        {managed_by(plain, "argocd-controller"), "argocd"},
        {Object(plain).label("helm.toolkit.fluxcd.io/name", "x"), "flux"},
        {Object(plain).label("kustomize.toolkit.fluxcd.io/name", "x"), "flux"},
        {managed_by(plain, "kustomize-controller"), "flux"},
        {managed_by(plain, "helm-controller"), "flux"},
        {Object(plain).label("gateway-operator.konghq.com/managed-by", "dataplane"), "operator"},
        {Object(plain).label("gateway-operator.konghq.com/managed-by", "controlplane"), "operator"},
        {Object(plain).label("gateway-operator.konghq.com/managed-by", "gateway"), "operator"},
        {Object(plain).label("konghq.com/gateway-operator", "dataplane"), "operator"},
        {Object(plain).set(owner, "gateway-operator.konghq.com/v1beta1"), "operator"},
        {Object(plain).set(owner, "acme.example/v1"), "unknown"},
        {Object(plain).label("olm.owner", "x"), "olm"},
        {Object(plain).label("operators.coreos.com/kong.operators"), "olm"},
        {Object(plain).label("app", "proxy-kong"), "manifests"},
        {Object(plain).label("app", "ingress-kong"), "manifests"},
        {managed_by(plain, "kubectl-client-side-apply"), "manifests"},
        {managed_by(plain, "kubectl"), "manifests"},
        {managed_by(plain, "Terraform"), "terraform"},
        {managed_by(plain, "HashiCorp"), "terraform"},
        {managed_by(plain, "pulumi-kubernetes-1a2b3c"), "pulumi"},
        {managed_by(plain, "kube-controller-manager"), "unknown"},
        {plain, "unknown"},
    };
    for (const auto& [object, lifecycle] : cases) {
      const auto& [path, value] = object.leaves().back();
      CAPTURE(path);
      CAPTURE(std::get<std::string>(value));
      CHECK(run({object})["lifecycle"] == lifecycle);
    }
  }

  TEST_CASE("operator before Argo CD before Flux before Helm before a chart before manifests") {
    using Mark = std::pair<const char*, void (*)(Object&)>;
    const Mark ordered[] = {
        {"operator", [](Object& o) { o.label("gateway-operator.konghq.com/managed-by"); }},
        {"argocd", [](Object& o) { o.annotation("argocd.argoproj.io/tracking-id"); }},
        {"flux", [](Object& o) { o.label("helm.toolkit.fluxcd.io/name"); }},
        {"helm", [](Object& o) { o.annotation("meta.helm.sh/release-name"); }},
        {"chart", [](Object& o) { o.label("helm.sh/chart", "kong-3.4.1"); }},
        {"manifests", [](Object& o) { o.label("app", "proxy-kong"); }},
    };
    for (std::size_t first = 0; first < std::size(ordered); ++first) {
      Object object = workload({proxy});
      for (std::size_t i = first; i < std::size(ordered); ++i) ordered[i].second(object);

      CHECK(run({object})["lifecycle"] == ordered[first].first);
    }
  }

  TEST_CASE("a chart's version is told of Kong's own charts") {
    const std::pair<const char*, const char*> cases[] = {
        {"kong-3.4.1", "3.4.1"},
        {"controller-3.2.0", "3.2.0"},
        {"gateway-3.2.0", "3.2.0"},
        {"kong-operator-1.4.0", "1.4.0"},
        {"gateway-operator-0.6.1", "0.6.1"},
        {"ingress-0.10.2", "0.10.2"},
        {"kong-2.38.0-rc.1", "2.38.0"},
        {"kong-2.38.0-1", "2.38.0"},
        {"kong-operator-1.4.0-2", "1.4.0"},
        {"kong-2.38.0_build.5", "2.38.0"},  // a label has '_' where a version has '+'
        {"kong-3.4.1-acme_17", "3.4.1"},
        {"edge-platform-17.3.0", ""},  // somebody's own, around Kong's
        {"kong-edge-17.3.0", ""},
        {"kong-mesh-2.9.0", ""},
        {"kong", ""},
        {"", ""},
    };
    for (const auto& [chart, version] : cases) {
      CAPTURE(std::string(chart));
      CHECK(run({workload({proxy}).label("helm.sh/chart", chart)})["chart_version"] == version);
    }
  }

  TEST_CASE("topology is which containers share a Pod, and the names of their variables") {
    const Container same_pod{"ingress-controller",
                             "kong/kubernetes-ingress-controller:3.5",
                             {"CONTROLLER_KONG_ADMIN_URL"}};
    const auto gateway = [](std::vector<std::string> variables, bool env_from = false) {
      return workload({{"proxy", "kong/kong-gateway:3.9", std::move(variables), env_from}});
    };

    CHECK(run({workload({same_pod, proxy})})["topology"] == "classic");
    CHECK(run({workload({finder}), workload({proxy})})["topology"] == "gateway-discovery");
    CHECK(run({workload({finder})})["topology"] == "gateway-discovery");
    CHECK(run({workload({controller})})["topology"] == "controller-only");
    CHECK(run({workload({proxy})})["topology"] == "gateway-only");
    CHECK(run({gateway({"KONG_CLUSTER_CONTROL_PLANE"})})["topology"] == "hybrid");
    CHECK(run({gateway({"KONG_ROLE", "KONG_CLUSTER_CONTROL_PLANE"})})["topology"] == "hybrid");
    CHECK(run({workload({manager})}).fields.count("topology") == 0);

    // a role that is not read may be that of a control plane
    CHECK(run({gateway({"KONG_ROLE"})})["topology"] == "unknown");
    // and so may be variables that come from elsewhere
    CHECK(run({gateway({}, true)})["topology"] == "unknown");
    CHECK(run({workload({{"ingress-controller", controller.image, {}, true}})})["topology"] ==
          "unknown");
  }

  TEST_CASE("the operator has the controller from 2.0 on") {
    const Object gateway = data_plane(workload({proxy}));
    const Object konnect = data_plane(workload(
        {{"proxy", "kong/kong-gateway:3.9", {"KONG_ROLE", "KONG_CLUSTER_CONTROL_PLANE"}}}));

    CHECK(run({gateway, workload({manager}, "kong-system")})["topology"] == "operator");
    CHECK(run({gateway})["topology"] == "operator");  // the operator itself is not in sight
    CHECK(run({gateway, workload({old_manager}, "kong-system")})["topology"] == "gateway-only");
    CHECK(run({konnect, workload({manager}, "kong-system")})["topology"] == "hybrid");
  }

  TEST_CASE("a database is where the gateway is told of one") {
    const auto database = [](std::vector<std::string> variables, bool env_from = false) {
      return run({workload(
          {controller, {"proxy", "kong:2.8.0", std::move(variables), env_from}})})["database"];
    };

    CHECK(database({"KONG_DATABASE"}) == "off");
    CHECK(database({"KONG_DATABASE", "KONG_PG_HOST", "KONG_PG_PASSWORD"}) == "postgres");
    CHECK(database({"KONG_DATABASE", "KONG_PG_HOST"}, true) == "postgres");
    CHECK(database({"KONG_ADMIN_LISTEN"}) == "");
    CHECK(database({}) == "");
    CHECK(run({workload(
              {{"ingress-controller", controller.image, {"KONG_DATABASE"}}})})["database"] == "");

    // values would tell
    CHECK(database({"KONG_DATABASE", "KONG_CASSANDRA_CONTACT_POINTS"}) == "unknown");
    CHECK(database({"KONG_DATABASE", "KONG_CASSANDRA_KEYSPACE", "KONG_PG_HOST"}) == "unknown");
    CHECK(database({"KONG_DATABASE"}, true) == "unknown");
    CHECK(database({}, true) == "");
  }

  TEST_CASE("no value of a variable is read") {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const std::string paths = job().reads[i].paths;
      CHECK(paths.find(".value") == paths.npos);
      CHECK(paths.find("Ref.") == paths.npos);
    }
  }

  TEST_CASE("variables that could not be read cost what is concluded from them alone") {
    const auto without_variables = [](const std::vector<Object>& deployments) {
      return host_of(deployments).ended("deployment-variables", KTEL_E_FAILED).run();
    };

    Outcome outcome = without_variables({workload({proxy})});
    CHECK(outcome["version"] == "2.8.0");
    CHECK(outcome["installations_count"] == "1");
    CHECK(outcome.fields.count("topology") == 0);  // it may be a data plane
    CHECK(outcome.fields.count("database") == 0);

    outcome = without_variables({workload({controller})});
    CHECK(outcome["controller_version"] == "2.3.1");
    CHECK(outcome.fields.count("topology") == 0);

    outcome =
        without_variables({data_plane(workload({proxy})), workload({manager}, "kong-system")});
    CHECK(outcome.fields.count("topology") == 0);

    // what containers tell, they tell still
    CHECK(without_variables({workload({controller, proxy})})["topology"] == "classic");
    CHECK(without_variables({workload({controller}), workload({proxy})})["topology"] ==
          "gateway-discovery");

    // whether the two belong together is not known
    outcome = without_variables({workload({finder}, "a"), workload({proxy}, "b")});
    CHECK(outcome["version"] == "2.8.0");
    CHECK(outcome.fields.count("topology") == 0);
    CHECK(outcome.fields.count("controller_version") == 0);
    CHECK(outcome.fields.count("installations_count") == 0);

    // those of another kind were read
    const auto beside = [](const Object& deployment, const Object& daemonset) {
      FakeHost host = host_of({deployment});
      add(host, "daemonset", daemonset);
      return host.ended("daemonset-variables", KTEL_E_FAILED).run();
    };
    const Object nothing = workload({{"web", "nginx:1.25"}});
    outcome = beside(workload({proxy}), nothing);
    CHECK(outcome["topology"] == "gateway-only");
    CHECK(outcome["database"] == "off");

    outcome = beside(workload({proxy}), workload({{"proxy", "kong:2.8.0"}}));
    CHECK(outcome.fields.count("topology") == 0);
    CHECK(outcome.fields.count("database") == 0);

    outcome = beside(workload({proxy}), workload({controller}, "other"));
    CHECK(outcome["database"] == "off");
    CHECK(outcome.fields.count("topology") == 0);
    CHECK(outcome.fields.count("installations_count") == 0);
  }

  TEST_CASE("a DaemonSet or StatefulSet is a workload too, and says less of its rollout") {
    for (const std::string kind : {"daemonset", "statefulset"}) {
      FakeHost host(job());
      add(host, kind,
          workload({proxy})
              .set("metadata.creationTimestamp", "2022-01-01T00:00:00Z")
              .set("metadata.managedFields[0].time", "2022-02-02T00:00:00Z")
              .set("metadata.managedFields[1].time", "2022-03-03T00:00:00Z")
              .set("metadata.managedFields[2].time", "2022-04-04T00:00:00Z")
              .set("metadata.managedFields[2].subresource", "status"));

      const Outcome outcome = host.run();
      CHECK(outcome["version"] == "2.8.0");
      CHECK(outcome["database"] == "off");
      CHECK(outcome["last-update"] == "2022-03-03T00:00:00Z");
    }
    CHECK(run({workload({proxy}).set("metadata.creationTimestamp",
                                     "2022-01-01T00:00:00Z")})["last-update"] ==
          "2022-01-01T00:00:00Z");
  }

  TEST_CASE("a server that does not tell statuses apart tells who wrote") {
    const Outcome outcome =
        run({workload({proxy})
                 .set("metadata.creationTimestamp", "2020-01-01T00:00:00Z")
                 .set("metadata.managedFields[0].manager", "kubectl")
                 .set("metadata.managedFields[0].time", "2020-02-02T00:00:00Z")
                 .set("metadata.managedFields[1].manager", "kube-controller-manager")
                 .set("metadata.managedFields[1].time", "2020-03-03T00:00:00Z")});

    CHECK(outcome["last-update"] == "2020-02-02T00:00:00Z");
  }

  TEST_CASE("within an installation the newest rollout counts, and its versions") {
    const Outcome outcome =
        run({progressing(workload({{"proxy", "kong:3.4.0"}}), "2024-01-01T00:00:00Z"),
             progressing(workload({{"proxy", "kong:3.9.0"}}), "2025-01-01T00:00:00Z"),
             progressing(workload({controller}), "2023-01-01T00:00:00Z")});

    CHECK(outcome["gateway_version"] == "3.9.0");
    CHECK(outcome["controller_version"] == "2.3.1");
    CHECK(outcome["last-update"] == "2025-01-01T00:00:00Z");
  }

  TEST_CASE("a mark, or a Pod with both, counts on any workload of an installation") {
    const Outcome outcome =
        run({workload({proxy}), workload({controller, proxy}).label("app", "ingress-kong")});

    CHECK(outcome["lifecycle"] == "manifests");
    CHECK(outcome["topology"] == "classic");
    CHECK(outcome["installations_count"] == "1");
  }

  TEST_CASE("of several installations one speaks for all fields") {
    // with a gateway before one without, however new
    Outcome outcome =
        run({progressing(workload({controller}, "a"), "2025-01-01T00:00:00Z"),
             progressing(workload({{"proxy", "kong:3.4.0"}}, "b"), "2023-01-01T00:00:00Z")
                 .annotation("meta.helm.sh/release-name", "x")});
    CHECK(outcome["version"] == "3.4.0");
    CHECK(outcome["lifecycle"] == "helm");
    CHECK(outcome["last-update"] == "2023-01-01T00:00:00Z");
    CHECK(outcome.fields.count("controller_version") == 0);

    // then the newest
    outcome = run({progressing(workload({{"proxy", "kong:3.4.0"}}, "a"), "2023-01-01T00:00:00Z")
                       .annotation("meta.helm.sh/release-name", "x"),
                   progressing(workload({{"proxy", "kong:3.9.0"}}, "b"), "2025-01-01T00:00:00Z")
                       .label("app", "proxy-kong")});
    CHECK(outcome["version"] == "3.9.0");
    CHECK(outcome["lifecycle"] == "manifests");

    // then the first
    outcome =
        run({workload({{"proxy", "kong:3.4.0"}}, "a"), workload({{"proxy", "kong:3.9.0"}}, "b")});
    CHECK(outcome["version"] == "3.4.0");
  }

  TEST_CASE("an installation is a namespace and a release") {
    const auto count = [](const std::vector<Object>& deployments) {
      return run(deployments)["installations_count"];
    };
    const Object gateway = workload({proxy});
    const Object with_controller = workload({controller});
    const auto instance = [](Object object, const char* name) {
      return object.label("app.kubernetes.io/instance", name);
    };

    CHECK(count({gateway, with_controller}) == "1");
    CHECK(count({release(gateway, "a"), release(with_controller, "a")}) == "1");
    CHECK(count({release(gateway, "a"), release(gateway, "b")}) == "2");
    CHECK(count({instance(gateway, "a"), instance(with_controller, "a")}) == "1");
    CHECK(count({instance(gateway, "a"), instance(gateway, "b")}) == "2");
    // Argo CD writes the label too, Helm's annotation stays
    CHECK(count({instance(release(gateway, "a"), "x"),
                 instance(release(with_controller, "a"), "y")}) == "1");
    CHECK(count({release(gateway, "a"), release(workload({proxy}, "other"), "a")}) == "2");

    const Outcome outcome =
        run({progressing(release(workload({controller, {"proxy", "kong:3.4.0"}}), "a"),
                         "2025-01-01T00:00:00Z"),
             progressing(release(workload({{"proxy", "kong:3.9.0"}}), "b"), "2023-01-01T00:00:00Z")
                 .label("helm.sh/chart", "kong-2.40.0")});
    CHECK(outcome["version"] == "3.4.0");
    CHECK(outcome["topology"] == "classic");
    CHECK(outcome.fields.count("chart_version") == 0);
  }

  TEST_CASE("a controller that finds its gateways belongs to them, wherever it is") {
    const Object gateway = workload({{"proxy", "kong:3.9.0", {"KONG_DATABASE"}}}, "edge");
    const Object elsewhere = workload({finder}, "kong-controllers");

    Outcome outcome = run({elsewhere, gateway});
    CHECK(outcome["topology"] == "gateway-discovery");
    CHECK(outcome["version"] == "3.9.0");
    CHECK(outcome["controller_version"] == "3.5.1");
    CHECK(outcome["installations_count"] == "1");

    // two releases of one namespace; another gateway is not meant
    outcome = run({release(workload({finder}, "edge"), "controller"), release(gateway, "gateway"),
                   workload({{"proxy", "kong:3.4.0"}}, "other")});
    CHECK(outcome["version"] == "3.9.0");
    CHECK(outcome["topology"] == "gateway-discovery");
    CHECK(outcome["installations_count"] == "2");

    // which of two is meant, a value would tell
    outcome = run({elsewhere, gateway, workload({{"proxy", "kong:3.4.0"}}, "other")});
    CHECK(outcome["version"] == "3.9.0");
    CHECK(outcome["topology"] == "unknown");
    CHECK(outcome.fields.count("controller_version") == 0);
    CHECK(outcome["installations_count"] == "2");

    // one that talks to a gateway beside it does not find any
    outcome = run({workload({controller}, "other"), gateway});
    CHECK(outcome["topology"] == "gateway-only");
    CHECK(outcome["installations_count"] == "2");

    // one whose variables come from elsewhere may
    outcome =
        run({workload({{"ingress-controller", controller.image, {}, true}}, "other"), gateway});
    CHECK(outcome["topology"] == "unknown");
    CHECK(outcome.fields.count("installations_count") == 0);

    // its gateways may be in another cluster
    outcome = run({elsewhere});
    CHECK(outcome["topology"] == "gateway-discovery");
    CHECK(outcome["installations_count"] == "1");
  }

  TEST_CASE("the operator is the controller from 2.0 on, wherever it is") {
    const Object gateway = data_plane(workload({{"proxy", "kong/kong-gateway:3.9.0.1"}}, "edge"));
    const auto in_system = [](const Container& container) {
      return release(workload({container}, "kong-system"), "x");
    };

    Outcome outcome = run({in_system(manager), gateway});
    CHECK(outcome["lifecycle"] == "operator");
    CHECK(outcome["version"] == "3.9.0.1");
    CHECK(outcome["controller_version"] == "2.0.1");
    CHECK(outcome["operator_version"] == "2.0.1");
    CHECK(outcome["installations_count"] == "1");

    outcome = run({in_system(old_manager), gateway});
    CHECK(outcome.fields.count("controller_version") == 0);
    CHECK(outcome["operator_version"] == "1.6.2");

    outcome = run({in_system(manager)});
    CHECK(outcome["lifecycle"] == "helm");
    CHECK(outcome["version"] == "2.0.1");
    CHECK(outcome["controller_version"] == "2.0.1");
    CHECK(outcome["installations_count"] == "1");

    outcome = run({in_system(old_manager)});
    CHECK(outcome["version"] == "1.6.2");
    CHECK(outcome["operator_version"] == "1.6.2");
    CHECK(outcome.fields.count("controller_version") == 0);

    // which of two runs it, nothing tells
    outcome = run({in_system(old_manager), workload({manager}, "other"), gateway});
    CHECK(outcome["version"] == "3.9.0.1");
    CHECK(outcome["topology"] == "unknown");
    CHECK(outcome.fields.count("operator_version") == 0);
    CHECK(outcome.fields.count("controller_version") == 0);

    // one that does not run the gateway says nothing about it
    outcome = run({in_system(manager), release(workload({proxy}, "edge"), "kong")});
    CHECK(outcome["version"] == "2.8.0");
    CHECK(outcome.fields.count("operator_version") == 0);
    CHECK(outcome["installations_count"] == "2");

    CHECK(run({in_system({"manager", "kong/kong-operator:10.0.0"})})["controller_version"] ==
          "10.0.0");
    CHECK(run({in_system({"manager", "kong/kong-operator:latest"})})["version"] == "");
  }

  TEST_CASE("what could not be listed is not concluded to be absent") {
    const auto without_daemonsets = [](const Object& deployment) {
      return host_of({deployment}).ended("daemonsets", KTEL_E_DENIED).run();
    };

    Outcome outcome = without_daemonsets(workload({proxy}));
    CHECK(outcome["version"] == "2.8.0");
    CHECK(outcome["database"] == "off");
    CHECK(outcome.fields.count("topology") == 0);
    CHECK(outcome.fields.count("installations_count") == 0);

    outcome = without_daemonsets(workload({controller}));
    CHECK(outcome["controller_version"] == "2.3.1");
    CHECK(outcome.fields.count("version") == 0);  // the gateway may be a DaemonSet
    CHECK(outcome.fields.count("topology") == 0);

    outcome = without_daemonsets(workload({manager}));
    CHECK(outcome["operator_version"] == "2.0.1");
    CHECK(outcome.fields.count("version") == 0);

    CHECK(without_daemonsets(workload({controller, proxy}))["topology"] == "classic");
    CHECK(without_daemonsets(workload({finder}))["topology"] == "gateway-discovery");
    CHECK(without_daemonsets(workload(
              {{"proxy", "kong:3.9", {"KONG_CLUSTER_CONTROL_PLANE"}}}))["topology"] == "hybrid");
  }

  TEST_CASE("members of another type are none, and cost nothing else") {
    FakeHost host(job());
    const Object broken{{"metadata.namespace", std::int64_t{1}},
                        {"metadata.labels", "none"},
                        {"metadata.annotations['meta.helm.sh/release-name']", true},
                        {"metadata.annotations['argocd.argoproj.io/tracking-id']", std::int64_t{7}},
                        {"metadata.managedFields", std::int64_t{1}},
                        {"status.conditions[0].type", std::int64_t{1}},
                        {"spec.template.spec.containers[0].name", std::int64_t{5}},
                        {"spec.template.spec.containers[0].image", "kong:3.9.0"},
                        {"spec.template.spec.containers[0].env", "none"},
                        {"spec.template.spec.containers[1].image", false},
                        {"spec.template.spec.containers[2].ports", "none"}};
    add(host, "deployment", broken);
    add(host, "deployment", Object{{"spec.template.spec.containers", "none"}});

    const Outcome outcome = host.run();
    CHECK(outcome.findings == std::vector<std::string>{});
    CHECK(outcome.fields == Fields{{"lifecycle", "unknown"},
                                   {"version", "3.9.0"},
                                   {"gateway_version", "3.9.0"},
                                   {"topology", "gateway-only"},
                                   {"installations_count", "1"}});
  }

  TEST_CASE("each field names the reads it is made of") {
    const auto alone = [](const std::vector<Object>& deployments) {
      ktel::test::check_each_field_alone(job(), [&] { return host_of(deployments); });
    };

    alone({});
    alone({progressing(release(workload({controller, proxy}), "kong"), "2022-05-03T08:46:22Z")
               .label("helm.sh/chart", "kong-2.8.0")});
    alone({workload({{"proxy", "kong:3.9.0", {"KONG_DATABASE", "KONG_PG_HOST"}}}, "edge"),
           workload({finder}, "controllers")});
    alone({data_plane(workload({proxy}, "edge")), workload({manager}, "kong-system")});
    alone({workload({{"proxy", "kong:3.9.0", {"KONG_CLUSTER_CONTROL_PLANE"}}})});
  }

  TEST_CASE("no Kong is none, and only if everything was looked at") {
    const auto ended = [](const char* read, ktel_status state) {
      FakeHost host(job());
      host.object("deployments", workload({{"web", "nginx:1.25"}}));
      return host.ended(read, state).run();
    };

    CHECK(run({workload({{"web", "nginx:1.25"}})}).fields ==
          Fields{{"lifecycle", "none"}, {"installations_count", "0"}});
    CHECK(ended("statefulsets", KTEL_E_ABSENT)["lifecycle"] == "none");
    CHECK(ended("statefulsets", KTEL_E_DENIED).fields.empty());
    CHECK(ended("daemonsets", KTEL_E_FAILED).fields.empty());

    FakeHost found(job());
    found.object("deployments", workload({proxy})).ended("daemonsets", KTEL_E_DENIED);
    CHECK(found.run()["version"] == "2.8.0");
  }
}
