// Compiles paths into their tree.
#include "json/path_trie.hpp"

#include <algorithm>

namespace ktel::json {

PathTrie::PathTrie(std::span<const Path> paths) : paths_(paths.begin(), paths.end()), nodes_(1) {
  for (std::uint32_t index = 0; index < paths_.size(); ++index) {
    std::uint32_t at = 0;
    nodes_[at].paths.push_back(index);
    for (const Step& step : paths_[index].steps) {
      at = child(at, step);
      nodes_[at].paths.push_back(index);
    }
    nodes_[at].ends.push_back(index);
  }
}

std::uint32_t PathTrie::child(std::uint32_t node, const Step& step) {
  const auto next = static_cast<std::uint32_t>(nodes_.size());
  if (step.kind == Step::Kind::each) {
    if (nodes_[node].each != none) return nodes_[node].each;
    nodes_[node].each = next;
  } else {
    auto& edges = step.kind == Step::Kind::member ? nodes_[node].members : nodes_[node].prefixes;
    const auto known = std::find_if(edges.begin(), edges.end(),
                                    [&](const Edge& edge) { return edge.name == step.name; });
    if (known != edges.end()) return known->node;
    edges.push_back({step.name, next});
    longest_name_ = std::max(longest_name_, step.name.size());
  }
  nodes_.emplace_back();
  return next;
}

}  // namespace ktel::json
