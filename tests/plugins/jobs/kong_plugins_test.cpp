// kong-plugins: a number a kind, and nothing else is asked.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/kong_plugins") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  FakeHost counted() {
    FakeHost host(job());
    host.count("plugins", 14)
        .count("cluster-plugins", 3)
        .count("plugin-bindings", 20)
        .count("plugin-installations", 2);
    return host;
  }

  using Fields = std::map<std::string, std::string>;

  const Fields all = {{"plugins_count", "14"},
                      {"cluster_plugins_count", "3"},
                      {"plugin_bindings_count", "20"},
                      {"plugin_installations_count", "2"}};

  // What is read, and the field made of it.
  struct Kind {
    const char* read;
    const char* group;
    const char* resource;
    std::uint32_t scope;
    const char* field;
    const char* alias;  // Kong's key is made of the plural
  };
  constexpr Kind kinds[] = {
      {"plugins", "configuration.konghq.com", "kongplugins", KTEL_NAMESPACED, "plugins_count",
       "k8s_kongplugins_count"},
      {"cluster-plugins", "configuration.konghq.com", "kongclusterplugins", KTEL_CLUSTER,
       "cluster_plugins_count", "k8s_kongclusterplugins_count"},
      {"plugin-bindings", "configuration.konghq.com", "kongpluginbindings", KTEL_NAMESPACED,
       "plugin_bindings_count", "k8s_kongpluginbindings_count"},
      {"plugin-installations", "gateway-operator.konghq.com", "kongplugininstallations",
       KTEL_NAMESPACED, "plugin_installations_count", "k8s_kongplugininstallations_count"},
  };

  }  // namespace

  TEST_CASE("a number a kind, zero included") {
    CHECK(counted().run().fields == all);
    for (const Kind& kind : kinds) {
      CAPTURE(kind.read);
      CHECK(counted().count(kind.read, 0).run()[kind.field] == "0");
    }
  }

  TEST_CASE("a kind that is forbidden, absent or unknown takes no other along, and is never zero") {
    for (const Kind& kind : kinds) {
      Fields others = all;
      others.erase(kind.field);
      for (const ktel_status state :
           {KTEL_E_DENIED, KTEL_E_ABSENT, KTEL_E_FAILED, KTEL_E_SKIPPED}) {
        CAPTURE(kind.read);
        CAPTURE(state);
        const Outcome outcome = counted().ended(kind.read, state).run();

        CHECK(outcome.status == KTEL_OK);
        CHECK(outcome.fields == others);
      }
    }
  }

  TEST_CASE("without Kong there is nothing to report") {
    FakeHost host = counted();
    for (const Kind& kind : kinds) host.ended(kind.read, KTEL_E_ABSENT);

    const Outcome outcome = host.run();

    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.fields.empty());
  }

  TEST_CASE("of each kind its number is asked for, in any served version, and nothing more") {
    REQUIRE(job().read_count == std::size(kinds));
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const ktel_read& read = job().reads[i];
      CAPTURE(read.id);
      CHECK(std::string_view(read.id) == kinds[i].read);
      CHECK(read.verb == KTEL_READ_COUNT);
      CHECK(read.paths == nullptr);
      CHECK(std::string_view(read.group) == kinds[i].group);
      CHECK(std::string_view(read.resource) == kinds[i].resource);
      CHECK(read.scope == kinds[i].scope);
      CHECK(std::string_view(read.versions).ends_with(" *"));
      CHECK(std::string_view(job().fields[i].alias) == kinds[i].alias);
    }
  }

  TEST_CASE("each field names the reads it is made of") {
    ktel::test::check_each_field_alone(job(), [] { return counted(); });
  }
}
