// `Pattern`: the regular expression a token is declared with, matched against whole values.
//
// ECMAScript without back-references: matching takes polynomial time, so a plugin's `(a+)+` cannot
// hang the host. Immutable, cheap to copy, any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

namespace ktel::standard {

class Pattern {
 public:
  // bad_input, with the reason, if `text` is not such an expression.
  static Result<Pattern> compile(const std::string& text);

  bool matches(std::string_view whole) const;

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace ktel::standard
