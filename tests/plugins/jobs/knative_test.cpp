// knative: a row for each part that may be there, and for each place where a class may stand.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Object;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/knative") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;

  constexpr const char* dotted = "networking.knative.dev/ingress.class";
  constexpr const char* dashed = "networking.knative.dev/ingress-class";
  constexpr const char* kourier = "kourier.ingress.networking.knative.dev";

  // A cluster that serves nothing of it.
  FakeHost bare() {
    FakeHost host(job());
    host.ended("services", KTEL_E_ABSENT).ended("ingresses", KTEL_E_ABSENT);
    return host;
  }

  FakeHost serving(const Object& settings = {}) {
    FakeHost host(job());
    host.object("serving", {{"kind", "Service"}}).count("services", 12);
    host.object("network-settings", settings);
    host.object("namespace", Object().label("app.kubernetes.io/version", "1.12.3"));
    return host;
  }

  Outcome run(FakeHost host) {
    Outcome outcome = host.run();
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  Outcome run_with(const std::vector<Object>& ingresses) {
    FakeHost host = serving();
    for (const Object& ingress : ingresses) host.object("ingresses", ingress);
    return run(std::move(host));
  }

  }  // namespace

  TEST_CASE("Serving with Kong's class") {
    FakeHost host = serving({{"data['ingress-class']", "kong"}});
    host.object("eventing", {{"kind", "Broker"}})
        .object("ingresses", Object().annotation(dotted, "kong"))
        .object("ingresses", Object().annotation(dotted, kourier));

    CHECK(run(std::move(host)).fields == Fields{{"installed", "true"},
                                                {"components", "[eventing,serving]"},
                                                {"serving_version", "1.12.3"},
                                                {"services_count", "12"},
                                                {"default_class", "kong"},
                                                {"ingresses_by_class.kong", "1"},
                                                {"ingresses_by_class.kourier", "1"},
                                                {"kong_ingresses_count", "1"}});
  }

  TEST_CASE("which parts are there") {
    struct Case {
      std::vector<const char*> served;
      const char* installed;
      const char* components;  // "": not reported
    };
    const Case cases[] = {
        {{}, "false", ""},
        {{"serving"}, "true", "[serving]"},
        {{"eventing"}, "true", "[eventing]"},
        {{"messaging"}, "true", "[eventing]"},
        {{"eventing", "messaging"}, "true", "[eventing]"},
        {{"serving", "messaging"}, "true", "[eventing,serving]"},
    };
    for (const Case& c : cases) {
      FakeHost host = bare();
      for (const char* read : c.served) host.object(read, {{"kind", "Any"}});
      const Outcome outcome = run(std::move(host));

      CHECK(outcome["installed"] == c.installed);
      CHECK(outcome["components"] == c.components);
    }
  }

  TEST_CASE("without Knative that is all there is to say, and nothing else is asked for") {
    FakeHost host = bare();
    host.object("network-settings", {{"data['ingress-class']", "kong"}})
        .object("namespace", Object().label("app.kubernetes.io/version", "1.12.3"));
    CHECK(run(std::move(host)).fields == Fields{{"installed", "false"}});

    FakeHost eventing_alone = bare();
    eventing_alone.object("eventing", {{"kind", "Broker"}});
    CHECK(run(std::move(eventing_alone)).fields ==
          Fields{{"installed", "true"}, {"components", "[eventing]"}});
  }

  TEST_CASE("Serving's version stands on its namespace, under two labels") {
    const char* now = "app.kubernetes.io/version";
    const char* before = "serving.knative.dev/release";
    const std::pair<Object, const char*> cases[] = {
        {Object().label(now, "1.12.3"), "1.12.3"},
        {Object().label(before, "v0.22.0"), "v0.22.0"},
        {Object().label(before, "v0.22.0").label(now, "1.0.0"), "1.0.0"},
        {Object().label(now, "1.12.3-acme"), "1.12.3"},
        {Object().label(before, "devel"), ""},
        {Object().label(now, "1.12"), ""},
        {Object().label(now, "1.12.3acme"), ""},
        {Object().label(now, "v1.1234567.3"), ""},
        {Object().label(now, ""), ""},
        {Object().set("metadata.labels['app.kubernetes.io/version']", std::int64_t{1}), ""},
        {Object(), ""},
    };
    for (const auto& [object, version] : cases) {
      FakeHost host = bare();
      host.object("serving", {{"kind", "Service"}}).object("namespace", object);

      CHECK(run(std::move(host))["serving_version"] == version);
    }
  }

  TEST_CASE("the default class, from the settings or Knative's own") {
    const std::pair<Object, const char*> cases[] = {
        {{{"data['ingress-class']", "kong"}}, "kong"},
        {{{"data['ingress.class']", "kong"}}, "kong"},  // older
        {{{"data['ingress-class']", kourier}, {"data['ingress.class']", "kong"}}, "kourier"},
        {{{"data['ingress-class']", "istio.ingress.networking.knative.dev"}}, "istio"},
        {{{"data['ingress-class']", "contour.ingress.networking.knative.dev"}}, "contour"},
        {{{"data['ingress-class']", "gateway-api.ingress.networking.knative.dev"}}, "gateway-api"},
        {{{"data['ingress-class']", "acme"}}, "other"},
        {{{"data['ingress-class']", ""}}, "istio"},
        // an example is no setting
        {{{"data['_example']", "ingress-class: kong"}}, "istio"},
        {{{"data['domain-template']", "x"}}, "istio"},
        {{{"data['ingress-class']", std::int64_t{1}}}, "istio"},
        {{{"data", "kong"}}, "istio"},
    };
    for (const auto& [settings, name] : cases) {
      FakeHost host = bare();
      host.object("serving", {{"kind", "Service"}}).object("network-settings", settings);

      CHECK(run(std::move(host))["default_class"] == name);
    }
  }

  TEST_CASE("settings that are somewhere else say nothing") {
    FakeHost host = bare();
    host.object("serving", {{"kind", "Service"}});
    const Outcome outcome = run(std::move(host));

    CHECK_FALSE(outcome.fields.contains("default_class"));
    CHECK_FALSE(outcome.fields.contains("serving_version"));
  }

  TEST_CASE("an ingress's class in two spellings, and who would serve it") {
    struct Case {
      Object ingress;
      const char* by_class;
      const char* kongs;
    };
    const Case cases[] = {
        {Object().annotation(dotted, "kong"), "kong", "1"},
        {Object().annotation(dashed, "kong"), "kong", "1"},
        {Object().annotation(dotted, "kong").annotation(dashed, "kong"), "kong", "1"},
        // the dotted one wins in Knative, Kong's controller looked at both
        {Object().annotation(dotted, kourier).annotation(dashed, "kong"), "kourier", "1"},
        {Object().annotation(dotted, "kong").annotation(dashed, kourier), "kong", "1"},
        {Object().annotation(dotted, kourier), "kourier", "0"},
        {Object().annotation(dotted, "istio.ingress.networking.knative.dev"), "istio", "0"},
        {Object().annotation(dotted, "contour.ingress.networking.knative.dev"), "contour", "0"},
        {Object().annotation(dotted, "ambassador.ingress.networking.knative.dev"), "ambassador",
         "0"},
        {Object().annotation(dotted, "gloo.ingress.networking.knative.dev"), "gloo", "0"},
        {Object().annotation(dotted, "traefik.ingress.networking.knative.dev"), "traefik", "0"},
        {Object().annotation(dotted, "gateway-api.ingress.networking.knative.dev"), "gateway-api",
         "0"},
        {Object().annotation(dotted, "kong-internal"), "other", "0"},
        {Object().annotation(dotted, "kong.ingress.networking.knative.dev"), "other", "0"},
        {Object().annotation(dotted, ""), "other", "0"},
        {Object().annotation("kubernetes.io/ingress.class", "kong"), "other", "0"},
        {Object().set("metadata.annotations", "kong"), "other", "0"},
        {Object(), "other", "0"},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.by_class));
      const Outcome outcome = run_with({c.ingress});

      CHECK(outcome[std::string("ingresses_by_class.") + c.by_class] == "1");
      CHECK(outcome["kong_ingresses_count"] == c.kongs);
    }
  }

  TEST_CASE("Kong's class is a parameter") {
    const auto host_with = [](const char* given) {
      FakeHost host = bare();
      host.object("serving", {{"kind", "Service"}})
          .ended("ingresses", KTEL_OK)
          .object("ingresses", Object().annotation(dotted, "kong-internal"))
          .object("ingresses", Object().annotation(dotted, "kong"))
          .object("ingresses", Object())
          .object("network-settings", {{"data['ingress-class']", "kong-internal"}})
          .param("ingress_class", std::string(given));
      return host;
    };

    const Outcome internal = run(host_with("kong-internal"));
    CHECK(internal["kong_ingresses_count"] == "1");
    CHECK(internal["ingresses_by_class.kong"] == "1");
    CHECK(internal["ingresses_by_class.other"] == "2");
    CHECK(internal["default_class"] == "kong");

    CHECK(run(host_with(""))["kong_ingresses_count"] == "0");  // not that of all without a class
  }

  TEST_CASE("no ingress is zero of Kong's, and no map") {
    const Outcome outcome = run_with({});

    CHECK(outcome["kong_ingresses_count"] == "0");
    for (const auto& [name, value] : outcome.fields) {
      CHECK_FALSE(name.starts_with("ingresses_by_class"));
    }
  }

  TEST_CASE("what is not known is absent, never zero, and nothing else with it") {
    const auto complete = [] {
      FakeHost host = serving();
      host.object("eventing", {{"kind", "Broker"}})
          .object("ingresses", Object().annotation(dotted, "kong"));
      return host;
    };
    const Fields all = run(complete()).fields;
    const std::map<std::string, std::set<std::string>> lost = {
        {"serving", {"components", "default_class", "serving_version"}},
        {"eventing", {"components"}},
        {"messaging", {}},  // Eventing is known by the other
        {"services", {"services_count"}},
        {"ingresses", {"kong_ingresses_count", "ingresses_by_class.kong"}},
        {"network-settings", {"default_class"}},
        {"namespace", {"serving_version"}}};

    for (const auto& [read, fields] : lost) {
      for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED, KTEL_E_SKIPPED}) {
        CAPTURE(read);
        CAPTURE(state);
        Fields wanted = all;
        for (const std::string& field : fields) wanted.erase(field);
        FakeHost host = complete();
        host.ended(read, state);

        CHECK(run(std::move(host)).fields == wanted);
      }
    }

    FakeHost nothing = bare();
    for (const char* read : {"serving", "eventing", "messaging"})
      nothing.ended(read, KTEL_E_FAILED);
    CHECK(run(std::move(nothing)).fields == Fields{});
  }

  TEST_CASE("no text of the cluster leaves") {
    const std::string marker = "marker";
    FakeHost host = bare();
    host.ended("ingresses", KTEL_OK)
        .object("serving", {{"kind", marker}})
        .object("namespace", Object().label("app.kubernetes.io/version", "1.12.3-" + marker))
        .object("network-settings", {{"data['ingress-class']", marker}})
        .object("ingresses", Object().annotation(dotted, marker).annotation(dashed, marker));
    const Outcome outcome = run(std::move(host));

    CHECK(outcome["default_class"] == "other");
    for (const auto& [name, value] : outcome.fields) {
      CAPTURE(name);
      CHECK((name + value).find(marker) == std::string::npos);
    }
  }

  TEST_CASE("each field names the reads it is made of") {
    ktel::test::check_each_field_alone(job(), [] {
      FakeHost host = serving();
      host.object("eventing", {{"kind", "Broker"}})
          .object("ingresses", Object().annotation(dotted, "kong"));
      return host;
    });
  }
}
