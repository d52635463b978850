// A cluster in which every job of the catalog finds something: Kong by Helm on GKE, with Ingresses,
// Gateway API, Kong's own resources, Knative and Istio beside it, by their makers' definitions.
#pragma once

#include <string>
#include <vector>

#include "real/cluster.hpp"

namespace ktel::test {

// An object, and where it is created.
struct Object {
  std::string collection;
  std::string yaml;
};
void create_all(Cluster& cluster, const std::vector<Object>& objects);

// install_kong, the definitions, and what is listed in catalog_cluster.cpp.
void install_catalog(Cluster& cluster);

// Options that say where the product itself runs in it: a Pod that Istio has put its proxy into.
const std::vector<std::string>& where_the_product_runs();

}  // namespace ktel::test
