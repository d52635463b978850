// std::regex, kept out of every header.
#include "standard/pattern.hpp"

#include <fmt/format.h>

#include <locale>
#include <regex>

namespace ktel::standard {

struct Pattern::Compiled {
  std::regex regex;
};

Result<Pattern> Pattern::compile(const std::string& text) {
  // libstdc++'s matcher without backtracking; it refuses back-references when it compiles.
  constexpr auto flags = std::regex::ECMAScript | std::regex_constants::__polynomial;
  try {
    auto compiled = std::make_shared<Compiled>();
    compiled->regex.imbue(std::locale::classic());
    compiled->regex.assign(text, flags);
    return Pattern(std::move(compiled));
  } catch (const std::regex_error& e) {
    return Error{Errc::bad_input, fmt::format("pattern {} is not understood: {}", text, e.what())};
  }
}

bool Pattern::matches(std::string_view whole) const {
  return std::regex_match(whole.begin(), whole.end(), compiled_->regex);
}

}  // namespace ktel::standard
