// `PathTrie`: the paths of a read as a tree, so that a document is walked once for all of them.
//
// Compiled from paths (path.hpp), walked by `Walker` (walker.hpp). Immutable once made.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/path.hpp"

namespace ktel::json {

class PathTrie {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  struct Edge {
    std::string name;
    std::uint32_t node = none;
  };

  struct Node {
    std::vector<Edge> members;
    std::vector<Edge> prefixes;
    std::uint32_t each = none;
    std::vector<std::uint32_t> ends;   // paths that end here, by index
    std::vector<std::uint32_t> paths;  // all paths that come through or end here
    bool leaf() const noexcept { return members.empty() && prefixes.empty() && each == none; }
  };

  explicit PathTrie(std::span<const Path> paths);

  const Node& node(std::uint32_t index) const noexcept { return nodes_[index]; }
  const Path& path(std::uint32_t index) const noexcept { return paths_[index]; }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(paths_.size()); }

  // Of the longest name or prefix: no more of a key needs to be known.
  std::size_t longest_name() const noexcept { return longest_name_; }

 private:
  std::uint32_t child(std::uint32_t node, const Step& step);

  std::vector<Path> paths_;
  std::vector<Node> nodes_;  // 0 is the root
  std::size_t longest_name_ = 0;
};

}  // namespace ktel::json
