// Access rules derived from reads.
#include "standard/access.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include "sample.hpp"

using ktel::plugin::Job;
using ktel::plugin::Read;
using ktel::standard::access_rules;
using ktel::standard::AccessRule;

namespace {

Read read(const char* id, std::uint32_t verb, const char* group, const char* resource) {
  Read read;
  read.id = id;
  read.verb = verb;
  read.group = group;
  read.resource = resource;
  return read;
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/access");

TEST_CASE("each thing read has one rule, with all fields that hang on it") {
  Job job;
  job.reads = {read("count", KTEL_READ_COUNT, "", "pods"),
               read("served", KTEL_READ_SERVED, "*", ""), read("list", KTEL_READ_LIST, "", "pods"),
               read("apps", KTEL_READ_LIST, "apps", "deployments")};
  job.reads[0].optional = true;
  job.reads[3].when_read = "list";
  auto b = ktel::test::make_field("b", KTEL_T_COUNT);
  auto a = ktel::test::make_field("a", KTEL_T_COUNT);
  b.from = {"count", "served"};
  a.from = {"apps"};
  job.fields = {b, a};

  const std::vector<AccessRule> rules = access_rules(job);

  REQUIRE(rules.size() == 2);
  CHECK(rules[0].resource == "pods");
  CHECK(rules[0].verb() == "list");
  CHECK_FALSE(rules[0].optional);
  CHECK(rules[0].fields == std::vector<std::string>{"a", "b"});  // a: deployments wait for the pods
  CHECK(rules[1].api_group == "apps");
  CHECK(rules[1].fields == std::vector<std::string>{"a"});
}

TEST_CASE("one object by a constant name is one object in the rule") {
  Job job;
  job.reads = {read("map", KTEL_READ_GET, "", "configmaps"),
               read("own", KTEL_READ_GET, "", "configmaps"),
               read("metrics", KTEL_READ_METRICS, "", "")};
  job.reads[0].ns = "kube-system";
  job.reads[0].name = "kubeadm-config";
  job.reads[1].ns = "${namespace}";
  job.reads[1].name = "${name}";
  job.reads[2].url = "/metrics";

  const std::vector<AccessRule> rules = access_rules(job);

  REQUIRE(rules.size() == 3);
  CHECK(rules[0].object == "kubeadm-config");
  CHECK(rules[0].ns == "kube-system");
  CHECK(rules[1].object.empty());
  CHECK(rules[1].ns.empty());
  CHECK(rules[2].verb() == "get");
  CHECK(rules[2].non_resource_url == "/metrics");
}

TEST_SUITE_END();
