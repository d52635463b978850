// configuration: what dates a change, what is no change, and what is only attempted.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Object;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/configuration") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;

  // Later ones are greater.
  const std::string monday = "2024-01-01T08:00:00Z";
  const std::string tuesday = "2024-01-02T08:00:00Z";
  const std::string wednesday = "2024-01-03T08:00:00Z";
  const std::string thursday = "2024-01-04T08:00:00Z";

  Object event(const std::string& reason, const std::string& time) {
    return {{"reason", reason}, {"lastTimestamp", time}};
  }

  Object created(const std::string& time) { return {{"metadata.creationTimestamp", time}}; }

  struct Write {
    std::string manager;
    std::string time;
    std::string subresource{};
  };
  Object written(const std::vector<Write>& writes) {
    Object object = created(monday);
    for (std::size_t i = 0; i < writes.size(); ++i) {
      const std::string path = "metadata.managedFields[" + std::to_string(i) + "].";
      object.set(path + "manager", writes[i].manager).set(path + "time", writes[i].time);
      if (!writes[i].subresource.empty()) object.set(path + "subresource", writes[i].subresource);
    }
    return object;
  }

  Object condition(Object object, const std::string& path, int index, const std::string& type,
                   const std::string& time) {
    const std::string at = path + ".conditions[" + std::to_string(index) + "].";
    return object.set(at + "type", type).set(at + "lastTransitionTime", time);
  }

  // Makes an object of this kind Kong's, and gives the host what tells that it is.
  Object kongs(FakeHost& host, const std::string& kind, Object object) {
    if (kind == "ingresses") return object.set("spec.ingressClassName", "kong");
    if (kind == "gateways") {
      host.object("gateway-classes",
                  {{"metadata.name", "kong-gateways"},
                   {"spec.controllerName", "konghq.com/kic-gateway-controller"}});
      return object.set("spec.gatewayClassName", "kong-gateways");
    }
    if (kind.ends_with("routes")) {
      return object.set("status.parents[0].controllerName", "konghq.com/kic-gateway-controller");
    }
    return object;
  }
  FakeHost host_of(const std::string& kind, const Object& object) {
    FakeHost host(job());
    host.object(kind, kongs(host, kind, object));
    return host;
  }

  Outcome run(FakeHost host) {
    Outcome outcome = host.run();
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  const char* const kinds[] = {
      "ingresses",
      "gateways",
      "httproutes",
      "grpcroutes",
      "tlsroutes",
      "tcproutes",
      "udproutes",
      "kongplugins",
      "kongclusterplugins",
      "kongconsumers",
      "kongconsumergroups",
      "kongcustomentities",
      "kongupstreampolicies",
      "kongingresses",
      "tcpingresses",
      "udpingresses",
  };

  }  // namespace

  TEST_CASE("each reason of an Event says one thing") {
    const std::pair<const char*, Fields> cases[] = {
        {"KongConfigurationSucceeded", {{"last_change", monday}}},
        {"KongConfigurationApplyFailed", {{"last_refusal", monday}}},
        {"KongConfigurationTranslationFailed", {{"last_refusal", monday}}},
        {"FallbackKongConfigurationSucceeded", {{"last_fallback", monday}}},
        {"FallbackKongConfigurationApplyFailed", {{"last_fallback", monday}}},
        {"FallbackKongConfigurationTranslationFailed", {{"last_fallback", monday}}},
        {"SomethingElse", {}},
        {"", {}},
    };
    for (const auto& [reason, fields] : cases) {
      CAPTURE(reason);
      FakeHost host(job());
      host.object("events", event(reason, monday));

      CHECK(run(std::move(host)).fields == fields);
    }
  }

  TEST_CASE("of several Events the newest counts, in whatever order they come") {
    FakeHost host(job());
    for (const std::string& time : {tuesday, wednesday, monday}) {
      host.object("events", event("KongConfigurationSucceeded", time))
          .object("events", event("KongConfigurationApplyFailed", time));
    }

    CHECK(run(std::move(host)).fields ==
          Fields{{"last_change", wednesday}, {"last_refusal", wednesday}});
  }

  TEST_CASE("each API of Events has its own member for the time") {
    const std::pair<Object, std::string> cases[] = {
        {{{"lastTimestamp", thursday},
          {"series.lastObservedTime", wednesday},
          {"eventTime", tuesday},
          {"firstTimestamp", monday}},
         thursday},
        {{{"series.lastObservedTime", "2024-01-03T08:00:00.123456Z"},
          {"eventTime", tuesday},
          {"firstTimestamp", monday}},
         "2024-01-03T08:00:00.123456Z"},
        {{{"eventTime", "2024-01-02T08:00:00.000000Z"}, {"firstTimestamp", monday}},
         "2024-01-02T08:00:00.000000Z"},
        {{{"firstTimestamp", monday}, {"metadata.creationTimestamp", tuesday}}, monday},
        {{{"metadata.creationTimestamp", tuesday}}, tuesday},
        {{{"lastTimestamp", ""}, {"eventTime", monday}}, monday},
        {{}, ""},
    };
    for (const auto& [times, wanted] : cases) {
      CAPTURE(wanted);
      FakeHost host(job());
      host.object("events", Object(times).set("reason", "KongConfigurationSucceeded"));

      CHECK(run(std::move(host))["last_change"] == wanted);
    }
  }

  TEST_CASE("Events first, then objects") {
    const Object plugin = written({{"kubectl", wednesday}});

    CHECK(run(host_of("kongplugins", plugin)).fields ==
          Fields{{"last_change", wednesday}, {"last_object_change", wednesday}});

    FakeHost host = host_of("kongplugins", plugin);
    host.object("events", event("KongConfigurationSucceeded", tuesday));
    CHECK(run(std::move(host)).fields ==
          Fields{{"last_change", tuesday}, {"last_object_change", wednesday}});
  }

  TEST_CASE("attempted is not effective") {
    const Object plugin = written({{"kubectl", wednesday}});
    for (const char* reason :
         {"KongConfigurationApplyFailed", "KongConfigurationTranslationFailed",
          "FallbackKongConfigurationSucceeded", "FallbackKongConfigurationApplyFailed"}) {
      CAPTURE(reason);
      // what was written last may be what was refused
      FakeHost refused = host_of("kongplugins", plugin);
      Outcome outcome = run(std::move(refused.object("events", event(reason, thursday))));
      CHECK(outcome.fields.count("last_change") == 0);
      CHECK(outcome["last_object_change"] == wednesday);

      // what was accepted before it was
      FakeHost both = host_of("kongplugins", plugin);
      both.object("events", event("KongConfigurationSucceeded", tuesday))
          .object("events", event(reason, thursday));
      CHECK(run(std::move(both))["last_change"] == tuesday);
    }
  }

  TEST_CASE("every kind of a configuration dates it") {
    for (const std::string kind : kinds) {
      CAPTURE(kind);
      CHECK(run(host_of(kind, written({{"kubectl", wednesday}})))["last_change"] == wednesday);
      CHECK(run(host_of(kind, created(tuesday)))["last_object_change"] == tuesday);

      // of two objects the newest
      FakeHost host = host_of(kind, created(tuesday));
      host.object("kongplugins", created(monday)).object("kongplugins", created(wednesday));
      CHECK(run(std::move(host))["last_change"] == wednesday);
    }
  }

  TEST_CASE("who writes decides whether it is a change") {
    const std::pair<std::vector<Write>, std::string> cases[] = {
        {{{"kubectl-client-side-apply", tuesday}, {"kubectl", wednesday}}, wednesday},
        {{{"helm", wednesday}, {"kubectl", tuesday}}, wednesday},
        {{{"argocd-controller", tuesday}}, tuesday},
        {{{"kustomize-controller", tuesday}}, tuesday},
        {{{"Terraform", tuesday}}, tuesday},
        // a status
        {{{"kubectl", tuesday}, {"kong-ingress-controller", wednesday, "status"}}, tuesday},
        {{{"kubectl", tuesday}, {"anybody", wednesday, "status"}}, tuesday},
        {{{"kubectl", tuesday}, {"anybody", wednesday, "scale"}}, tuesday},
        // Kong's own: annotations, finalizers, and statuses of old servers
        {{{"kubectl", tuesday}, {"kong-ingress-controller", wednesday}}, tuesday},
        {{{"kubectl", tuesday}, {"kong-operator", wednesday}}, tuesday},
        {{{"kubectl", tuesday}, {"gateway-operator", wednesday}}, tuesday},
        {{{"kubectl", tuesday}, {"gateway-operator-hybridgateway", wednesday}}, tuesday},
        {{{"kubectl", tuesday}, {"manager", wednesday}}, tuesday},
        // one that a controller made was made once
        {{{"manager", wednesday}}, monday},
        {{{"kong-operator", wednesday, "status"}}, monday},
        // nothing is known of the writer
        {{{"", tuesday}}, tuesday},
        {{}, monday},
    };
    for (const auto& [writes, wanted] : cases) {
      CAPTURE(writes.size());
      CAPTURE(wanted);
      CHECK(run(host_of("kongplugins", written(writes)))["last_object_change"] == wanted);
    }
  }

  TEST_CASE("an Ingress counts if it is Kong's") {
    const char* const annotation = "kubernetes.io/ingress.class";
    const Object ingress = created(tuesday);
    const Object kongs_class = {{"metadata.name", "edge"},
                                {"spec.controller", "ingress-controllers.konghq.com/kong"}};
    const Object other_class = {{"metadata.name", "nginx"},
                                {"spec.controller", "k8s.io/ingress-nginx"}};
    const auto is_default = [](Object object) {
      return object.annotation("ingressclass.kubernetes.io/is-default-class");
    };
    const auto named = [&](const char* name) {
      return Object(ingress).set("spec.ingressClassName", name);
    };
    const auto annotated = [&](const char* name) {
      return Object(ingress).annotation(annotation, name);
    };

    struct Case {
      Object ingress;
      std::vector<Object> classes;
      bool counts;
    };
    const Case cases[] = {
        {named("kong"), {}, true},
        {named("edge"), {kongs_class}, true},
        {named("edge"), {}, false},
        {named("nginx"), {kongs_class, other_class}, false},
        {annotated("kong"), {}, true},
        {annotated("edge"), {kongs_class}, true},
        {annotated("nginx"), {is_default(kongs_class)}, false},
        {annotated(""), {is_default(kongs_class)}, false},
        {named(""), {is_default(kongs_class)}, false},
        {named("nginx").annotation(annotation, "kong"), {}, true},
        {ingress, {is_default(kongs_class)}, true},
        {ingress, {kongs_class, is_default(other_class)}, false},
        {ingress, {is_default({{"metadata.name", "kong"}})}, true},
        {ingress, {}, false},
    };
    for (const Case& c : cases) {
      CAPTURE(&c - cases);
      FakeHost host(job());
      host.object("ingresses", c.ingress);
      for (const Object& ingress_class : c.classes) host.object("ingress-classes", ingress_class);

      CHECK(run(std::move(host))["last_object_change"] == (c.counts ? tuesday : ""));
    }

    FakeHost told(job());
    told.param("ingress_class", "outside").object("ingresses", named("outside"));
    CHECK(run(std::move(told))["last_object_change"] == tuesday);
  }

  TEST_CASE("a Gateway counts by its class, a route by a parent") {
    const auto gateway_of = [](const char* controller) {
      FakeHost host(job());
      host.object("gateway-classes",
                  {{"metadata.name", "edge"}, {"spec.controllerName", controller}})
          .object("gateways", created(tuesday).set("spec.gatewayClassName", "edge"));
      return run(std::move(host))["last_object_change"];
    };
    CHECK(gateway_of("konghq.com/kic-gateway-controller") == tuesday);
    CHECK(gateway_of("konghq.com/gateway-operator") == tuesday);
    CHECK(gateway_of("konghq.com/team-a") == tuesday);  // of several that were told their names
    CHECK(gateway_of("istio.io/gateway-controller") == "");
    CHECK(gateway_of("acme.example/konghq.com/") == "");

    const auto route_of = [](const std::vector<std::string>& controllers) {
      FakeHost host(job());
      Object route = created(tuesday);
      for (std::size_t i = 0; i < controllers.size(); ++i) {
        route.set("status.parents[" + std::to_string(i) + "].controllerName", controllers[i]);
      }
      return run(std::move(host.object("httproutes", route)))["last_object_change"];
    };
    CHECK(route_of({"istio.io/gateway-controller", "konghq.com/gateway-operator"}) == tuesday);
    CHECK(route_of({"istio.io/gateway-controller"}) == "");
    CHECK(route_of({}) == "");  // nobody has taken it up
  }

  TEST_CASE("a controller that was told to call itself otherwise is a parameter") {
    const auto host_with = [](const std::string& told) {
      FakeHost host(job());
      Object route = created(monday).set("status.parents[0].controllerName", "acme.example/edge");
      host.object("gateway-classes",
                  {{"metadata.name", "edge"}, {"spec.controllerName", "acme.example/edge"}})
          .object("gateways", created(tuesday).set("spec.gatewayClassName", "edge"))
          .object("httproutes", condition(route, "status.parents[0]", 0, "Programmed", wednesday));
      return run(std::move(host.param("controller_name", told)));
    };

    const Outcome told = host_with("acme.example/edge");
    CHECK(told["last_object_change"] == tuesday);
    CHECK(told["last_state_change"] == wednesday);
    CHECK(host_with("acme.example/edge-2").fields.empty());
    CHECK(host_with("").fields.empty());
  }

  TEST_CASE("Programmed dates the state") {
    for (const char* kind : {"kongplugins", "kongclusterplugins", "kongconsumers",
                             "kongconsumergroups", "kongcustomentities", "gateways"}) {
      CAPTURE(kind);
      Object object = condition(created(monday), "status", 0, "Accepted", thursday);
      object = condition(object, "status", 1, "Programmed", tuesday);
      const Outcome outcome = run(host_of(kind, object));

      CHECK(outcome["last_state_change"] == tuesday);
      CHECK(outcome["last_object_change"] == monday);  // a change of state is none of content
    }
    for (const char* kind : {"httproutes", "grpcroutes", "tlsroutes", "tcproutes", "udproutes"}) {
      CAPTURE(kind);
      Object object = created(monday);
      object.set("status.parents[1].controllerName", "istio.io/gateway-controller");
      object = condition(object, "status.parents[0]", 0, "ResolvedRefs", thursday);
      object = condition(object, "status.parents[0]", 1, "Programmed", tuesday);
      object = condition(object, "status.parents[1]", 0, "Programmed", thursday);

      CHECK(run(host_of(kind, object))["last_state_change"] == tuesday);
    }
    // these have no condition of that name, whatever is written there
    for (const char* kind : {"ingresses", "kongingresses", "tcpingresses", "udpingresses"}) {
      CAPTURE(kind);
      const Object object = condition(created(monday), "status", 0, "Programmed", tuesday);

      CHECK(run(host_of(kind, object)).fields.count("last_state_change") == 0);
    }
    FakeHost host(job());
    host.object("gateways", condition(created(monday).set("spec.gatewayClassName", "istio"),
                                      "status", 0, "Programmed", tuesday));
    CHECK(run(std::move(host)).fields.empty());
  }

  TEST_CASE("the newest is known only where all was read") {
    const auto with = [](const std::string& read, ktel_status state) {
      FakeHost host =
          host_of("kongconsumers", condition(created(tuesday), "status", 0, "Programmed", tuesday));
      host.object("ingresses", created(monday).set("spec.ingressClassName", "nginx"))
          .object("gateways", created(monday));
      return run(std::move(host.ended(read, state)));
    };
    const Fields all = {
        {"last_change", tuesday}, {"last_object_change", tuesday}, {"last_state_change", tuesday}};

    for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED}) {
      CAPTURE(state);
      for (const std::string kind : kinds) {
        if (kind == "kongconsumers") continue;
        CAPTURE(kind);
        const bool of_state = kind != "ingresses" && kind != "kongupstreampolicies" &&
                              kind != "kongingresses" && kind != "tcpingresses" &&
                              kind != "udpingresses";
        CHECK(with(kind, state).fields ==
              (of_state ? Fields{} : Fields{{"last_state_change", tuesday}}));
        CHECK(with(kind, KTEL_E_ABSENT).fields == all);
      }
      CHECK(with("ingress-classes", state).fields == Fields{{"last_state_change", tuesday}});
      CHECK(with("gateway-classes", state).fields.empty());
      CHECK(with("events", state).fields ==
            Fields{{"last_object_change", tuesday}, {"last_state_change", tuesday}});
    }
    CHECK(with("ingress-classes", KTEL_E_ABSENT).fields == all);
  }

  TEST_CASE("an Event is enough where objects cannot be listed") {
    FakeHost host(job());
    host.object("events", event("KongConfigurationSucceeded", tuesday));
    for (const char* kind : kinds) host.ended(kind, KTEL_E_DENIED);

    CHECK(run(std::move(host)).fields == Fields{{"last_change", tuesday}});
  }

  TEST_CASE("an empty cluster has no dates") {
    FakeHost host(job());
    for (const char* kind : kinds) host.ended(kind, KTEL_E_ABSENT);

    CHECK(run(std::move(host)).fields.empty());
    CHECK(run(FakeHost(job())).fields.empty());
  }

  TEST_CASE("what is no time dates nothing, and costs nothing else") {
    for (const char* text : {"", "now", "9999-99-99", "2024-01-09T08:00:00", "2024-01-09 08:00:00Z",
                             "2024-01-09T08:00:00+02:00", "2024-01-09T08:00:00.Z",
                             "2024-01-09T08:00:00.1x2Z", "zzzz-zz-zzTzz:zz:zzZ"}) {
      CAPTURE(text);
      FakeHost host = host_of("kongplugins", created(tuesday));
      host.object("kongplugins", created(text))
          .object("kongplugins", written({{"kubectl", text}, {"helm", monday}}))
          .object("events", event("KongConfigurationApplyFailed", text));

      CHECK(run(std::move(host))["last_object_change"] == tuesday);
    }
  }

  TEST_CASE("members of another type are none, and cost nothing else") {
    FakeHost host = host_of("httproutes", created(tuesday));
    host.object("kongplugins", {{"metadata.creationTimestamp", std::int64_t{7}},
                                {"metadata.managedFields", "none"},
                                {"status.conditions", true}})
        .object("kongplugins", {{"metadata.managedFields[0].time", false},
                                {"metadata.managedFields[0].manager", std::int64_t{1}},
                                {"status.conditions[0].type", std::int64_t{1}}})
        .object("httproutes", {{"status.parents[0].controllerName", "konghq.com/x"},
                               {"status.parents[0].conditions", "none"}})
        .object("httproutes", {{"status", std::int64_t{1}}})
        .object("ingresses", {{"spec", "none"}, {"metadata.annotations", std::int64_t{1}}})
        .object("ingress-classes", {{"metadata.name", std::int64_t{1}}})
        .object("gateways", {{"spec.gatewayClassName", false}})
        .object("gateway-classes", {{"spec.controllerName", "konghq.com/x"}})
        .object("events", {{"reason", std::int64_t{1}}, {"lastTimestamp", false}});

    CHECK(run(std::move(host)).fields ==
          Fields{{"last_change", tuesday}, {"last_object_change", tuesday}});
  }

  TEST_CASE("of objects neither names, nor specs, nor the fields of a writer are read") {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const std::string paths = job().reads[i].paths;
      CAPTURE(job().reads[i].id);
      CHECK(paths.find("fieldsV1") == std::string::npos);
      CHECK(paths.find("message") == std::string::npos);
      if (!std::string_view(job().reads[i].id).ends_with("-classes")) {
        CHECK(paths.find("metadata.name") == std::string::npos);
      }
    }
  }

  TEST_CASE("each field names the reads it is made of") {
    ktel::test::check_each_field_alone(job(), [] {
      FakeHost host =
          host_of("gateways", condition(created(tuesday), "status", 0, "Programmed", wednesday));
      return std::move(
          host.object("events", event("KongConfigurationApplyFailed", monday))
              .object("events", event("FallbackKongConfigurationSucceeded", tuesday))
              .object("events", event("KongConfigurationSucceeded", wednesday))
              .object("ingress-classes",
                      {{"metadata.name", "edge"},
                       {"spec.controller", "ingress-controllers.konghq.com/kong"}})
              .object("ingresses", created(thursday).set("spec.ingressClassName", "edge")));
    });
    ktel::test::check_each_field_alone(job(), [] {
      return host_of("httproutes",
                     condition(created(tuesday), "status.parents[0]", 0, "Programmed", wednesday));
    });
    ktel::test::check_each_field_alone(job(), [] { return FakeHost(job()); });
  }
}
