// The grammars of a declaration as constant expressions: words, names, versions, days, URLs, paths.
//
// They follow core/src/plugin/name_rules.cpp and core/src/json/path.cpp, which decide; tests/sdk
// holds the two against each other. Used by check.hpp and index.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ktel::sdk::detail {

constexpr bool given(const char* text) { return text != nullptr && *text != '\0'; }
constexpr std::string_view text(const char* text) { return text == nullptr ? "" : text; }

constexpr bool lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool letter(char c) { return lower(c) || (c >= 'A' && c <= 'Z'); }

// Words of lower-case letters and digits, joined by single `joints`.
constexpr bool joined(std::string_view text, std::string_view joints) {
  bool after_joint = true;
  for (const char c : text) {
    const bool joint = joints.find(c) != joints.npos;
    if (joint ? after_joint : !lower(c) && !digit(c)) return false;
    after_joint = joint;
  }
  return !after_joint;
}

constexpr bool name(std::string_view text, std::string_view joints, std::size_t least = 1,
                    std::size_t most = 40) {
  return text.size() >= least && text.size() <= most && lower(text.front()) && joined(text, joints);
}

// "POD_NAME", "POD_NAMESPACE", "CONTROLLER_PUBLISH_SERVICE".
constexpr bool naming_variable(std::string_view text) {
  for (const char c : text) {
    if (!(c >= 'A' && c <= 'Z') && !digit(c) && c != '_') return false;
  }
  const bool names = text.ends_with("_NAME") || text.ends_with("_NAMESPACE") ||
                     text.ends_with("_SERVICE") || text.ends_with("_CLASS");
  return names && !text.starts_with("KTEL_") && text.size() <= 64 && text.front() >= 'A' &&
         text.front() <= 'Z';
}

constexpr bool reserved(std::string_view name) {
  return name.starts_with("ktel") || name.starts_with('_');
}

// "1.0.0", a suffix after '-' or '+'.
constexpr bool version(std::string_view text) {
  const std::string_view numbers = text.substr(0, text.find_first_of("-+"));
  std::size_t dots = 0;
  for (const char c : numbers) {
    if (c != '.' && !digit(c)) return false;
    dots += c == '.' ? 1 : 0;
  }
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return text.size() <= 64 && dots == 2 && joined(numbers, ".") && !text.ends_with('-') &&
         !text.ends_with('+');
}

// "2028-06-30", a day that exists.
constexpr bool day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  unsigned numbers[3] = {};
  std::size_t at = 0;
  for (const char c : text) {
    if (c == '-' ? ++at > 2 : !digit(c)) return false;
    if (c != '-') numbers[at] = numbers[at] * 10 + static_cast<unsigned>(c - '0');
  }
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(numbers[0])),
                                     std::chrono::month(numbers[1]), std::chrono::day(numbers[2]))
      .ok();
}

// The URL of a RAW or METRICS: an absolute path of plain segments, not below /api or /apis.
constexpr bool url(std::string_view text) {
  if (!text.starts_with('/') || text.size() < 2 || text.size() > 1024) return false;
  for (const char c : text) {
    if (!letter(c) && !digit(c) && std::string_view("._/-").find(c) == std::string_view::npos) {
      return false;
    }
  }
  for (std::size_t at = 1, end = 0; at <= text.size(); at = end + 1) {
    end = text.find('/', at) < text.size() ? text.find('/', at) : text.size();
    const std::string_view segment = text.substr(at, end - at);
    if (segment == "." || segment == "..") return false;
    if (segment.empty()) return false;
    if (at == 1 && (segment == "api" || segment == "apis")) return false;
  }
  return true;
}

// Takes the next word off the front of `words`; a blank inside quotes does not end one. False:
// there is none.
constexpr bool next_word(std::string_view& words, std::string_view& word) {
  while (words.starts_with(' ')) words.remove_prefix(1);
  std::size_t end = 0;
  char quote = '\0';
  for (; end < words.size() && (quote != '\0' || words[end] != ' '); ++end) {
    const char c = words[end];
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  word = words.substr(0, end);
  words.remove_prefix(end);
  return end > 0;
}

constexpr std::size_t words(std::string_view list) {
  std::string_view word;
  std::size_t n = 0;
  while (next_word(list, word)) ++n;
  return n;
}

constexpr bool holds(std::string_view list, std::string_view wanted) {
  std::string_view word;
  while (next_word(list, word)) {
    if (word == wanted) return true;
  }
  return false;
}

// Takes "['key']", "["key"]" or "['prefix*']" off the front. False: it is none.
constexpr bool take_key(std::string_view& path) {
  const char quote = path.size() > 1 ? path[1] : '\0';
  if (quote != '\'' && quote != '"') return false;
  const std::size_t end = path.find(quote, 2);
  if (end == path.npos || end == 2) return false;
  const std::size_t star = path.substr(0, end).find('*');
  if (star != path.npos && star != end - 1) return false;
  path.remove_prefix(end + 1);
  if (!path.starts_with(']')) return false;
  path.remove_prefix(1);
  return true;
}

// Member names joined by dots, keys in brackets, [*].
constexpr bool path(std::string_view rest) {
  bool first = true;
  do {
    if (rest.starts_with("[*]")) {
      rest.remove_prefix(3);
    } else if (rest.starts_with('[')) {
      if (!take_key(rest)) return false;
    } else {
      if (!first && !rest.starts_with('.')) return false;
      if (!first) rest.remove_prefix(1);
      std::size_t n = 0;
      while (n < rest.size() &&
             (letter(rest[n]) || digit(rest[n]) ||
              std::string_view("_-$@").find(rest[n]) != std::string_view::npos)) {
        ++n;
      }
      if (n == 0) return false;
      rest.remove_prefix(n);
    }
    first = false;
  } while (!rest.empty());
  return true;
}

}  // namespace ktel::sdk::detail
