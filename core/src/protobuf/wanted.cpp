// Walks the paths and the table side by side.
#include "protobuf/wanted.hpp"

#include <algorithm>

namespace ktel::protobuf {
namespace {

using json::PathTrie;

class Compiler {
 public:
  explicit Compiler(const PathTrie& paths) : paths_(paths) {}

  // The paths that go on from `at`, in a message.
  bool add(const Message& message, std::uint32_t at) {
    const auto index = static_cast<std::uint32_t>(wanted.nodes.size());
    wanted.nodes.emplace_back();
    const PathTrie::Node& node = paths_.node(at);
    // Members by prefix would come in another order than in JSON.
    if (!node.prefixes.empty() || node.each != PathTrie::none || !node.ends.empty()) return false;
    for (const PathTrie::Edge& edge : node.members) {
      const Field* field = message.find(edge.name);
      if (field == nullptr || !add(*field, edge.node, index)) return false;
    }
    return true;
  }

  Wanted wanted;

 private:
  bool add(const Field& field, std::uint32_t at, std::uint32_t parent) {
    if (field.repeated) {
      const PathTrie::Node& list = paths_.node(at);
      const bool only_each = list.members.empty() && list.prefixes.empty() && list.ends.empty();
      if (!only_each || list.each == PathTrie::none) return false;
      at = list.each;
    }
    switch (field.type) {
      case Field::Type::message: {
        const auto child = static_cast<std::uint32_t>(wanted.nodes.size());
        wanted.nodes[parent].push_back({&field, child});
        return add(*field.message, at);
      }
      case Field::Type::texts:
      case Field::Type::quantities:
        wanted.nodes[parent].push_back({&field, at});
        return is_map(at);
      default:
        wanted.nodes[parent].push_back({&field, 0});
        return is_value(at);
    }
  }

  bool is_value(std::uint32_t at) const {
    return paths_.node(at).leaf() && !paths_.node(at).ends.empty();
  }

  bool is_map(std::uint32_t at) const {
    const PathTrie::Node& map = paths_.node(at);
    const auto leads_to_value = [this](const PathTrie::Edge& edge) { return is_value(edge.node); };
    return map.each == PathTrie::none && map.ends.empty() &&
           std::all_of(map.members.begin(), map.members.end(), leads_to_value) &&
           std::all_of(map.prefixes.begin(), map.prefixes.end(), leads_to_value);
  }

  const PathTrie& paths_;
};

}  // namespace

const Wanted::Child* Wanted::find(std::uint32_t node, std::uint32_t number) const noexcept {
  for (const Child& child : nodes[node]) {
    if (child.field->number == number) return &child;
  }
  return nullptr;
}

std::optional<Wanted> wanted_of(const Message& message, const PathTrie& paths) {
  Compiler compiler(paths);
  if (!compiler.add(message, 0)) return std::nullopt;
  return std::move(compiler.wanted);
}

bool can_read(const Message& message, std::span<const json::Path> paths) {
  return wanted_of(message, PathTrie(paths)).has_value();
}

}  // namespace ktel::protobuf
