// Parses selectors part by part; a comma within parentheses separates values.
#include "cluster/selector.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktel::cluster {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    parts.push_back(trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  return parts;
}

std::optional<Requirement> equality(std::string_view part) {
  const std::size_t at = part.find('=');
  if (at == part.npos || at == 0) return std::nullopt;
  Requirement requirement;
  const bool negated = part[at - 1] == '!';
  const bool twice = at + 1 < part.size() && part[at + 1] == '=';
  requirement.key = trimmed(part.substr(0, at - (negated ? 1 : 0)));
  requirement.op = negated ? Requirement::Op::not_in : Requirement::Op::in;
  requirement.values.emplace_back(trimmed(part.substr(at + (twice ? 2 : 1))));
  if (requirement.key.empty()) return std::nullopt;
  return requirement;
}

std::optional<Requirement> set_or_existence(std::string_view part) {
  Requirement requirement;
  const std::size_t blank = part.find_first_of(" \t(");
  if (blank == part.npos) {
    requirement.op = part[0] == '!' ? Requirement::Op::not_exists : Requirement::Op::exists;
    requirement.key = trimmed(part.substr(part[0] == '!' ? 1 : 0));
    if (requirement.key.empty()) return std::nullopt;
    return requirement;
  }
  const std::size_t open = part.find('(');
  if (open == part.npos || part.back() != ')') return std::nullopt;
  const std::string_view op = trimmed(part.substr(blank, open - blank));
  if (op != "in" && op != "notin") return std::nullopt;
  requirement.op = op == "in" ? Requirement::Op::in : Requirement::Op::not_in;
  requirement.key = part.substr(0, blank);
  for (const std::string_view value : split(part.substr(open + 1, part.size() - open - 2))) {
    requirement.values.emplace_back(value);
  }
  return requirement;
}

Result<std::vector<Requirement>> parse(std::string_view selector, bool sets) {
  std::vector<Requirement> requirements;
  if (trimmed(selector).empty()) return requirements;
  for (const std::string_view part : split(selector)) {
    std::optional<Requirement> requirement;
    if (!part.empty()) requirement = equality(part);
    if (!requirement && !part.empty() && sets && part.find('=') == part.npos) {
      requirement = set_or_existence(part);
    }
    if (!requirement) {
      return Error{
          Errc::bad_input,
          fmt::format("selector \"{}\": \"{}\" is not understood: write {}", selector, part,
                      sets ? "KEY=VALUE, KEY!=VALUE, KEY in (A,B), KEY notin (A,B), KEY or "
                             "!KEY, with commas between"
                           : "PATH=VALUE or PATH!=VALUE, with commas between")};
    }
    requirements.push_back(std::move(*requirement));
  }
  return requirements;
}

}  // namespace

bool Requirement::matches(const std::optional<std::string_view>& value) const {
  const bool listed = value && std::find(values.begin(), values.end(), *value) != values.end();
  switch (op) {
    case Op::in:
      return listed;
    case Op::not_in:
      return !listed;
    case Op::exists:
      return value.has_value();
    case Op::not_exists:
      return !value.has_value();
  }
  return false;
}

Result<std::vector<Requirement>> parse_label_selector(std::string_view selector) {
  return parse(selector, true);
}

Result<std::vector<Requirement>> parse_field_selector(std::string_view selector) {
  return parse(selector, false);
}

}  // namespace ktel::cluster
