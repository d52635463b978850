// Puts cell after cell into a tree, then writes the tree.
#include "json/pruned.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace ktel::json {
namespace {

struct Member;

struct Node {
  std::string scalar;           // JSON; empty: none
  bool object = false;          // there, whether or not it has members
  bool array = false;           // the same
  std::vector<Member> members;  // in order
  std::vector<Node> items;
};

struct Member {
  std::string key;
  bool placed = false;  // it has its place among those of a prefix
  Node value;
};

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

std::string scalar_json(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::boolean:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Type::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Type::real: {
      const std::string text = fmt::format("{}", cell.real);
      return text.find_first_of(".e") == text.npos ? text + ".0" : text;  // it stays a real
    }
    case Cell::Type::text:
      return quoted(cell.text);
    case Cell::Type::number:
      return cell.text;
    default:
      return {};
  }
}

Node& member(Node& node, const std::string& key) {
  const auto known = std::find_if(node.members.begin(), node.members.end(),
                                  [&](const Member& m) { return m.key == key; });
  if (known != node.members.end()) return known->value;
  node.object = true;
  return node.members.emplace_back(Member{key, false, {}}).value;
}

using Steps = std::span<const Step>;

void put(Node& node, Steps steps, const Cell& cell);

// Gives the members whose keys begin with it the order of the list: those that another prefix has
// placed keep theirs, a path may name others, and what is left over is new.
void put_prefix(Node& node, Steps steps, const Cell& cell) {
  const std::string& prefix = steps[0].name;
  node.object = true;
  const auto first =
      std::stable_partition(node.members.begin(), node.members.end(),
                            [&](const Member& m) { return !m.key.starts_with(prefix); });
  std::deque<Member> placed;
  std::vector<Member> named;
  for (auto m = first; m != node.members.end(); ++m) {
    if (m->placed) {
      placed.push_back(std::move(*m));
    } else {
      named.push_back(std::move(*m));
    }
  }
  node.members.erase(first, node.members.end());
  const bool deeper = steps.size() > 1;
  for (std::size_t i = 0; i < cell.items.size(); ++i) {
    // No key that anybody declares holds a '*'.
    Member next{fmt::format("{}*{}", prefix, i), true, {}};
    if (deeper && !placed.empty()) {
      next = std::move(placed.front());
      placed.pop_front();
    }
    put(next.value, steps.subspan(1), cell.items[i]);
    const auto same = [&](const Member& m) { return m.value.scalar == next.value.scalar; };
    const auto one = std::find_if(named.begin(), named.end(), same);
    if (!deeper && !placed.empty() && same(placed.front())) {
      next = std::move(placed.front());
      placed.pop_front();
    } else if (!deeper && one != named.end()) {
      next = std::move(*one);
      next.placed = true;
      named.erase(one);
    }
    node.members.push_back(std::move(next));
  }
  std::move(placed.begin(), placed.end(), std::back_inserter(node.members));
  std::move(named.begin(), named.end(), std::back_inserter(node.members));
}

void put(Node& node, Steps steps, const Cell& cell) {
  if (cell.type == Cell::Type::absent || cell.type == Cell::Type::too_large) return;
  if (steps.empty()) {
    node.scalar = scalar_json(cell);
    return;
  }
  switch (steps[0].kind) {
    case Step::Kind::member:
      return put(member(node, steps[0].name), steps.subspan(1), cell);
    case Step::Kind::prefix:
      return put_prefix(node, steps, cell);
    case Step::Kind::each:
      node.array = true;
      if (node.items.size() < cell.items.size()) node.items.resize(cell.items.size());
      for (std::size_t i = 0; i < cell.items.size(); ++i) {
        put(node.items[i], steps.subspan(1), cell.items[i]);
      }
  }
}

void write(const Node& node, std::string& out) {
  if (!node.scalar.empty()) {
    out += node.scalar;
  } else if (node.array) {
    out += '[';
    for (const Node& item : node.items) {
      if (out.back() != '[') out += ',';
      write(item, out);
    }
    out += ']';
  } else if (node.object) {
    out += '{';
    for (const Member& m : node.members) {
      if (out.back() != '{') out += ',';
      out += quoted(m.key) + ':';
      write(m.value, out);
    }
    out += '}';
  } else {
    out += "null";
  }
}

// Paths that name their keys come first; then prefixes, the narrower before the wider, and those
// that end there before those that go on.
std::pair<std::size_t, std::size_t> rank(const Path& path) {
  const auto prefix = std::find_if(path.steps.begin(), path.steps.end(), [](const Step& step) {
    return step.kind == Step::Kind::prefix;
  });
  if (prefix == path.steps.end()) return {0, 0};
  return {~prefix->name.size(), static_cast<std::size_t>(path.steps.end() - prefix)};
}

}  // namespace

std::string pruned(std::span<const Path> paths, std::span<const Cell> cells) {
  std::vector<std::size_t> order(paths.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(paths[a]) < rank(paths[b]); });
  Node root;
  root.object = true;
  for (const std::size_t i : order) put(root, paths[i].steps, cells[i]);
  std::string out;
  write(root, out);
  return out;
}

}  // namespace ktel::json
