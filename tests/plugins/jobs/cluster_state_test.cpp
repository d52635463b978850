// cluster-state: counts that are known are reported, the others are left out.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <map>
#include <string>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;

TEST_SUITE("plugins/jobs/cluster_state") {
  namespace {

  FakeHost counted() {
    FakeHost host(ktel_plugin_v1(nullptr)->jobs[0]);
    host.count("pods", 812).count("services", 64).count("nodes", 12);
    host.count("namespaces", 31).count("ingresses", 40);
    return host;
  }

  using Fields = std::map<std::string, std::string>;

  const Fields all = {{"ingresses_count", "40"},
                      {"namespaces_count", "31"},
                      {"nodes_count", "12"},
                      {"pods_count", "812"},
                      {"services_count", "64"}};

  }  // namespace

  TEST_CASE("five counts, zero included") {
    CHECK(counted().run().fields == all);
    CHECK(counted().count("pods", 0).run()["pods_count"] == "0");
  }

  TEST_CASE("a count that is not known is absent, never zero") {
    for (const std::string read : {"pods", "services", "nodes", "namespaces", "ingresses"}) {
      for (const ktel_status state :
           {KTEL_E_DENIED, KTEL_E_FAILED, KTEL_E_ABSENT, KTEL_E_SKIPPED}) {
        Fields others = all;
        others.erase(read + "_count");
        CHECK(counted().ended(read, state).run().fields == others);
      }
    }
  }

  TEST_CASE("each field names the reads it is made of") {
    ktel::test::check_each_field_alone(ktel_plugin_v1(nullptr)->jobs[0], [] { return counted(); });
  }
}
