// Which paths protobuf can tell, and which are left to JSON.
#include "protobuf/wanted.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using namespace ktel::protobuf;

namespace {

bool readable(std::string_view paths, std::string_view resource = "pods") {
  return can_read(*message_of("", "v1", resource), json::parse_paths(paths).value());
}

}  // namespace

TEST_SUITE("core/protobuf/wanted") {
  TEST_CASE("paths that lead to values of the table are read from protobuf") {
    for (const char* paths :
         {"metadata.name", "metadata.labels['a']", "metadata.labels['a*'] metadata.labels['ab']",
          "spec.containers[*].name spec.containers[*].env[*].name", "spec.containers[*].command[*]",
          "spec.containers[*].resources.limits['cpu']", "metadata.managedFields[*].time",
          "status.conditions[*].type", ""}) {
      CAPTURE(paths);
      CHECK(readable(paths));
    }
  }

  TEST_CASE("all others are left to JSON, and take their list with them") {
    for (const char* paths :
         {"spec.nothing", "kind", "metadata", "spec.containers", "spec.containers[*]",
          "spec.containers.name", "metadata.name[*]", "metadata.name.first", "metadata.labels",
          "metadata.labels[*]", "metadata.labels['a'].b", "metadata['na*']",
          "spec.containers[*]['na*']", "spec.containers[*].command",
          "metadata.managedFields[*].fieldsV1", "metadata.name spec.volumes[*].name"}) {
      CAPTURE(paths);
      CHECK_FALSE(readable(paths));
    }
  }

  TEST_CASE("fields that lead nowhere are not among the wanted") {
    const json::PathTrie paths(json::parse_paths("metadata.name spec.nodeName").value());
    const auto wanted = wanted_of(*message_of("", "v1", "pods"), paths);
    REQUIRE(wanted.has_value());
    CHECK(wanted->find(0, 1) != nullptr);
    CHECK(wanted->find(0, 3) == nullptr);
    const Wanted::Child* spec = wanted->find(0, 2);
    REQUIRE(spec != nullptr);
    CHECK(wanted->find(spec->node, 10)->field->name == "nodeName");
    CHECK(wanted->find(spec->node, 2) == nullptr);
  }
}
