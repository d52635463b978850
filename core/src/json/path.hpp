// A declared path into a JSON document: `metadata.labels['helm.sh/chart']`,
// `spec.containers[*].name`.
//
// Parsed once at the scan; the grammar is that of plugin_api's job.h. Values, no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::json {

struct Step {
  enum class Kind { member, prefix, each };  // .name or ['name'], ['prefix*'], [*]
  Kind kind = Kind::member;
  std::string name;  // of member and prefix
  bool operator==(const Step&) const = default;
};

struct Path {
  std::string text;  // as declared
  std::vector<Step> steps;

  // Does it hold a [*] or a ['prefix*'], so that its cell is a LIST?
  bool makes_list() const noexcept;
  bool operator==(const Path& other) const noexcept { return steps == other.steps; }
};

// One path. bad_input names the path and the byte at which it is not understood.
Result<Path> parse_path(std::string_view text);

// Paths with blanks between, as descriptors hold them; a blank inside a quoted key does not count.
Result<std::vector<Path>> parse_paths(std::string_view text);

}  // namespace ktel::json
