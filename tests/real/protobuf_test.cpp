// A real API server's objects give the same rows in JSON and in protobuf: what it leaves empty,
// too.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "protobuf/schema.hpp"
#include "real/catalog_cluster.hpp"
#include "real/cluster.hpp"
#include "real/every_path.hpp"

using namespace ktel;

namespace {

constexpr auto protobuf_type = "application/vnd.kubernetes.protobuf";

struct Resource {
  const char* path;
  const char* group;
  const char* version;
  const char* name;
};

}  // namespace

TEST_SUITE_BEGIN("real/protobuf");

TEST_CASE("all that the table knows of the objects of a cluster is the same in both encodings") {
  test::Cluster cluster;
  test::install_catalog(cluster);
  cluster.create("/api/v1/namespaces/default/endpoints", R"({
    "metadata":{"name":"e"},"subsets":[{
      "addresses":[{"ip":"10.1.0.1","targetRef":{"kind":"Pod","namespace":"default","name":"p"}}],
      "ports":[{"port":80}]}]})");
  const std::vector<Resource> resources = {
      {"/api/v1/", "", "v1", "pods"},
      {"/api/v1/", "", "v1", "nodes"},
      {"/api/v1/", "", "v1", "services"},
      {"/api/v1/", "", "v1", "namespaces"},
      {"/api/v1/", "", "v1", "configmaps"},
      {"/api/v1/", "", "v1", "events"},
      {"/api/v1/", "", "v1", "endpoints"},
      {"/apis/apps/v1/", "apps", "v1", "deployments"},
      {"/apis/apps/v1/", "apps", "v1", "daemonsets"},
      {"/apis/discovery.k8s.io/v1/", "discovery.k8s.io", "v1", "endpointslices"},
      {"/apis/networking.k8s.io/v1/", "networking.k8s.io", "v1", "ingresses"},
      {"/apis/networking.k8s.io/v1/", "networking.k8s.io", "v1", "ingressclasses"},
      {"/apis/apiextensions.k8s.io/v1/", "apiextensions.k8s.io", "v1",
       "customresourcedefinitions"}};
  for (const Resource& resource : resources) {
    const std::string name = resource.name;
    CAPTURE(name);
    const std::string path = resource.path + name;
    const test::EveryPath paths(*protobuf::message_of(resource.group, resource.version, name));
    const auto in_json = paths.from_json(cluster.request("GET", path).body, json::Shape::list);
    const auto reply = cluster.request("GET", path, {}, {}, protobuf_type);
    const auto in_protobuf = paths.from_protobuf(reply.body, protobuf::Shape::list, 1000);
    REQUIRE(in_protobuf.size() == in_json.size());
    CHECK(in_json.size() > 0);
    for (std::size_t row = 0; row < in_json.size(); ++row) {
      for (std::size_t i = 0; i < paths.names().size(); ++i) {
        CHECK_MESSAGE(in_protobuf[row][i] == in_json[row][i], paths.names()[i]);
      }
    }
  }
}

TEST_CASE("metadata of custom resources, and errors, come as protobuf too") {
  test::Cluster cluster;
  test::install_catalog(cluster);
  const test::EveryPath paths(protobuf::partial_object_metadata());
  const std::string path = "/apis/configuration.konghq.com/v1/kongplugins";
  const std::string form = ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const auto in_json = paths.from_json(
      cluster.request("GET", path, {}, {}, "application/json" + form).body, json::Shape::list);
  const auto in_protobuf = paths.from_protobuf(
      cluster.request("GET", path, {}, {}, protobuf_type + form).body, protobuf::Shape::list, 1000);
  CHECK(in_json.size() > 0);
  CHECK(in_protobuf == in_json);

  const auto error =
      cluster.request("GET", "/api/v1/namespaces/default/pods/nobody", {}, {}, protobuf_type);
  CHECK(error.status == 404);
  const auto status =
      test::EveryPath(protobuf::status()).from_protobuf(error.body, protobuf::Shape::document, 1);
  CHECK(status == std::vector<test::Cells>{
                      {"\"Failure\"", "\"pods \"nobody\" not found\"", "\"NotFound\"", "404"}});
}

TEST_SUITE_END();
