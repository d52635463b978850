// What is quoted, and where lines break.
#include "standard/yaml.hpp"

#include <doctest/doctest.h>
#include <boost/json/parse.hpp>

using ktel::standard::yaml_line;
using ktel::standard::yaml_text;

TEST_SUITE_BEGIN("core/standard/yaml");

TEST_CASE("text is plain where no reader takes it for something else") {
  for (const char* text : {"GKE", "Amazon EKS", "0.1.0", "10s", "/version", "spec.providerID",
                           "Which platforms must each release be tested on?",
                           "telemetry@example.org", "https://example.org/x", "a-b", "v1.23.4"}) {
    CHECK(yaml_text(text) == text);
  }
  for (const char* text :
       {"",    "true",    "No",   "on",   "null",       "~",        "1",
        "-1",  "1.5",     "1e3",  "0x1f", "2026-11-25", "08:46:22", "2022-05-03 08:46:22",
        "- a", "a: b",    "a #b", "a,b",  "[a]",        "{pod}",    "&a",
        "*",   "!slices", "'a'",  "a ",   " a",         "?",        "%a",
        "@a",  "`a`",     ".5",   "a:",   "a\nb"}) {
    CAPTURE(text);
    CHECK(yaml_text(text).front() == '"');
  }
  CHECK(yaml_text("a \"b\"\n") == R"("a \"b\"\n")");
}

TEST_CASE("a value stands on one line as far as that fits") {
  CHECK(yaml_line("x: ", boost::json::parse(R"({"a":[1,"b",{}],"c":{"d":true,"e":0.5}})"), 2) ==
        "x: {a: [1, b, {}], c: {d: true, e: 0.5}}\n");

  const std::string word(40, 'w');
  const auto three = boost::json::parse("[\"" + word + "\",\"" + word + "\",\"" + word + "\"]");
  CHECK(yaml_line("x: ", three, 2) == "x: [" + word + ", " + word + ",\n  " + word + "]\n");
}

TEST_SUITE_END();
