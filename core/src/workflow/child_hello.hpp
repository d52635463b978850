// What a child is told of its plugin before it loads it: the file, and what was found when it was
// looked at. Pure.
#pragma once

#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "plugin/catalog.hpp"

namespace ktel::workflow {

struct ChildHello {
  std::string version;  // of ktel: that of the child must be the same
  plugin::CatalogPlugin plugin;
};

std::string child_hello(const std::string& version, const plugin::CatalogPlugin& plugin);

// bad_input: this is no hello.
Result<ChildHello> read_child_hello(std::string_view bytes);

}  // namespace ktel::workflow
