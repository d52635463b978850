// gateway-api: a row for each kind in each release and channel, and for what makes a Gateway
// Kong's.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Object;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/gateway_api") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;

  const ktel_read& read_of(const std::string& id) {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      if (id == job().reads[i].id) return job().reads[i];
    }
    throw std::invalid_argument("the job does not declare " + id);
  }

  std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
  }

  // Which kinds are served in which versions by which release: "E:" only in the experimental
  // channel.
  constexpr const char* releases[] = {"0.4.3", "0.5.1", "0.7.1", "0.8.0", "1.0.0",
                                      "1.1.1", "1.3.0", "1.4.1", "1.5.1", "1.6.3"};
  constexpr std::size_t with_stamps = 1;  // from this column on

  struct Kind {
    const char* read;
    const char* field;
    const char* served[std::size(releases)];
    bool in_group = true;  // gateway.networking.k8s.io
  };
  constexpr const char* frequent[] = {
      "v1alpha2",   "v1alpha2 v1beta1", "v1alpha2 v1beta1", "v1beta1",    "v1 v1beta1",
      "v1 v1beta1", "v1 v1beta1",       "v1 v1beta1",       "v1 v1beta1", "v1 v1beta1"};
  constexpr Kind row(const char* read, const char* field,
                     const char* const (&served)[std::size(releases)]) {
    Kind kind{read, field, {}};
    for (std::size_t i = 0; i < std::size(releases); ++i) kind.served[i] = served[i];
    return kind;
  }
  constexpr Kind kinds[] = {
      row("gatewayclasses", "gatewayclasses_count", frequent),
      row("gateways", "gateways_count", frequent),
      row("httproutes", "httproutes_count", frequent),
      {"referencepolicies",
       "referencegrants_count",
       {"v1alpha2", "", "", "", "", "", "", "", "", ""}},
      {"referencegrants",
       "referencegrants_count",
       {"", "E:v1alpha2", "v1alpha2 v1beta1", "v1alpha2 v1beta1", "v1alpha2 v1beta1",
        "v1beta1 E:v1alpha2", "v1beta1", "v1beta1", "v1 v1beta1", "v1 v1beta1"}},
      {"grpcroutes",
       "grpcroutes_count",
       {"", "", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "v1 E:v1alpha2", "v1", "v1", "v1", "v1"}},
      {"tlsroutes",
       "tlsroutes_count",
       {"v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2",
        "E:v1alpha2", "E:v1alpha2 E:v1alpha3", "v1 E:v1alpha2 E:v1alpha3",
        "v1 E:v1alpha2 E:v1alpha3"}},
      {"tcproutes",
       "tcproutes_count",
       {"v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2",
        "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "v1 E:v1alpha2"}},
      {"udproutes",
       "udproutes_count",
       {"v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "E:v1alpha2",
        "E:v1alpha2", "E:v1alpha2", "E:v1alpha2", "v1 E:v1alpha2"}},
      {"backendtlspolicies",
       "backendtlspolicies_count",
       {"", "", "", "", "E:v1alpha2", "E:v1alpha3", "E:v1alpha3", "v1 E:v1alpha3", "v1 E:v1alpha3",
        "v1 E:v1alpha3"}},
      {"listenersets", "listenersets_count", {"", "", "", "", "", "", "", "", "v1", "v1"}},
      {"xlistenersets",
       "listenersets_count",
       {"", "", "", "", "", "", "E:v1alpha1", "E:v1alpha1", "", ""},
       false},
  };

  // The versions of a cell that a channel has.
  std::vector<std::string> versions_of(const char* cell, bool experimental) {
    std::vector<std::string> found;
    for (const std::string& word : words(cell)) {
      const bool marked = word.starts_with("E:");
      if (!marked || experimental) found.push_back(marked ? word.substr(2) : word);
    }
    return found;
  }

  // Would the host find the kind in this version?
  bool declared(const ktel_read& read, const std::string& version) {
    const std::vector<std::string> accepted = words(read.versions);
    return std::count(accepted.begin(), accepted.end(), version) > 0 || accepted.back() == "*";
  }

  std::string list_of(const std::set<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
    return "[" + text + "]";
  }

  Object definition(const std::string& bundle, const std::string& channel) {
    return Object()
        .annotation("gateway.networking.k8s.io/bundle-version", bundle)
        .annotation("gateway.networking.k8s.io/channel", channel);
  }

  // A cluster that serves nothing of it.
  FakeHost bare() {
    FakeHost host(job());
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const ktel_read& read = job().reads[i];
      if (read.group != nullptr && std::string(read.group) != "apiextensions.k8s.io" &&
          read.verb != KTEL_READ_SERVED) {
        host.ended(read.id, KTEL_E_ABSENT);
      }
    }
    return host;
  }

  // All of release 1.6 but experiments, with this many objects of each kind.
  FakeHost current(std::uint64_t n = 3) {
    FakeHost host(job());
    host.object("served", {{"version", "v1"}}).object("served", {{"version", "v1beta1"}});
    for (const Kind& kind : kinds) host.count(kind.read, n);
    host.ended("referencepolicies", KTEL_E_ABSENT).ended("xlistenersets", KTEL_E_ABSENT);
    host.object("crds", definition("v1.6.3", "standard"));
    return host;
  }

  Outcome run(FakeHost host) {
    Outcome outcome = host.run();
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  Object gateway_class(const std::string& name, const std::string& controller) {
    return {{"metadata.name", name}, {"spec.controllerName", controller}};
  }

  Object gateway(const std::string& class_name) { return {{"spec.gatewayClassName", class_name}}; }
  Object condition(Object object, std::size_t i, const std::string& type,
                   const std::string& status) {
    const std::string at = "status.conditions[" + std::to_string(i) + "].";
    return object.set(at + "type", type).set(at + "status", status);
  }
  Object programmed(Object object) { return condition(std::move(object), 0, "Programmed", "True"); }
  Object listeners(Object object, const std::vector<std::int64_t>& attached) {
    for (std::size_t i = 0; i < attached.size(); ++i) {
      object.set("status.listeners[" + std::to_string(i) + "].attachedRoutes", attached[i]);
    }
    return object;
  }

  struct Kongs {
    const char* classes;
    const char* gateways;
    const char* unmanaged;
    const char* programmed;
    const char* attached;
  };
  void check_kongs(const Outcome& outcome, const Kongs& wanted) {
    CHECK(outcome["kong_gatewayclasses_count"] == wanted.classes);
    CHECK(outcome["kong_gateways_count"] == wanted.gateways);
    CHECK(outcome["kong_unmanaged_gateways_count"] == wanted.unmanaged);
    CHECK(outcome["kong_programmed_gateways_count"] == wanted.programmed);
    CHECK(outcome["kong_attached_routes_count"] == wanted.attached);
  }

  FakeHost host_of(const std::vector<Object>& classes, const std::vector<Object>& gateways) {
    FakeHost host = current();
    for (const Object& object : classes) host.object("classes", object);
    for (const Object& object : gateways) host.object("gateway-states", object);
    return host;
  }

  constexpr const char* kic = "konghq.com/kic-gateway-controller";
  constexpr const char* kongs_operator = "konghq.com/gateway-operator";

  }  // namespace

  TEST_CASE("each kind is counted in each release and channel that serves it") {
    for (std::size_t release = 0; release < std::size(releases); ++release) {
      for (const bool experimental : {false, true}) {
        const std::string version = releases[release];
        CAPTURE(version);
        CAPTURE(experimental);
        FakeHost host(job());
        std::set<std::string> served;
        const std::string channel = experimental ? "experimental" : "standard";
        const bool stamped = release >= with_stamps;
        Fields wanted = {{"installed", "true"},
                         {"channel", stamped ? channel : "unknown"},
                         {"kong_gatewayclasses_count", "0"},
                         {"kong_gateways_count", "0"},
                         {"kong_unmanaged_gateways_count", "0"},
                         {"kong_programmed_gateways_count", "0"},
                         {"kong_attached_routes_count", "0"}};
        if (stamped) wanted["bundle_version"] = "v" + version;
        std::uint64_t n = 0;
        for (const Kind& kind : kinds) {
          CAPTURE(std::string(kind.read));
          const auto versions = versions_of(kind.served[release], experimental);
          if (versions.empty()) {
            host.ended(kind.read, KTEL_E_ABSENT);
            continue;
          }
          for (const std::string& v : versions) {
            CHECK(declared(read_of(kind.read), v));
            if (!kind.in_group) continue;
            served.insert(v);
            host.object("served", {{"version", v}});
          }
          host.count(kind.read, ++n);
          wanted[kind.field] = std::to_string(n);
          host.object("crds", stamped ? definition("v" + version, channel) : Object());
        }
        wanted["served_versions"] = list_of(served);

        CHECK(run(std::move(host)).fields == wanted);
      }
    }
  }

  TEST_CASE("a kind under two names is one number, where both are known") {
    FakeHost both = current(3);
    both.ended("referencepolicies", KTEL_OK).count("referencepolicies", 4);
    CHECK(run(std::move(both))["referencegrants_count"] == "7");

    FakeHost experiment = current();
    experiment.ended("listenersets", KTEL_E_ABSENT);
    experiment.ended("xlistenersets", KTEL_OK).count("xlistenersets", 2);
    CHECK(run(std::move(experiment))["listenersets_count"] == "2");

    for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED}) {
      FakeHost unknown = current();
      unknown.ended("xlistenersets", state);
      CHECK_FALSE(run(std::move(unknown)).fields.contains("listenersets_count"));
    }
  }

  TEST_CASE("a vendor's subset: what is not served is left out") {
    FakeHost host = bare();
    host.object("served", {{"version", "v1"}}).ended("httproutes", KTEL_OK).count("httproutes", 2);
    host.object("crds", definition("v1.2.1", "experimental")).object("crds", {});

    CHECK(run(std::move(host)).fields == Fields{{"installed", "true"},
                                                {"served_versions", "[v1]"},
                                                {"bundle_version", "v1.2.1"},
                                                {"channel", "experimental"},
                                                {"httproutes_count", "2"}});
  }

  TEST_CASE("without Gateway API that is all there is to say, and definitions are not asked for") {
    FakeHost host = bare();
    host.object("crds", definition("v1.4.1", "standard"));

    CHECK(run(std::move(host)).fields == Fields{{"installed", "false"}});
  }

  TEST_CASE("a release before 0.4 is there, and not counted") {
    FakeHost host = bare();
    host.object("served-before-0-4", {{"version", "v1alpha1"}});
    CHECK(run(std::move(host)).fields ==
          Fields{{"installed", "true"}, {"served_versions", "[x-v1alpha1]"}});

    FakeHost both = current();
    both.object("served-before-0-4", {{"version", "v1alpha1"}});
    CHECK(run(std::move(both))["served_versions"] == "[v1,v1beta1,x-v1alpha1]");
  }

  TEST_CASE("a version that is not known is other") {
    FakeHost host = current();
    host.object("served", {{"version", "v2"}}).object("served", {});
    CHECK(run(std::move(host))["served_versions"] == "[other,v1,v1beta1]");
  }

  TEST_CASE("what a server serves that does not answer is not known") {
    FakeHost stale = bare();
    stale.object("served", {{"version", "v1"}, {"freshness", "Stale"}});
    CHECK(run(std::move(stale)).fields.empty());

    FakeHost one_of_two = current();
    one_of_two.object("served", {{"version", "v2"}, {"freshness", "Stale"}});
    const Outcome outcome = run(std::move(one_of_two));
    CHECK(outcome["installed"] == "true");
    CHECK_FALSE(outcome.fields.contains("served_versions"));
  }

  TEST_CASE("release and channel, from what is stamped") {
    struct Case {
      const char* what;
      std::vector<Object> crds;
      const char* bundle;  // "": none
      const char* channel;
    };
    const Case cases[] = {
        {"one release", {definition("v1.2.1", "standard")}, "v1.2.1", "standard"},
        {"0.8.1 is stamped so", {definition("v0.8.0", "standard")}, "v0.8.0", "standard"},
        {"a build from main", {definition("v0.0.0-dev", "experimental")}, "v0.0.0", "experimental"},
        {"a candidate", {definition("v1.5.0-rc.1", "standard")}, "v1.5.0", "standard"},
        {"without a v", {definition("1.3.0", "standard")}, "1.3.0", "standard"},
        {"the highest of several installers",
         {definition("v1.9.0", "standard"), definition("v1.10.0", "standard"),
          definition("v1.2.11", "standard")},
         "v1.10.0",
         "standard"},
        {"a release beats a build from main",
         {definition("v0.0.0-dev", "standard"), definition("v1.0.0", "standard")},
         "v1.0.0",
         "standard"},
        {"an experimental kind beside standard ones",
         {definition("v1.2.1", "standard"), definition("v1.2.1", "experimental")},
         "v1.2.1",
         "mixed"},
        {"others' definitions", {Object(), Object()}, "", "unknown"},
        {"no definition at all", {}, "", "unknown"},
        {"one of the two annotations alone",
         {Object().annotation("gateway.networking.k8s.io/channel", "standard")},
         "",
         "standard"},
        {"a channel that is not known", {definition("v1.4.1", "nightly")}, "v1.4.1", "unknown"},
        {"what follows the numbers stays here",
         {definition("v1.4.1-acme-prod", "standard")},
         "v1.4.1",
         "standard"},
        {"no version",
         {definition("acme-prod", "standard"), definition("v1.4", "standard"),
          definition("v1.4.1acme", "standard"), definition("v1.4.x", "standard"),
          definition("v1..1", "standard"), definition("", "standard"),
          definition("v123456.0.0", "standard")},
         "",
         "standard"},
        {"values of another type",
         {Object()
              .set("metadata.annotations['gateway.networking.k8s.io/bundle-version']",
                   std::int64_t{1})
              .set("metadata.annotations['gateway.networking.k8s.io/channel']", true)},
         "",
         "unknown"},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.what));
      FakeHost host = bare();
      host.object("served", {{"version", "v1"}});
      for (const Object& crd : c.crds) host.object("crds", crd);
      const Outcome outcome = run(std::move(host));

      CHECK(outcome["bundle_version"] == c.bundle);
      CHECK(outcome["channel"] == c.channel);
    }
  }

  TEST_CASE("a class is Kong's by its controller") {
    struct Case {
      const char* controller;
      bool kongs;
    };
    const Case cases[] = {
        {kic, true},
        {kongs_operator, true},
        {"konghq.com/kic-gateway-controller-internal", true},  // one of several
        {"acme.example/edge", false},
        {"notkonghq.com/kic-gateway-controller", false},
        {"konghq.com.acme.example/x", false},
        {"istio.io/gateway-controller", false},
        {"gateways.kuma.io/controller", false},
        {"io.cilium/gateway-controller", false},
        {"", false},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.controller));
      const Outcome outcome =
          run(host_of({gateway_class("a", c.controller)}, {programmed(gateway("a"))}));

      CHECK(outcome["kong_gatewayclasses_count"] == (c.kongs ? "1" : "0"));
      CHECK(outcome["kong_gateways_count"] == (c.kongs ? "1" : "0"));
    }
  }

  TEST_CASE("a controller that was told to call itself otherwise is a parameter") {
    const auto count = [](const char* given) {
      FakeHost host = host_of({gateway_class("a", "acme.example/edge"), gateway_class("b", kic),
                               gateway_class("c", "acme.example/edge-2"), gateway_class("d", "")},
                              {gateway("a"), gateway("b"), gateway("c"), gateway("d")});
      host.param("controller_name", std::string(given));
      return run(std::move(host))["kong_gateways_count"];
    };

    CHECK(count("acme.example/edge") == "2");
    CHECK(count("") == "1");
  }

  TEST_CASE("Kong's Gateways: theirs through the class, working, and with so many routes") {
    const Outcome outcome = run(host_of(
        {gateway_class("kong", kic).annotation("konghq.com/gatewayclass-unmanaged", "true"),
         gateway_class("operated", kongs_operator), gateway_class("istio", "istio.io/gateway")},
        {listeners(programmed(gateway("kong")), {3, 4}),
         listeners(programmed(gateway("operated")), {5}),
         listeners(condition(gateway("operated"), 0, "Programmed", "False"), {100}),
         listeners(gateway("kong"), {100}),  // no status yet
         listeners(programmed(gateway("istio")), {100}),
         listeners(programmed(gateway("gone")), {100})}));

    check_kongs(outcome, {"2", "4", "2", "2", "12"});
    CHECK(outcome["gateways_count"] == "3");  // of all classes, as counted
  }

  TEST_CASE("an unmanaged class says so, whatever it says") {
    const auto unmanaged = [](const std::string& value) {
      return run(
          host_of({gateway_class("a", kic).annotation("konghq.com/gatewayclass-unmanaged", value)},
                  {gateway("a")}))["kong_unmanaged_gateways_count"];
    };

    CHECK(unmanaged("true") == "1");
    CHECK(unmanaged("kong/kong-proxy") == "1");  // the proxies' Services, in releases of old
    CHECK(unmanaged("") == "0");
  }

  TEST_CASE("a Gateway works if its condition says so, under the name that its release has") {
    const Object plain = gateway("a");
    const std::pair<Object, const char*> cases[] = {
        {condition(plain, 0, "Programmed", "True"), "1"},
        {condition(plain, 0, "Programmed", "Unknown"), "0"},
        {condition(condition(plain, 0, "Accepted", "True"), 1, "Programmed", "True"), "1"},
        {condition(plain, 0, "Accepted", "True"), "0"},
        {condition(plain, 0, "Scheduled", "True"), "0"},
        // before 0.6
        {condition(condition(plain, 0, "Scheduled", "True"), 1, "Ready", "True"), "1"},
        {condition(plain, 0, "Ready", "False"), "0"},
        // since then it is asked for no more
        {condition(condition(plain, 0, "Ready", "True"), 1, "Programmed", "False"), "0"},
        {plain, "0"},
        // of another type
        {Object(plain).set("status.conditions", "Programmed"), "0"},
        {Object(plain)
             .set("status.conditions[0].type", "Programmed")
             .set("status.conditions[0].status", true),
         "0"},
    };
    for (const auto& [object, working] : cases) {
      CHECK(run(host_of({gateway_class("a", kic)}, {object}))["kong_programmed_gateways_count"] ==
            working);
    }
  }

  TEST_CASE("what is no number of routes counts as none") {
    const auto attached = [](const Object& object) {
      return run(
          host_of({gateway_class("a", kic)}, {programmed(object)}))["kong_attached_routes_count"];
    };
    const Object plain = gateway("a");

    CHECK(attached(plain) == "0");
    CHECK(attached(listeners(plain, {})) == "0");
    CHECK(attached(listeners(plain, {-5, 2})) == "2");
    CHECK(attached(listeners(plain, {std::numeric_limits<std::int64_t>::max(), 2})) == "2");
    CHECK(attached(Object(plain).set("status.listeners[0].attachedRoutes", "7")) == "0");
    CHECK(attached(Object(plain).set("status.listeners", "7")) == "0");
    CHECK(attached(Object(plain).set("status.listeners[0].name", "http")) == "0");
  }

  TEST_CASE("objects that lack what is looked for are nobody's") {
    const Outcome outcome =
        run(host_of({Object(), gateway_class("kong", kic)}, {Object(), gateway("")}));
    check_kongs(outcome, {"1", "0", "0", "0", "0"});

    const Object nameless = {{"spec.controllerName", kic}};
    check_kongs(run(host_of({nameless}, {programmed(Object()), gateway("")})),
                {"1", "0", "0", "0", "0"});
  }

  TEST_CASE("no text of the cluster leaves") {
    const std::string marker = "marker";
    const Object crd = definition("v1.4.1-" + marker, marker);
    const Object a_class = gateway_class(marker, "konghq.com/" + marker)
                               .annotation("konghq.com/gatewayclass-unmanaged", marker);
    const Object a_gateway =
        condition(condition(gateway(marker), 0, marker, marker), 1, "Programmed", "True");
    FakeHost host = host_of({a_class}, {a_gateway});
    host.object("served", {{"version", marker}}).object("crds", crd);
    const Outcome outcome = run(std::move(host));

    CHECK(outcome["kong_programmed_gateways_count"] == "1");
    for (const auto& [name, value] : outcome.fields) {
      CAPTURE(name);
      CHECK(value.find(marker) == value.npos);
    }
  }

  TEST_CASE("what is not known of one read is absent, never zero, and of no other") {
    const auto complete = [] {
      FakeHost host = host_of({gateway_class("a", kic)}, {programmed(gateway("a"))});
      return host;
    };
    const Fields all = run(complete()).fields;
    const std::set<std::string> kongs = {"kong_gateways_count", "kong_unmanaged_gateways_count",
                                         "kong_programmed_gateways_count",
                                         "kong_attached_routes_count"};
    std::map<std::string, std::set<std::string>> lost = {
        {"served", {"served_versions", "bundle_version", "channel", "installed"}},
        {"served-before-0-4", {"served_versions"}},
        {"crds", {"bundle_version", "channel"}},
        {"gateway-states", kongs},
        {"classes", kongs}};
    lost["classes"].insert("kong_gatewayclasses_count");
    for (const Kind& kind : kinds) lost[kind.read] = {kind.field};

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
  }

  TEST_CASE("each field names the reads it is made of") {
    ktel::test::check_each_field_alone(job(), [] {
      FakeHost host = host_of({gateway_class("a", kic)}, {programmed(gateway("a"))});
      host.object("served-before-0-4", {{"version", "v1alpha1"}});
      return host;
    });
  }
}
