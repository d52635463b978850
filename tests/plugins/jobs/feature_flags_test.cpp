// feature-flags: a row for each way of setting a gate, for each release, for each source.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Object;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/feature_flags") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;

  struct Container {
    std::string image = "kong/kubernetes-ingress-controller:3.5.1";
    std::vector<std::string> args{};
    std::vector<std::string> variables{};
    bool env_from = false;  // a ConfigMap gives it more
    std::string name = "ingress-controller";
    std::vector<std::string> command{};
  };

  Object pod(const std::vector<Container>& containers) {
    Object object;
    const auto set = [&object](const std::string& path, const std::vector<std::string>& texts,
                               const std::string& member = {}) {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        object.set(path + "[" + std::to_string(i) + "]" + member, texts[i]);
      }
    };
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string path = "spec.containers[" + std::to_string(i) + "].";
      object.set(path + "name", containers[i].name).set(path + "image", containers[i].image);
      set(path + "command", containers[i].command);
      set(path + "args", containers[i].args);
      set(path + "env", containers[i].variables, ".name");
      if (containers[i].env_from) object.set(path + "envFrom[0].configMapRef.name", "gates");
    }
    return object;
  }

  FakeHost host_of(const std::vector<Object>& pods) {
    FakeHost host(job());
    for (const Object& each : pods) host.object("controllers", each);
    return host;
  }
  FakeHost host_of(const Container& container) { return host_of({pod({container})}); }

  Outcome run(FakeHost host) {
    Outcome outcome = host.run();
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  // Of one map its entries, by key.
  Fields entries(const Outcome& outcome, const std::string& field) {
    Fields found;
    for (const auto& [name, value] : outcome.fields) {
      if (name.starts_with(field + ".")) found.emplace(name.substr(field.size() + 1), value);
    }
    return found;
  }
  Fields gates(FakeHost host) { return entries(run(std::move(host)), "controller"); }
  Fields gates(const Container& container) { return gates(host_of(container)); }

  Object control_plane(const std::vector<std::pair<std::string, std::string>>& states) {
    Object object;
    for (std::size_t i = 0; i < states.size(); ++i) {
      const std::string path = "status.featureGates[" + std::to_string(i) + "].";
      object.set(path + "name", states[i].first).set(path + "state", states[i].second);
    }
    return object;
  }

  Object sample(const std::string& gate, const std::string& stage, std::int64_t value) {
    return {{"name", "kubernetes_feature_enabled"},
            {"labels.name", gate},
            {"labels.stage", stage},
            {"value", value}};
  }

  Object api_server(const std::vector<std::string>& command,
                    const std::vector<std::string>& args = {}) {
    return pod(
        {{"registry.k8s.io/kube-apiserver:v1.25.0", args, {}, false, "kube-apiserver", command}});
  }

  const Fields defaults_of_3_5 = {{"FallbackConfiguration", "false"},
                                  {"FillIDs", "true"},
                                  {"GatewayAlpha", "false"},
                                  {"KongCustomEntity", "true"},
                                  {"KongServiceFacade", "false"},
                                  {"RewriteURIs", "false"},
                                  {"SanitizeKonnectConfigDumps", "true"}};

  }  // namespace

  TEST_CASE("a gate that nothing sets is as its release has it") {
    const Fields of_2_6 = {{"CombinedRoutes", "false"},
                           {"Gateway", "true"},
                           {"GatewayAlpha", "false"},
                           {"Knative", "false"}};
    Fields of_2_8 = of_2_6;
    of_2_8["CombinedRoutes"] = "true";
    Fields of_2_10 = of_2_8;
    of_2_10.insert(
        {{"CombinedServices", "false"}, {"ExpressionRoutes", "false"}, {"FillIDs", "false"}});
    Fields of_2_11 = of_2_10;
    of_2_11["CombinedServices"] = "true";
    Fields of_2_12 = of_2_11;
    of_2_12["RewriteURIs"] = "false";
    const Fields of_3_0 = {
        {"FillIDs", "true"}, {"GatewayAlpha", "false"}, {"RewriteURIs", "false"}};
    Fields of_3_1 = of_3_0;
    of_3_1.insert({{"KongServiceFacade", "false"}, {"SanitizeKonnectConfigDumps", "true"}});
    Fields of_3_2 = of_3_1;
    of_3_2.insert({{"FallbackConfiguration", "false"}, {"KongCustomEntity", "false"}});
    Fields of_3_3 = of_3_2;
    of_3_3["KongCustomEntity"] = "true";
    Fields of_3_4 = of_3_3;
    of_3_4["CombinedServicesFromDifferentHTTPRoutes"] = "false";

    const std::pair<const char*, Fields> cases[] = {
        {"2.0", {}},
        {"2.1.1", {{"Gateway", "false"}, {"Knative", "false"}}},
        {"2.3", {{"Gateway", "false"}, {"Knative", "false"}}},
        {"2.4", {{"CombinedRoutes", "false"}, {"Gateway", "false"}, {"Knative", "false"}}},
        {"2.6", of_2_6},
        {"2.7.0", of_2_6},
        {"2.8.2", of_2_8},
        {"2.9", of_2_8},
        {"2.10.5", of_2_10},
        {"2.11", of_2_11},
        {"2.12.3", of_2_12},
        {"3.0", of_3_0},
        {"3.1.6", of_3_1},
        {"3.2", of_3_2},
        {"3.3.1", of_3_3},
        {"3.4.9", of_3_4},
        {"3.5.13", defaults_of_3_5},
        {"3.6", {}},  // what it changed is not known yet
        {"4.0.0", {}},
    };
    for (const auto& [tag, wanted] : cases) {
      CAPTURE(tag);
      const Outcome outcome =
          run(host_of({.image = std::string("kong/kubernetes-ingress-controller:") + tag}));

      CHECK(entries(outcome, "controller") == wanted);
      CHECK(outcome["controller_set_by"] == "[default]");
    }
  }

  TEST_CASE("the release is in the tag of Kong's image, wherever it is mirrored") {
    const std::pair<const char*, bool> cases[] = {
        {"kong/kubernetes-ingress-controller:3.5", true},
        {"kong/kubernetes-ingress-controller:v3.5.1", true},
        {"kong/kubernetes-ingress-controller:3.5.1-ubi", true},
        {"docker.io/kong/kubernetes-ingress-controller:3.5.1@sha256:0123", true},
        {"registry.acme.example:5000/mirror/kubernetes-ingress-controller:3.5.1", true},
        {"kubernetes-ingress-controller:3.5.1", true},
        {"kong/kubernetes-ingress-controller@sha256:0123", false},
        {"kong/kubernetes-ingress-controller:latest", false},
        {"kong/kubernetes-ingress-controller:3", false},
        {"kong/kubernetes-ingress-controller:20240101.5", false},
        {"kong/kubernetes-ingress-controller:3.", false},
        {"kong/kubernetes-ingress-controller:", false},
        {"kong/kubernetes-ingress-controller", false},
        {"kong/nightly-ingress-controller:2024-01-01", false},
        {"acme/our-controller:3.5.1", false},
        {"", false},
    };
    for (const auto& [image, known] : cases) {
      CAPTURE(image);
      CHECK(gates({.image = image}) == (known ? defaults_of_3_5 : Fields{}));

      // what is set is known in any release
      CHECK(gates({.image = image, .args = {"--feature-gates=RewriteURIs=true"}})["RewriteURIs"] ==
            "true");
    }
  }

  TEST_CASE("an argument sets gates") {
    const auto with = [](std::initializer_list<std::pair<const char*, const char*>> changes) {
      Fields fields = defaults_of_3_5;
      for (const auto& [gate, on] : changes) fields[gate] = on;
      return fields;
    };
    const std::pair<std::vector<std::string>, Fields> cases[] = {
        {{"--feature-gates=GatewayAlpha=true"}, with({{"GatewayAlpha", "true"}})},
        {{"--feature-gates=GatewayAlpha=true,RewriteURIs=true"},
         with({{"GatewayAlpha", "true"}, {"RewriteURIs", "true"}})},
        {{"--feature-gates", "GatewayAlpha=true"}, with({{"GatewayAlpha", "true"}})},
        {{"--log-level=debug", "--feature-gates= GatewayAlpha = true , KongCustomEntity=0,"},
         with({{"GatewayAlpha", "true"}, {"KongCustomEntity", "false"}})},
        {{"--feature-gates=GatewayAlpha=T", "--feature-gates=RewriteURIs=TRUE"},
         with({{"GatewayAlpha", "true"}, {"RewriteURIs", "true"}})},
        {{"--feature-gates=GatewayAlpha=true", "--feature-gates=GatewayAlpha=false"}, with({})},
        {{"--feature-gates="}, with({})},
        {{"--feature-gates=GatewayGamma=true"}, with({})},  // Kong's, and not known here
        {{"--feature-gates-file=GatewayAlpha=true"}, with({})},
        {{"--log-level", "debug"}, with({})},
        // not understood: what is said is taken, what is not said is not known
        {{"--feature-gates=RewriteURIs=true,$(GATES)"}, {{"RewriteURIs", "true"}}},
        {{"--feature-gates=RewriteURIs=true,GatewayAlpha=maybe"}, {{"RewriteURIs", "true"}}},
        {{"--feature-gates"}, with({})},
        {{"-c", "exec /manager --feature-gates=GatewayAlpha=true"}, {}},
    };
    for (const auto& [args, wanted] : cases) {
      CAPTURE(args.back());
      CHECK(gates({.args = args}) == wanted);
      CHECK(gates({.command = args}) == wanted);
    }
    CHECK(run(host_of({.args = {"--feature-gates=FillIDs=true"}}))["controller_set_by"] ==
          "[argument]");
    CHECK(run(host_of({.args = {"-c", "/manager --feature-gates=A=true"}}))["controller_set_by"] ==
          "[argument]");
  }

  TEST_CASE("a gate that needs another which is off is on nowhere") {
    const auto custom_entities = [](const char* tag, const char* set) {
      return gates({.image = std::string("kong/kubernetes-ingress-controller:") + tag,
                    .args = {std::string("--feature-gates=") + set}})["KongCustomEntity"];
    };
    struct Case {
      const char* tag;
      const char* set;
      const char* on;  // "": not known, for no such controller starts
    };
    const Case cases[] = {
        {"3.5", "FillIDs=true", "true"},
        {"3.5", "FillIDs=false", ""},
        {"3.5", "FillIDs=false,KongCustomEntity=true", ""},
        {"3.5", "FillIDs=false,KongCustomEntity=false", "false"},
        {"3.2", "FillIDs=false", "false"},  // off by default
        {"latest", "FillIDs=false", ""},
        {"latest", "KongCustomEntity=true", "true"},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.tag));
      CAPTURE(std::string(c.set));
      CHECK(custom_entities(c.tag, c.set) == c.on);
    }
  }

  TEST_CASE("what a variable sets is not known, and that one does is") {
    const auto both = [](const Container& container) {
      const Outcome outcome = run(host_of(container));
      return std::pair(entries(outcome, "controller"), outcome["controller_set_by"]);
    };
    using Both = std::pair<Fields, std::string>;

    CHECK(both({.variables = {"CONTROLLER_LOG_LEVEL", "CONTROLLER_FEATURE_GATES"}}) ==
          Both({}, "[variable]"));
    CHECK(both({.env_from = true}) == Both({}, "[unknown]"));
    CHECK(both({.variables = {"CONTROLLER_FEATURE_GATES"}, .env_from = true}) ==
          Both({}, "[variable]"));
    CHECK(both({.variables = {"CONTROLLER_LOG_LEVEL"}}) == Both(defaults_of_3_5, "[default]"));
    // an argument is asked first
    CHECK(both({.args = {"--feature-gates=FillIDs=true"},
                .variables = {"CONTROLLER_FEATURE_GATES"},
                .env_from = true}) == Both(defaults_of_3_5, "[argument]"));
  }

  TEST_CASE("the container is known by its name, of its Pod nothing else counts") {
    const Container proxy{"kong:3.9", {"--feature-gates=GatewayAlpha=true"}, {}, true, "proxy"};
    const Container controller;

    CHECK(gates(host_of({pod({proxy, controller})})) == defaults_of_3_5);
    CHECK(run(host_of({pod({proxy})})).fields.empty());

    FakeHost manifest(job());
    manifest.object("manifest-controllers",
                    pod({proxy, {.image = "kong/kubernetes-ingress-controller:2.6"}}));
    CHECK(gates(std::move(manifest))["Gateway"] == "true");
  }

  TEST_CASE("the operator says which gates are in effect") {
    const auto plane = [](const std::vector<std::pair<std::string, std::string>>& states) {
      FakeHost host(job());
      host.object("control-planes", control_plane(states), "v2beta1");
      return run(std::move(host));
    };

    const Outcome outcome = plane({{"GatewayAlpha", "disabled"},
                                   {"FillIDs", "enabled"},
                                   {"GatewayGamma", "enabled"},
                                   {"RewriteURIs", "perhaps"}});
    CHECK(outcome.fields == Fields{{"controller.FillIDs", "true"},
                                   {"controller.GatewayAlpha", "false"},
                                   {"controller_set_by", "[control-plane]"}});
    CHECK(plane({}).fields == Fields{{"controller_set_by", "[control-plane]"}});
  }

  TEST_CASE("of several controllers one that has a gate on is enough, and off takes all") {
    const Object plain = pod({Container{}});
    const Object alpha = pod({{.args = {"--feature-gates=GatewayAlpha=true"}}});
    const Object by_variable = pod({{.variables = {"CONTROLLER_FEATURE_GATES"}}});
    const Object old = pod({{.image = "kong/kubernetes-ingress-controller:2.6"}});

    Fields wanted = defaults_of_3_5;
    wanted["GatewayAlpha"] = "true";
    CHECK(gates(host_of({plain, alpha, plain})) == wanted);
    CHECK(gates(host_of({alpha, plain})) == wanted);

    // what the second has is not known, so off is not
    CHECK(gates(host_of({alpha, by_variable})) == Fields{{"FillIDs", "true"},
                                                         {"GatewayAlpha", "true"},
                                                         {"KongCustomEntity", "true"},
                                                         {"SanitizeKonnectConfigDumps", "true"}});
    CHECK(run(host_of({plain, by_variable}))["controller_set_by"] == "[default,variable]");

    // a gate of one release alone
    CHECK(gates(host_of({plain, old}))["Gateway"] == "true");
    CHECK(gates(host_of({plain, old}))["Knative"] == "false");

    // one of the user's own and one of the operator's
    FakeHost host = host_of({plain});
    host.object("control-planes", control_plane({{"RewriteURIs", "enabled"}}));
    CHECK(gates(std::move(host))["RewriteURIs"] == "true");
  }

  TEST_CASE("finding gateways by a Service") {
    const std::pair<Container, const char*> cases[] = {
        {{.variables = {"CONTROLLER_KONG_ADMIN_SVC"}}, "true"},
        {{.args = {"--kong-admin-svc=kong/admin"}}, "true"},
        {{.args = {"--kong-admin-svc", "kong/admin"}}, "true"},
        {{.args = {"--kong-admin-svc-port-names=admin"}}, "false"},
        {{.variables = {"CONTROLLER_KONG_ADMIN_URL"}}, "false"},
        {{}, "false"},
        {{.env_from = true}, ""},
        {{.args = {"-c", "/manager --kong-admin-svc=kong/admin"}}, ""},
        {{.variables = {"CONTROLLER_KONG_ADMIN_SVC"}, .env_from = true}, "true"},
    };
    for (const auto& [container, wanted] : cases) {
      CAPTURE(&container);
      CHECK(run(host_of(container))["gateway_service_discovery"] == wanted);
    }
  }

  TEST_CASE("copying the configuration to Konnect") {
    const char* const sync = "CONTROLLER_KONNECT_SYNC_ENABLED";
    const std::pair<Container, const char*> cases[] = {
        {{.variables = {sync, "CONTROLLER_KONNECT_CONTROL_PLANE_ID"}}, "true"},
        {{.variables = {sync, "CONTROLLER_KONNECT_RUNTIME_GROUP_ID"}}, "true"},
        {{.variables = {sync}}, ""},  // true would not start, but an argument may name with what
        {{.variables = {"CONTROLLER_KONNECT_CONTROL_PLANE_ID"}}, "false"},  // for licences
        // for licences too: the first may be set to false
        {{.variables = {sync, "CONTROLLER_KONNECT_CONTROL_PLANE_ID",
                        "CONTROLLER_KONNECT_LICENSING_ENABLED"}},
         ""},
        {{.args = {"--konnect-sync-enabled"}}, "true"},
        {{.args = {"--konnect-sync-enabled=true"}}, "true"},
        {{.args = {"--konnect-sync-enabled", "--konnect-sync-enabled=false"}}, "false"},
        {{.args = {"--konnect-sync-enabled=$(SYNC)"}}, ""},
        {{.args = {"--konnect-sync-enabled=false"},
          .variables = {sync, "CONTROLLER_KONNECT_CONTROL_PLANE_ID"}},
         "false"},
        {{.args = {"-c", "/manager --konnect-sync-enabled"}}, ""},
        {{}, "false"},
        {{.env_from = true}, ""},
    };
    for (const auto& [container, wanted] : cases) {
      CAPTURE(&container);
      CHECK(run(host_of(container))["konnect_sync"] == wanted);
    }
  }

  TEST_CASE("what could not be listed may hold a controller") {
    const auto without = [](const std::string& read, ktel_status state) {
      FakeHost host = host_of({.args = {"--feature-gates=GatewayAlpha=true"}});
      return run(std::move(host.ended(read, state)));
    };
    const Fields known = {{"controller.FillIDs", "true"},
                          {"controller.GatewayAlpha", "true"},
                          {"controller.KongCustomEntity", "true"},
                          {"controller.SanitizeKonnectConfigDumps", "true"}};

    for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED}) {
      CAPTURE(state);
      CHECK(without("manifest-controllers", state).fields == known);
      CHECK(without("controllers", state).fields.empty());

      Fields pods_known = known;
      pods_known.insert({{"konnect_sync", "false"}, {"gateway_service_discovery", "false"}});
      CHECK(without("control-planes", state).fields == pods_known);
    }
    CHECK(without("control-planes", KTEL_E_ABSENT)["controller_set_by"] == "[argument]");
    CHECK(run(FakeHost(job())).fields.empty());
  }

  TEST_CASE("Kubernetes says its gates in a metric") {
    FakeHost host(job());
    host.object("kubernetes-gates", sample("WatchList", "BETA", 0))
        .object("kubernetes-gates", sample("SidecarContainers", "", 1))
        .object("kubernetes-gates", sample("AllAlpha", "ALPHA", 0))
        .object("kubernetes-gates", sample("HPAScaleToZero", "ALPHA", 1))
        .object("kubernetes-gates", sample("NodeSwap", "BETA", 1))  // counted, not told
        .object("kubernetes-gates", sample("KMSv1", "DEPRECATED", 0))
        .object("kubernetes-gates", sample("Odd", "GAMMA", 1));

    CHECK(run(std::move(host)).fields == Fields{{"kubernetes.AllAlpha", "false"},
                                                {"kubernetes.HPAScaleToZero", "true"},
                                                {"kubernetes.SidecarContainers", "true"},
                                                {"kubernetes.WatchList", "false"},
                                                {"kubernetes_enabled_count.alpha", "1"},
                                                {"kubernetes_enabled_count.beta", "1"},
                                                {"kubernetes_enabled_count.deprecated", "0"},
                                                {"kubernetes_enabled_count.other", "1"},
                                                {"kubernetes_enabled_count.stable", "1"}});
  }

  TEST_CASE("every gate that is declared can be told") {
    for (const auto field : {"controller", "kubernetes"}) {
      for (std::uint32_t f = 0; f < job().field_count; ++f) {
        if (std::string_view(job().fields[f].name) != field) continue;
        FakeHost host(job());
        for (std::uint32_t i = 0; i < job().fields[f].value_count; ++i) {
          const std::string gate = job().fields[f].values[i].value;
          host.object("kubernetes-gates", sample(gate, "BETA", 1))
              .object("control-planes", control_plane({{gate, "enabled"}}));
        }
        CHECK(entries(run(std::move(host)), field).size() == job().fields[f].value_count);
      }
    }
  }

  TEST_CASE("a sample may be a real number, and is 0 or 1") {
    const std::pair<Object, const char*> cases[] = {
        {{{"labels.name", "WatchList"}, {"value", 1.0}}, "true"},
        {{{"labels.name", "WatchList"}, {"value", 0.0}}, "false"},
        {{{"labels.name", "WatchList"}, {"value", 0.5}}, ""},
        {{{"labels.name", "WatchList"}, {"value", std::int64_t{2}}}, ""},
        {{{"labels.name", "WatchList"}}, ""},  // infinite, or no number
        {{{"labels.stage", "ALPHA"}, {"value", 1.0}}, ""},
    };
    for (const auto& [object, wanted] : cases) {
      CAPTURE(std::string(wanted));
      FakeHost host(job());
      host.object("kubernetes-gates", Object(object).set("name", "kubernetes_feature_enabled"));

      const Outcome outcome = run(std::move(host));
      CHECK(outcome["kubernetes.WatchList"] == wanted);
      CHECK(outcome.fields.empty() == std::string_view(wanted).empty());
    }
  }

  TEST_CASE("without the metric the API server's command line says what was set") {
    const auto with = [](const std::vector<Object>& pods) {
      FakeHost host(job());
      for (const Object& each : pods) host.object("api-server", each);
      return run(std::move(host)).fields;
    };

    // kubeadm has it all in the command, others in the arguments
    CHECK(with({api_server({"kube-apiserver", "--v=2",
                            "--feature-gates=SidecarContainers=true,WatchList=false"})}) ==
          Fields{{"kubernetes.SidecarContainers", "true"}, {"kubernetes.WatchList", "false"}});
    CHECK(with({api_server({"kube-apiserver"},
                           {"--feature-gates", "AllAlpha=true", "--etcd-servers=x"})}) ==
          Fields{{"kubernetes.AllAlpha", "true"}});
    CHECK(with({api_server({"kube-apiserver", "--feature-gates=kube:WatchList=true"})}) ==
          Fields{{"kubernetes.WatchList", "true"}});
    CHECK(with({api_server({"kube-apiserver", "--feature-gates=NotListed=true"})}).empty());
    CHECK(with({api_server({"kube-apiserver", "--v=2"})}).empty());

    // servers that are rolled out
    CHECK(with({api_server({"--feature-gates=WatchList=false"}),
                api_server({"--feature-gates=WatchList=true"})}) ==
          Fields{{"kubernetes.WatchList", "true"}});
  }

  TEST_CASE("the command line counts where the metric says nothing") {
    const auto with = [](FakeHost host) {
      host.object("api-server", api_server({"--feature-gates=WatchList=true"}));
      return run(std::move(host)).fields;
    };
    const Fields told = {{"kubernetes.WatchList", "true"}};

    CHECK(with(FakeHost(job())) == told);
    for (const ktel_status state : {KTEL_E_ABSENT, KTEL_E_DENIED, KTEL_E_FAILED}) {
      FakeHost host(job());
      CHECK(with(std::move(host.ended("kubernetes-gates", state))) == told);
    }
    FakeHost there(job());
    there.object("kubernetes-gates", sample("SidecarContainers", "", 1));
    CHECK(with(std::move(there)) == Fields{{"kubernetes.SidecarContainers", "true"},
                                           {"kubernetes_enabled_count.stable", "1"}});

    FakeHost neither(job());
    neither.ended("kubernetes-gates", KTEL_E_DENIED).ended("api-server", KTEL_E_DENIED);
    CHECK(run(std::move(neither)).fields.empty());
  }

  TEST_CASE("members of another type are none, and cost nothing else") {
    FakeHost host = host_of(Container{});
    host.object("controllers", {{"spec.containers", "none"}})
        .object("controllers",
                {{"spec.containers[0].name", std::int64_t{1}}, {"spec.containers[1].image", false}})
        .object("controllers", {{"spec.containers[0].name", "ingress-controller"},
                                {"spec.containers[0].image", std::int64_t{1}},
                                {"spec.containers[0].args", "--feature-gates=RewriteURIs=true"},
                                {"spec.containers[0].command[0]", std::int64_t{1}},
                                {"spec.containers[0].env", false},
                                {"spec.containers[0].envFrom", std::int64_t{1}}})
        .object("control-planes", {{"status.featureGates", "none"}})
        .object("kubernetes-gates",
                {{"name", "kubernetes_feature_enabled"}, {"labels", "none"}, {"value", "1"}})
        .object("kubernetes-gates", {{"name", "kubernetes_feature_enabled"},
                                     {"labels.name", std::int64_t{1}},
                                     {"value", true}});

    CHECK(run(std::move(host)).fields == Fields{{"controller.FillIDs", "true"},
                                                {"controller.KongCustomEntity", "true"},
                                                {"controller.SanitizeKonnectConfigDumps", "true"},
                                                {"controller_set_by", "[control-plane,default]"},
                                                {"gateway_service_discovery", "false"},
                                                {"konnect_sync", "false"}});
  }

  TEST_CASE("no value of a variable is read, nor the name of what gives one") {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const std::string paths = job().reads[i].paths;
      CAPTURE(job().reads[i].id);
      for (const char* path : {"env[*].value", "valueFrom", "Ref", "metadata"}) {
        CHECK(paths.find(path) == std::string::npos);
      }
      // arguments may hold anything: only those of Pods that a selector finds are asked for
      if (paths.find("args") != std::string::npos) {
        REQUIRE(job().reads[i].label_selector != nullptr);
      }
    }
  }

  TEST_CASE("each field names the reads it is made of") {
    const auto alone = [](auto make_host) { ktel::test::check_each_field_alone(job(), make_host); };

    alone([] { return FakeHost(job()); });
    alone([] {
      FakeHost host = host_of({.variables = {"CONTROLLER_KONG_ADMIN_SVC"}});
      host.object("manifest-controllers", pod({Container{}}))
          .object("control-planes", control_plane({{"RewriteURIs", "enabled"}}))
          .object("kubernetes-gates", sample("WatchList", "BETA", 0));
      return host;
    });
    alone([] {
      FakeHost host(job());
      host.object("api-server", api_server({"--feature-gates=WatchList=true"}));
      return host;
    });
  }
}
