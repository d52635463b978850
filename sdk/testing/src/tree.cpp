// Paths of objects and of declarations, and how one finds values in the other.
#include "tree.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <ktel/sdk/text.hpp>

namespace ktel::sdk::testing {
namespace {

[[noreturn]] void bad(std::string_view path) {
  throw std::invalid_argument("no path: " + std::string(path));
}

Step bracket(std::string_view inner, std::string_view path) {
  if (inner == "*") return {Step::Kind::each, {}};
  if (inner.size() > 2 && (inner.front() == '\'' || inner.front() == '"')) {
    std::string name(inner.substr(1, inner.size() - 2));
    const bool prefix = name.back() == '*';
    if (prefix) name.pop_back();
    return {prefix ? Step::Kind::prefix : Step::Kind::member, name};
  }
  if (inner.empty() || inner.find_first_not_of("0123456789") != inner.npos) bad(path);
  return {Step::Kind::element, {}, std::stoul(std::string(inner))};
}

}  // namespace

std::vector<Step> parse_path(std::string_view path) {
  std::vector<Step> steps;
  for (std::size_t at = 0; at < path.size();) {
    if (path[at] == '[') {
      const bool quoted = at + 1 < path.size() && (path[at + 1] == '\'' || path[at + 1] == '"');
      const std::size_t end =
          quoted ? path.find(std::string{path[at + 1], ']'}, at + 2) : path.find(']', at);
      if (end == path.npos) bad(path);
      const std::size_t inner = end + (quoted ? 1 : 0);
      steps.push_back(bracket(path.substr(at + 1, inner - at - 1), path));
      at = inner + 1;
      continue;
    }
    if (path[at] == '.') ++at;
    const std::size_t end = std::min(path.find_first_of(".[", at), path.size());
    if (end == at) bad(path);
    steps.push_back({Step::Kind::member, std::string(path.substr(at, end - at))});
    at = end;
  }
  if (steps.empty()) bad(path);
  return steps;
}

std::vector<std::string> split_paths(std::string_view paths) {
  std::vector<std::string> found(1);
  char quote = '\0';
  for (const char c : paths) {
    if (quote == '\0' && c == ' ') {
      if (!found.back().empty()) found.emplace_back();
      continue;
    }
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    }
    found.back() += c;
  }
  if (found.back().empty()) found.pop_back();
  return found;
}

ktel_str Pool::text(std::string_view text) { return str(texts.emplace_back(text)); }

ktel_value Pool::scalar(const Scalar& value) {
  ktel_value v{};
  if (const auto* of = std::get_if<std::string>(&value)) {
    v.type = KTEL_V_STRING;
    v.str = text(*of);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    v.type = KTEL_V_I64;
    v.i64 = *number;
  } else if (const auto* real = std::get_if<double>(&value)) {
    v.type = KTEL_V_F64;
    v.f64 = *real;
  } else {
    v.type = KTEL_V_BOOL;
    v.i64 = std::get<bool>(value) ? 1 : 0;
  }
  return v;
}

ktel_value Pool::list(std::vector<ktel_value> items) {
  lists.push_back(std::move(items));
  ktel_value v{};
  v.type = KTEL_V_LIST;
  v.count = static_cast<std::uint32_t>(lists.back().size());
  v.items = lists.back().data();
  return v;
}

Tree::Tree(const Object& object) {
  for (const auto& [path, value] : object.leaves()) {
    Tree* at = this;
    for (const Step& step : parse_path(path)) {
      if (step.kind != Step::Kind::member && step.kind != Step::Kind::element) bad(path);
      Tree& next = step.kind == Step::Kind::member
                       ? at->members_.emplace(step.name, Tree()).first->second
                       : at->elements_.emplace(step.index, Tree()).first->second;
      at = &next;
    }
    at->leaf_ = value;
  }
}

ktel_value Tree::find(const std::vector<Step>& path, std::size_t at, Pool& pool) const {
  if (at == path.size()) return leaf_ ? pool.scalar(*leaf_) : ktel_value{};
  const Step& step = path[at];
  if (step.kind == Step::Kind::member) {
    const auto found = members_.find(step.name);
    return found == members_.end() ? ktel_value{} : found->second.find(path, at + 1, pool);
  }
  std::vector<ktel_value> items;
  if (step.kind == Step::Kind::each) {
    if (elements_.empty()) return {};
    items.resize(elements_.rbegin()->first + 1);
    for (const auto& [index, element] : elements_) items[index] = element.find(path, at + 1, pool);
  } else {
    if (members_.empty()) return {};
    for (const auto& [name, member] : members_) {
      if (name.starts_with(step.name)) items.push_back(member.find(path, at + 1, pool));
    }
  }
  return pool.list(std::move(items));
}

}  // namespace ktel::sdk::testing
