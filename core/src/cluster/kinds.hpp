// Which resource the objects of a kind belong to, where no server can be asked. Pure.
#pragma once

#include <string>
#include <string_view>

namespace ktel::cluster {

struct GroupVersion {
  std::string group;  // "" is the core group
  std::string version;
};

// "apps/v1", "v1".
GroupVersion split_api_version(std::string_view api_version);

// The plural of a kind: those built into Kubernetes are known, others are guessed as client-go
// does.
std::string resource_of(std::string_view kind);

}  // namespace ktel::cluster
