// `Packed`: pairs of Kong's line that hold several fields in one value.
//
//   k8s_arch=linux/arm64            os and arch
//   mdep=i1,i3,k3   kinm=i2,i3      meshes, each by a letter and the number of the signal
//   mdist=all100,i25,k50            Services in all, and in each mesh
//
// A field of ktel holds one fact, so these are put together here. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ktel/abi/backend.h>

namespace kong_tls {

class Packed {
 public:
  // True if the entry belongs into one of them, by its alias and its field's name. Meshes for which
  // Kong has no letter are left out.
  bool take(const ktel_entry& entry);

  // Keys and values; a pair of which something is missing is left out, as Kong does with a list
  // that is empty.
  std::vector<std::pair<std::string, std::string>> pairs() const;

 private:
  void add_mesh(const std::string& key, std::string_view mesh, const std::string& suffix);

  std::string os_;
  std::string arch_;
  std::string services_;                                   // in all
  std::map<std::string, std::vector<std::string>> marks_;  // by key: "i1", "k3"
};

}  // namespace kong_tls
