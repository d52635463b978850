// routes: a row for each type of route, where it is served, and how it stays away.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/routes") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  using Fields = std::map<std::string, std::string>;

  // A type, and the API that has it. Same plurals of other groups are others' kinds.
  struct Type {
    const char* key;
    const char* read;
    const char* group;
    const char* resource;
  };
  constexpr Type types[] = {
      {"Ingress", "ingresses", "networking.k8s.io", "ingresses"},
      {"HTTPRoute", "httproutes", "gateway.networking.k8s.io", "httproutes"},
      {"GRPCRoute", "grpcroutes", "gateway.networking.k8s.io", "grpcroutes"},
      {"TLSRoute", "tlsroutes", "gateway.networking.k8s.io", "tlsroutes"},
      {"TCPRoute", "tcproutes", "gateway.networking.k8s.io", "tcproutes"},
      {"UDPRoute", "udproutes", "gateway.networking.k8s.io", "udproutes"},
      {"TCPIngress", "tcpingresses", "configuration.konghq.com", "tcpingresses"},
      {"UDPIngress", "udpingresses", "configuration.konghq.com", "udpingresses"},
      {"KnativeIngress", "knative-ingresses", "networking.internal.knative.dev", "ingresses"},
      {"KongRoute", "kongroutes", "configuration.konghq.com", "kongroutes"},
  };

  const ktel_read& read_named(std::string_view id) {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      if (job().reads[i].id == id) return job().reads[i];
    }
    throw std::invalid_argument(std::string(id));
  }

  // Of each type another number, from 1 on.
  FakeHost counted() {
    FakeHost host(job());
    std::uint64_t n = 0;
    for (const Type& type : types) host.count(type.read, ++n);
    return host;
  }

  // A cluster that serves none of them.
  FakeHost bare() {
    FakeHost host(job());
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      host.ended(job().reads[i].id, KTEL_E_ABSENT);
    }
    return host;
  }

  Fields entries(const Outcome& outcome) {
    CHECK(outcome.status == KTEL_OK);
    CHECK(outcome.findings.empty());
    Fields found;
    for (const auto& [name, value] : outcome.fields) {
      REQUIRE(name.starts_with("routes_count."));
      found.emplace(name.substr(name.find('.') + 1), value);
    }
    return found;
  }

  }  // namespace

  TEST_CASE("a number a type") {
    CHECK(entries(counted().run()) == Fields{{"Ingress", "1"},
                                             {"HTTPRoute", "2"},
                                             {"GRPCRoute", "3"},
                                             {"TLSRoute", "4"},
                                             {"TCPRoute", "5"},
                                             {"UDPRoute", "6"},
                                             {"TCPIngress", "7"},
                                             {"UDPIngress", "8"},
                                             {"KnativeIngress", "9"},
                                             {"KongRoute", "10"}});
  }

  TEST_CASE("a type that is served and not used is 0") {
    for (const Type& type : types) {
      CAPTURE(type.key);
      CHECK(entries(counted().count(type.read, 0).run()).at(type.key) == "0");
    }
  }

  TEST_CASE("a type that is absent, forbidden or unknown is left out, and takes no other along") {
    const Fields all = entries(counted().run());
    for (const Type& type : types) {
      Fields others = all;
      others.erase(type.key);
      for (const ktel_status state :
           {KTEL_E_ABSENT, KTEL_E_DENIED, KTEL_E_FAILED, KTEL_E_SKIPPED}) {
        CAPTURE(type.key);
        CAPTURE(state);
        FakeHost host = counted();
        host.ended(type.read, state).ended("old-ingresses", KTEL_E_ABSENT);
        CHECK(entries(host.run()) == others);
      }
    }
  }

  TEST_CASE("a bare cluster has nothing to report") { CHECK(entries(bare().run()).empty()); }

  TEST_CASE("each type is asked for in its own group, and in any served version") {
    for (const Type& type : types) {
      CAPTURE(type.key);
      const ktel_read& read = read_named(type.read);
      CHECK(read.verb == KTEL_READ_COUNT);
      CHECK(read.scope == KTEL_NAMESPACED);
      CHECK(std::string_view(read.group) == type.group);
      CHECK(std::string_view(read.resource) == type.resource);
      CHECK(std::string_view(read.versions).ends_with(" *"));
      CHECK(read.paths == nullptr);
    }
    // and the first API of Ingress besides
    CHECK(job().read_count == std::size(types) + 1);
  }

  TEST_CASE("Ingresses of two groups are the same objects, and never added up") {
    const auto ingresses = [](FakeHost& host) { return host.run()["routes_count.Ingress"]; };
    FakeHost before_1_14 = bare();
    before_1_14.ended("old-ingresses", KTEL_OK).count("old-ingresses", 7);
    CHECK(ingresses(before_1_14) == "7");

    FakeHost up_to_1_21 = bare();
    up_to_1_21.ended("ingresses", KTEL_OK).count("ingresses", 7);
    up_to_1_21.ended("old-ingresses", KTEL_OK).count("old-ingresses", 7);
    CHECK(ingresses(up_to_1_21) == "7");

    FakeHost without_any = bare();
    without_any.ended("ingresses", KTEL_OK).ended("old-ingresses", KTEL_OK);
    CHECK(ingresses(without_any) == "0");

    // What the newer group would have said is not known: the older is not asked instead.
    for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED}) {
      FakeHost unknown = bare();
      unknown.ended("ingresses", state);
      unknown.ended("old-ingresses", KTEL_OK).count("old-ingresses", 7);
      CHECK(ingresses(unknown) == "");
    }
  }

  TEST_CASE("the keys are those that are declared") {
    std::set<std::string> declared;
    const ktel_field& field = job().fields[0];
    for (std::uint32_t i = 0; i < field.value_count; ++i) declared.insert(field.values[i].value);
    std::set<std::string> wanted;
    for (const Type& type : types) wanted.insert(type.key);

    CHECK(declared == wanted);
  }

  TEST_CASE("the field names the reads it is made of") {
    ktel::test::check_each_field_alone(job(), [] { return counted(); });
  }
}
