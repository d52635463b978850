// ingress: a row for each way of being Kong's, of being served, and of having been written.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

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

TEST_SUITE("plugins/jobs/ingress") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;

  Object of_class(const std::string& name) { return {{"spec.ingressClassName", name}}; }
  Object annotated(const std::string& name) {
    return Object().annotation("kubernetes.io/ingress.class", name);
  }

  Object ingress_class(const std::string& name, const std::string& controller) {
    return {{"metadata.name", name}, {"spec.controller", controller}};
  }
  const char* const kongs = "ingress-controllers.konghq.com/kong";
  const char* const nginxs = "k8s.io/ingress-nginx";
  Object made_default(Object object) {
    return object.annotation("ingressclass.kubernetes.io/is-default-class", "true");
  }

  // Who wrote an Ingress: the version, and the subresource if it was one.
  using Writers = std::vector<std::pair<std::string, std::string>>;
  Object written(const Writers& writers) {
    Object object;
    for (std::size_t i = 0; i < writers.size(); ++i) {
      const std::string path = "metadata.managedFields[" + std::to_string(i) + "].";
      object.set(path + "apiVersion", writers[i].first).set(path + "manager", "someone");
      if (!writers[i].second.empty()) object.set(path + "subresource", writers[i].second);
    }
    return object;
  }

  // Which versions of Ingress a server has, in its own order.
  struct Apis {
    std::vector<std::string> networking;
    std::vector<std::string> extensions;
  };
  const Apis current = {{"v1"}, {}};

  struct Cluster {
    std::vector<Object> ingresses{};
    std::vector<Object> classes{};
    Apis apis = current;
  };

  // All reads as the host would end them.
  FakeHost host_of(const Cluster& cluster) {
    FakeHost host(job());
    const auto list = [&](const std::vector<std::string>& versions, const std::string& group,
                          const std::vector<const char*>& reads, const char* served) {
      for (const std::string& version : versions) {
        host.object(served, {{"group", group}, {"version", version}, {"resource", "ingresses"}});
      }
      for (const char* read : reads) {
        if (versions.empty()) host.ended(read, KTEL_E_ABSENT);
        for (const Object& ingress : cluster.ingresses) host.object(read, ingress);
      }
    };
    list(cluster.apis.networking, "networking.k8s.io", {"ingresses", "class-marks", "writers"},
         "served");
    list(cluster.apis.extensions, "extensions", {"old-ingresses", "old-class-marks"}, "old-served");
    for (const Object& object : cluster.classes) host.object("ingress-classes", object);
    return host;
  }
  Outcome run(const Cluster& cluster) {
    Outcome outcome = host_of(cluster).run();
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  // A cluster that uses all there is.
  Cluster busy() {
    const Writers old_hand = {{"networking.k8s.io/v1beta1", ""},
                              {"networking.k8s.io/v1", "status"}};
    return {
        .ingresses = {of_class("kong"), annotated("kong"), Object(), of_class("nginx"),
                      written(old_hand)},
        .classes = {made_default(ingress_class("kong", kongs)), ingress_class("nginx", nginxs)}};
  }

  }  // namespace

  TEST_CASE("all of it") {
    CHECK(run(busy()).fields ==
          Fields{{"ingresses_count", "5"},
                 {"kong_ingresses_count", "4"},
                 {"kong_ingresses_by_mark.class_name", "1"},
                 {"kong_ingresses_by_mark.annotation", "1"},
                 {"kong_ingresses_by_mark.default_class", "2"},
                 {"ingresses_by_written_version.networking.k8s.io/v1beta1", "1"},
                 {"ingresses_by_written_version.unknown", "4"},
                 {"served_versions", "[networking.k8s.io/v1]"}});
  }

  TEST_CASE("what makes an Ingress Kong's") {
    const Object plain_class = ingress_class("kong", kongs);
    const Object default_class = made_default(plain_class);
    const Object named_otherwise = ingress_class("edge", kongs);
    const Object others_default = made_default(ingress_class("nginx", nginxs));
    struct Case {
      const char* what;
      Object ingress;
      std::vector<Object> classes;
      const char* mark;  // "": it is not Kong's
    };
    const Case cases[] = {
        {"the class by its field", of_class("kong"), {plain_class}, "class_name"},
        {"the class by its annotation", annotated("kong"), {plain_class}, "annotation"},
        {"no IngressClass is needed", of_class("kong"), {}, "class_name"},
        {"nor for the annotation", annotated("kong"), {}, "annotation"},
        {"both",
         of_class("kong").annotation("kubernetes.io/ingress.class", "kong"),
         {},
         "class_name"},
        {"either is enough: the annotation",
         of_class("nginx").annotation("kubernetes.io/ingress.class", "kong"),
         {plain_class},
         "annotation"},
        {"either is enough: the field",
         of_class("kong").annotation("kubernetes.io/ingress.class", "nginx"),
         {plain_class},
         "class_name"},
        {"another class", of_class("nginx"), {default_class}, ""},
        {"another class by annotation", annotated("nginx"), {default_class}, ""},
        {"case counts", of_class("Kong"), {default_class}, ""},
        {"a name is compared whole", of_class("kong-internal"), {default_class}, ""},
        {"a class of Kong's may have any name", of_class("edge"), {named_otherwise}, "class_name"},
        {"in the annotation too", annotated("edge"), {named_otherwise}, "annotation"},
        {"the told class besides it", of_class("kong"), {named_otherwise}, "class_name"},
        {"a name without its IngressClass is anybody's", of_class("edge"), {plain_class}, ""},
        {"a controller is compared whole",
         of_class("edge"),
         {ingress_class("edge", "ingress-controllers.konghq.com/kong-internal")},
         ""},
        // The controller looks for a name, whoever the class belongs to.
        {"a class of that name and no controller of Kong's",
         of_class("kong"),
         {ingress_class("kong", nginxs)},
         "class_name"},

        {"none, and Kong's is the default", Object(), {default_class}, "default_class"},
        {"none, and the default has another name",
         Object(),
         {made_default(named_otherwise)},
         "default_class"},
        {"none, and Kong's is not the default", Object(), {plain_class}, ""},
        {"none, and another's is the default", Object(), {plain_class, others_default}, ""},
        {"none, and there are two defaults",
         Object(),
         {others_default, default_class},
         "default_class"},
        {"none, and no IngressClass", Object(), {}, ""},
        {"the annotation of the default must say true",
         Object(),
         {Object(plain_class).annotation("ingressclass.kubernetes.io/is-default-class", "false")},
         ""},
        {"in these very letters",
         Object(),
         {Object(plain_class).annotation("ingressclass.kubernetes.io/is-default-class", "True")},
         ""},
        {"an empty annotation is one", annotated(""), {default_class}, ""},
        {"an empty field is one", of_class(""), {default_class}, ""},

        {"a field of another type names no class, but it is set",
         {{"spec.ingressClassName", std::int64_t{7}}},
         {default_class},
         ""},
        {"an IngressClass without a name", of_class(""), {Object{{"spec.controller", kongs}}}, ""},
        {"an IngressClass without anything", of_class("kong"), {Object()}, "class_name"},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.what));
      const Outcome outcome = run({.ingresses = {c.ingress}, .classes = c.classes});
      const bool is_kongs = *c.mark != '\0';

      CHECK(outcome["ingresses_count"] == "1");
      CHECK(outcome["kong_ingresses_count"] == (is_kongs ? "1" : "0"));
      for (const char* mark : {"class_name", "annotation", "default_class"}) {
        CHECK(outcome[std::string("kong_ingresses_by_mark.") + mark] ==
              (std::string_view(mark) == c.mark ? "1" : ""));
      }
    }
  }

  TEST_CASE("the controller may have been told another class") {
    const Cluster cluster = {
        .ingresses = {of_class("internal"), annotated("internal"), of_class("kong"), Object()},
        .classes = {made_default(ingress_class("internal", nginxs))}};

    CHECK(run(cluster)["kong_ingresses_count"] == "1");
    const Outcome told = host_of(cluster).param("ingress_class", "internal").run();
    CHECK(told["kong_ingresses_count"] == "3");
    CHECK(told["kong_ingresses_by_mark.default_class"] == "1");

    // None at all is not the empty class.
    const Cluster empty_names = {.ingresses = {of_class(""), annotated("")}};
    CHECK(host_of(empty_names).param("ingress_class", "").run()["kong_ingresses_count"] == "0");
  }

  TEST_CASE("the same objects under several versions are counted once") {
    struct Case {
      const char* server;
      Apis apis;
      const char* served;
    };
    const Case cases[] = {
        {"1.13", {{}, {"v1beta1"}}, "[extensions/v1beta1]"},
        {"1.14 to 1.18",
         {{"v1beta1"}, {"v1beta1"}},
         "[extensions/v1beta1,networking.k8s.io/v1beta1]"},
        {"1.19 to 1.21",
         {{"v1", "v1beta1"}, {"v1beta1"}},
         "[extensions/v1beta1,networking.k8s.io/v1,networking.k8s.io/v1beta1]"},
        {"from 1.22 on", {{"v1"}, {}}, "[networking.k8s.io/v1]"},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.server));
      const Outcome outcome =
          run({.ingresses = {annotated("kong"), annotated("nginx"), annotated("kong")},
               .classes = {},
               .apis = c.apis});

      CHECK(outcome["ingresses_count"] == "3");
      CHECK(outcome["kong_ingresses_count"] == "2");
      CHECK(outcome["kong_ingresses_by_mark.annotation"] == "2");
      CHECK(outcome["served_versions"] == c.served);
    }
  }

  TEST_CASE("a server without Ingress has nothing to report") {
    const Outcome outcome = run({.ingresses = {}, .classes = {}, .apis = {{}, {}}});

    CHECK(outcome.fields.empty());
  }

  TEST_CASE("without an Ingress there are none, and IngressClasses are not asked for") {
    FakeHost host = host_of({.ingresses = {}, .classes = {}});
    CHECK(host.run().fields == Fields{{"ingresses_count", "0"},
                                      {"kong_ingresses_count", "0"},
                                      {"served_versions", "[networking.k8s.io/v1]"}});
    host.ended("ingress-classes", KTEL_E_DENIED);
    CHECK(host.run()["kong_ingresses_count"] == "0");
  }

  TEST_CASE("through which versions Ingresses were written") {
    const std::string field = "ingresses_by_written_version.";
    struct Case {
      const char* what;
      Writers writers;
      std::vector<std::string> versions;
    };
    const Case cases[] = {
        {"v1", {{"networking.k8s.io/v1", ""}}, {"networking.k8s.io/v1"}},
        {"v1beta1", {{"networking.k8s.io/v1beta1", ""}}, {"networking.k8s.io/v1beta1"}},
        {"extensions", {{"extensions/v1beta1", ""}}, {"extensions/v1beta1"}},
        {"two writers of one version",
         {{"networking.k8s.io/v1", ""}, {"networking.k8s.io/v1", ""}},
         {"networking.k8s.io/v1"}},
        {"two writers of two",
         {{"extensions/v1beta1", ""}, {"networking.k8s.io/v1", ""}},
         {"extensions/v1beta1", "networking.k8s.io/v1"}},
        {"a status is the controller's",
         {{"extensions/v1beta1", ""}, {"networking.k8s.io/v1", "status"}},
         {"extensions/v1beta1"}},
        {"a status before 1.22, which no server tells from the rest",
         {{"extensions/v1beta1", ""}, {"networking.k8s.io/v1beta1", ""}},
         {"extensions/v1beta1", "networking.k8s.io/v1beta1"}},
        {"a status alone", {{"networking.k8s.io/v1", "status"}}, {"unknown"}},
        {"a version to come", {{"networking.k8s.io/v2", ""}}, {"unknown"}},
        {"no writers: before 1.18, or left out by kubectl get", {}, {"unknown"}},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.what));
      Fields wanted;
      for (const std::string& version : c.versions) wanted.emplace(field + version, "1");

      Fields found;
      for (const auto& [name, value] : run({.ingresses = {written(c.writers)}}).fields) {
        if (name.starts_with(field)) found.emplace(name, value);
      }
      CHECK(found == wanted);
    }
  }

  TEST_CASE("what is forbidden or unknown is absent, never zero") {
    const Fields all = run(busy()).fields;
    struct Case {
      std::vector<const char*> reads;   // that end so
      std::vector<const char*> fields;  // that go with them
    };
    const Case cases[] = {
        {{"ingresses", "class-marks", "writers"},
         {"ingresses_count", "kong_ingresses_count", "kong_ingresses_by_mark",
          "ingresses_by_written_version"}},
        {{"ingress-classes"}, {"kong_ingresses_count", "kong_ingresses_by_mark"}},
        // an Ingress with a cell that is too large
        {{"class-marks"}, {"kong_ingresses_count", "kong_ingresses_by_mark"}},
        {{"writers"}, {"ingresses_by_written_version"}},
        {{"served"}, {"served_versions"}},
        {{"old-served"}, {"served_versions"}},
    };
    for (const Case& c : cases) {
      for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED}) {
        CAPTURE(std::string(c.reads.front()));
        CAPTURE(state);
        FakeHost host = host_of(busy());
        for (const char* read : c.reads) host.ended(read, state);
        Fields others = all;
        for (const std::string field : c.fields) {
          std::erase_if(others, [&](const auto& entry) {
            return entry.first == field || entry.first.starts_with(field + ".");
          });
        }

        CHECK(host.run().fields == others);
      }
    }
  }

  TEST_CASE("where the newer group is unknown the older one does not stand in") {
    FakeHost host = host_of({.ingresses = {annotated("kong")}, .apis = {{"v1"}, {"v1beta1"}}});
    for (const char* read : {"ingresses", "class-marks", "writers"}) {
      host.ended(read, KTEL_E_DENIED);
    }

    CHECK(host.run().fields ==
          Fields{{"served_versions", "[extensions/v1beta1,networking.k8s.io/v1]"}});
  }

  TEST_CASE("IngressClasses of servers before 1.18 are absent, and change nothing") {
    Cluster cluster = busy();
    cluster.classes.clear();
    FakeHost host = host_of(cluster);
    host.ended("ingress-classes", KTEL_E_ABSENT);

    CHECK(host.run()["kong_ingresses_count"] == "2");
  }

  TEST_CASE("neither hosts nor backends nor the last applied configuration are read") {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const ktel_read& read = job().reads[i];
      CAPTURE(read.id);
      const std::string_view paths = read.paths == nullptr ? "" : read.paths;
      for (const char* part : {"rules", "tls", "backend", "last-applied", "fieldsV1", "status"}) {
        CHECK(paths.find(part) == paths.npos);
      }
      const bool of_classes = std::string_view(read.id) == "ingress-classes";
      CHECK((paths.find("metadata.name") == paths.npos) != of_classes);
    }
  }

  TEST_CASE("each field names the reads it is made of") {
    ktel::test::check_each_field_alone(job(), [] { return host_of(busy()); });
    ktel::test::check_each_field_alone(job(), [] {
      return host_of({.ingresses = {annotated("kong")}, .apis = {{}, {"v1beta1"}}});
    });
    ktel::test::check_each_field_alone(job(), [] { return host_of({}); });
  }
}
