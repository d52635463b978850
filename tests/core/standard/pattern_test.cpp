// Patterns: whole values, no back-references, no blow-up.
#include "standard/pattern.hpp"

#include <doctest/doctest.h>

using ktel::standard::Pattern;

TEST_SUITE_BEGIN("core/standard/pattern");

TEST_CASE("a pattern must match the whole value") {
  const Pattern pattern = Pattern::compile("[a-z]+(-[a-z]+)*|none").value();

  CHECK(pattern.matches("ab-cd"));
  CHECK(pattern.matches("none"));
  CHECK_FALSE(pattern.matches("ab-"));
  CHECK_FALSE(pattern.matches("xab-cd1"));
  CHECK_FALSE(pattern.matches(""));
}

TEST_CASE("a pattern that would blow up in a backtracking matcher answers at once") {
  const Pattern pattern = Pattern::compile("(a+)+b").value();

  CHECK_FALSE(pattern.matches(std::string(64, 'a')));
}

TEST_CASE("what is no expression is refused with the reason") {
  const auto open = Pattern::compile("(a");
  REQUIRE_FALSE(open.has_value());
  CHECK(open.error().message.find("pattern (a is not understood: ") == 0);
  CHECK_FALSE(Pattern::compile("(a)\\1").has_value());
}

TEST_SUITE_END();
