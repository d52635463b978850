// From a plugin's C descriptor to checked declarations: every rule of the contract that can be
// checked before a run.
//
// Called in the scan child, in `Loaded` for the digest, and by Catalog::add. A broken job or
// backend is refused alone; a descriptor whose tables do not fit together, or that needs a newer
// host, as a whole. Does not call into the plugin.
#pragma once

#include <ktel/abi/plugin.h>
#include <ktel/result.hpp>

#include <string>
#include <vector>

#include "plugin/declaration.hpp"

namespace ktel::plugin {

struct RefusedItem {
  std::string item;  // "job x", "backend y"
  std::string why;   // one sentence
  bool operator==(const RefusedItem&) const = default;
};

struct Description {
  Plugin plugin;
  std::vector<RefusedItem> refused;
};

// bad_input: the whole descriptor is refused, with the sentence.
Result<Description> describe(const ktel_plugin* descriptor);

}  // namespace ktel::plugin
