// The grammar of declared paths, and the byte each refusal names.
#include "json/path.hpp"

#include <doctest/doctest.h>

using ktel::json::parse_path;
using ktel::json::parse_paths;
using ktel::json::Path;
using ktel::json::Step;

TEST_SUITE("core/json/path") {
  TEST_CASE("a path is a list of steps") {
    const auto path = parse_path("spec.containers[*].env['A.B']").value();

    CHECK(path.text == "spec.containers[*].env['A.B']");
    CHECK(path.steps == std::vector<Step>{{Step::Kind::member, "spec"},
                                          {Step::Kind::member, "containers"},
                                          {Step::Kind::each, ""},
                                          {Step::Kind::member, "env"},
                                          {Step::Kind::member, "A.B"}});
    CHECK(path.makes_list());
  }

  TEST_CASE("both quotes, a prefix, and a key at the very start are understood") {
    CHECK(parse_path("metadata.labels[\"helm.sh/chart\"]").value() ==
          parse_path("metadata.labels['helm.sh/chart']").value());
    CHECK(parse_path("metadata.labels['cloud.google.com/*']").value().steps.back() ==
          Step{Step::Kind::prefix, "cloud.google.com/"});
    CHECK(parse_path("['*']").value().steps == std::vector<Step>{{Step::Kind::prefix, ""}});
    CHECK(parse_path("[*].name").value().makes_list());
    CHECK_FALSE(parse_path("last-update").value().makes_list());
  }

  TEST_CASE("paths stand with blanks between, a blank in quotes belongs to its key") {
    const auto paths = parse_paths("  a.b\n c['d e']\t").value();

    REQUIRE(paths.size() == 2);
    CHECK(paths[0].text == "a.b");
    CHECK(paths[1].steps.back().name == "d e");
    CHECK(parse_paths("").value().empty());
  }

  TEST_CASE("a refusal names the path and the byte") {
    const auto message = [](const char* text) { return parse_path(text).error().message; };

    CHECK(message("") == "path \"\", byte 1: is empty: name a member");
    CHECK(message("a..b") ==
          "path \"a..b\", byte 3: a member name belongs here; other characters go into ['...']");
    CHECK(message("a.b/c") == "path \"a.b/c\", byte 4: a '.' or a '[' belongs here");
    CHECK(message("a[0]") == "path \"a[0]\", byte 3: [*], ['key'] or [\"key\"] belongs here");
    CHECK(message("a['b") == "path \"a['b\", byte 5: the key is not closed by ']");
    CHECK(message("a['b'") == "path \"a['b'\", byte 6: a ']' belongs here");
    CHECK(message("a['']") == "path \"a['']\", byte 4: the key is empty");
    CHECK(message("a['b*c']") ==
          "path \"a['b*c']\", byte 5: a '*' stands at the end of a key only");
    CHECK(message("a[*") == "path \"a[*\", byte 4: a ']' belongs here");
    CHECK(message("a b") == "path \"a b\", byte 2: a blank stands inside quotes only");
    CHECK(parse_paths("a b[ c").error().message ==
          "path \"a b[ c\", byte 5: [*], ['key'] or [\"key\"] belongs here");
  }
}
