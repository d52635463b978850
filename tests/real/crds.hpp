// Custom resource definitions as their makers publish them, in a Cluster.
//
// fetch_crds.sh gets them; KTEL_CRDS names their directory, which has a folder for each set. All of
// this throws std::runtime_error where it cannot do what it says.
#pragma once

#include <string>
#include <vector>

#include "real/cluster.hpp"

namespace ktel::test {

// Creates the definitions of the sets ("kong-operator"), and returns when all of them are served.
// One that an earlier set brought stays as it is.
void load_crds(Cluster& cluster, const std::vector<std::string>& sets);

// Creates a definition for which nobody's is at hand: a kind of which any object is valid.
struct Kind {
  std::string group;
  std::string version;
  std::string plural;
  std::string kind;
  std::string scope = "Namespaced";
};
void define(Cluster& cluster, const std::vector<Kind>& kinds);

// Deletes all definitions, and returns when nothing of them is served any more.
void remove_crds(Cluster& cluster);

}  // namespace ktel::test
