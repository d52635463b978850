// What was read of a document, as a document: nothing else is in it, and it reads the same.
#include "json/pruned.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "json/projection.hpp"

using namespace ktel::json;

namespace {

std::vector<Cell> cells_of(const std::string& paths, const std::string& document) {
  std::vector<Cell> row;
  Projection projection(std::make_shared<const PathTrie>(parse_paths(paths).value()),
                        Shape::document, [&row](std::span<const Cell> cells) {
                          row.assign(cells.begin(), cells.end());
                          return ktel::Result<void>();
                        });
  REQUIRE(projection.feed(document));
  REQUIRE(projection.finish());
  return row;
}

std::string prune(const std::string& paths, const std::string& document) {
  return pruned(parse_paths(paths).value(), cells_of(paths, document));
}

bool equal(const Cell& a, const Cell& b) {
  if (a.type != b.type || a.integer != b.integer || a.real != b.real || a.text != b.text ||
      a.items.size() != b.items.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!equal(a.items[i], b.items[i])) return false;
  }
  return true;
}

}  // namespace

TEST_SUITE_BEGIN("core/json/pruned");

TEST_CASE("only what the paths found is left") {
  struct Row {
    const char* paths;
    const char* document;
    const char* left;
  };
  const Row rows[] = {
      {"a", R"({"a":"x","b":"secret"})", R"({"a":"x"})"},
      {"a.b a.c", R"({"a":{"b":1,"c":true,"d":2}})", R"({"a":{"b":1,"c":true}})"},
      {"a b", R"({"a":1.5,"b":2.0})", R"({"a":1.5,"b":2.0})"},
      {"a", R"({"a":1e400})", R"({"a":1e400})"},
      {"a", R"({"a":18446744073709551615})", R"({"a":18446744073709551615})"},
      {"a", R"({"a":"\"\\\n\u00e4"})", "{\"a\":\"\\\"\\\\\\n\xc3\xa4\"}"},
      {"a a.b", R"({"a":null})", "{}"},
      {"a", R"({"a":{"b":1}})", "{}"},
      {"c[*].name c[*].image", R"({"c":[{"name":"a","env":[]},{"image":"i"},7]})",
       R"({"c":[{"name":"a"},{"image":"i"},null]})"},
      {"c[*].p[*].n", R"({"c":[{"p":[{"n":1},{"n":2}]},{},{"p":[]}]})",
       R"({"c":[{"p":[{"n":1},{"n":2}]},null,{"p":[]}]})"},
      {"c[*]", R"({"c":[]})", R"({"c":[]})"},
      {"l['k8s.io/*']", R"({"l":{"k8s.io/name-of-a-cluster":"owned","x":"y"}})",
       R"({"l":{"k8s.io/*0":"owned"}})"},
      {"l['a*']", R"({"l":{"b":"y"}})", R"({"l":{}})"},
      // One member, whichever of its paths finds it.
      {"l.ab l['a*'] l['ab*']", R"({"l":{"ac":"2","ab":"1","abc":"1"}})",
       R"({"l":{"a*0":"2","ab":"1","ab*1":"1"}})"},
      {"l['a*'].x l['a*'].y", R"({"l":{"a1":{"x":1},"a2":{"y":2}}})",
       R"({"l":{"a*0":{"x":1},"a*1":{"y":2}}})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.paths);
    CHECK(prune(row.paths, row.document) == row.left);
  }
}

TEST_CASE("what is too large for a cell is left out") {
  CHECK(prune("a b", R"({"a":")" + std::string(5000, 'x') + R"(","b":1})") == R"({"b":1})");
}

namespace {

std::string scalar(std::mt19937& random) {
  const char* const all[] = {"1",    "2",   "\"x\"", "\"y\"", "true",
                             "null", "1.5", "[]",    "{}",    "[1,\"x\"]"};
  return all[random() % std::size(all)];
}

std::string document(std::mt19937& random, int depth) {
  if (depth == 0) return scalar(random);
  const bool array = random() % 3 == 0;
  std::string text(1, array ? '[' : '{');
  const char* keys[] = {"a", "ab", "abc", "b", "ba"};
  for (const char* key : keys) {
    if (random() % 3 == 0) continue;
    if (text.size() > 1) text += ',';
    if (!array) text += '"' + std::string(key) + "\":";
    text += document(random, static_cast<int>(random() % static_cast<unsigned>(depth)));
  }
  return text + (array ? ']' : '}');
}

}  // namespace

TEST_CASE("projected again it gives the same cells") {
  const char* const sets[] = {
      "a b.a b['a*']", "a a.b a[*] a[*].a b", "b['ab*'] b['a*'] b.ab b.a b.b",
      "a[*].b[*] a[*].a['a*'] ab['b*'].a ab['b*'].ab ab['b*']", "['a*'] ['b*'].a['a*'][*] abc"};
  for (unsigned seed = 0; seed < 20000; ++seed) {
    std::mt19937 random(seed);
    const std::string paths = sets[random() % std::size(sets)];
    std::string whole = document(random, 4);
    if (whole.front() != '{') whole = "{\"a\":" + whole + "}";
    const std::vector<Cell> before = cells_of(paths, whole);
    const std::string left = pruned(parse_paths(paths).value(), before);
    const std::vector<Cell> after = cells_of(paths, left);
    for (std::size_t i = 0; i < before.size(); ++i) {
      REQUIRE_MESSAGE(equal(before[i], after[i]), "seed " << seed << ", path " << i << " of "
                                                          << paths << ": " << whole << " became "
                                                          << left);
    }
  }
}

TEST_SUITE_END();
