// `matches()`: whether a text has the form of a pattern of signals.hpp.
//
// '*' is any text, '#' decimal digits, '%' hexadecimal ones (of these as many as there are, at
// least one); everything else is itself. The whole text must match. A text comes from the cluster
// and may be hostile: the work is at most its length times that of the pattern. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace platform {

// How much of the text one character of a pattern takes at its beginning; 0: it does not fit.
constexpr std::size_t taken_by(char wanted, std::string_view text) {
  constexpr std::string_view decimal = "0123456789";
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  if (wanted != '#' && wanted != '%') return !text.empty() && text.front() == wanted ? 1 : 0;
  const std::size_t end = text.find_first_not_of(wanted == '#' ? decimal : hexadecimal);
  return end == text.npos ? text.size() : end;
}

constexpr bool matches(std::string_view text, std::string_view pattern) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t star = none;  // the last '*' that was passed: only what it takes is tried again
  std::size_t resume = 0;   // where the text behind what it takes begins
  std::size_t at = 0;
  std::size_t next = 0;
  while (at < text.size() || next < pattern.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      resume = at;
    } else if (const std::size_t taken =
                   next < pattern.size() ? taken_by(pattern[next], text.substr(at)) : 0;
               taken > 0) {
      at += taken;
      ++next;
    } else if (star != none && resume < text.size()) {
      at = ++resume;
      next = star + 1;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace platform
