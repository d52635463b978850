// The same values in other forms.
#include "app/render.hpp"

#include <doctest/doctest.h>

using namespace ktel;

namespace {

std::string yaml(const std::string& json) { return app::yaml(json).value(); }

}  // namespace

TEST_SUITE_BEGIN("core/app/render");

TEST_CASE("YAML is written in blocks, in the order of the members") {
  CHECK(yaml(R"({"b": {"one": 1, "two": {"three": true}}, "a": null})") ==
        "b:\n  one: 1\n  two:\n    three: true\na: null\n");
  CHECK(yaml(R"({"list": ["x", 2, [3], {"k": "v", "l": {"m": 4}}], "none": [], "no": {}})") ==
        "list:\n"
        "  - x\n"
        "  - 2\n"
        "  - - 3\n"
        "  - k: v\n"
        "    l:\n"
        "      m: 4\n"
        "none: []\n"
        "\"no\": {}\n");
}

TEST_CASE("YAML reads back as what it was") {
  struct Row {
    const char* json;
    const char* line;
  };
  for (const auto& [json, line] :
       std::vector<Row>{{R"({"k": 0.5})", "k: 0.5\n"},
                        {R"({"k": 1e300})", "k: 1.0e+300\n"},
                        {R"({"k": 2.5e-10})", "k: 2.5e-10\n"},
                        {R"({"k": 1e-7})", "k: 1.0e-07\n"},
                        {R"({"k": -0.0})", "k: 0\n"},
                        {R"({"k": 9007199254740993})", "k: 9007199254740993\n"},
                        {R"({"k": "0xff"})", "k: \"0xff\"\n"},
                        {R"({"k": ".inf"})", "k: \".inf\"\n"},
                        {R"({"k": "1e3"})", "k: \"1e3\"\n"},
                        {R"({"k": "no"})", "k: \"no\"\n"},
                        {R"({"k": "2.8.0"})", "k: 2.8.0\n"},
                        {R"({"k": "a\nb"})", "k: \"a\\nb\"\n"},
                        {R"({"k": ""})", "k: \"\"\n"},
                        {R"({"true": 1})", "\"true\": 1\n"},
                        {R"({"1": "x"})", "\"1\": x\n"},
                        {R"({"a: b": "x"})", "\"a: b\": x\n"},
                        {R"(["on"])", "- \"on\"\n"},
                        {R"("text")", "text\n"},
                        {"[]", "[]\n"}}) {
    CAPTURE(json);
    CHECK(yaml(json) == line);
  }
}

TEST_CASE("pretty is the canonical form with line breaks") {
  CHECK(app::pretty(R"({"b":[1,2],"a":{"x":0.5,"y":1e300}})").value() ==
        "{\n"
        "  \"a\": {\n"
        "    \"x\": 0.5,\n"
        "    \"y\": 1e+300\n"
        "  },\n"
        "  \"b\": [\n"
        "    1,\n"
        "    2\n"
        "  ]\n"
        "}\n");
}

TEST_CASE("a report's fields are text as it is, and anything else as JSON") {
  const auto fields = app::report_fields(
      R"({"job": {"ratio": 0.5, "text": "a b", "map": {"b": 1, "a": "x"}, "bad": "a\u001b[2Jb"},)"
      R"("release": "2026.11", "n": [1, "x"]})");

  REQUIRE(fields);
  std::string lines;
  for (const auto& [job, field, value] : *fields) lines += job + "|" + field + "|" + value + "\n";
  CHECK(lines ==
        "job|ratio|0.5\n"
        "job|text|a b\n"
        "job|map|{\"a\":\"x\",\"b\":1}\n"
        "job|bad|\"a\\u001b[2Jb\"\n"
        "release||2026.11\n"
        "n||[1,\"x\"]\n");
}

TEST_CASE("what is no JSON is refused, not shown") {
  CHECK(app::yaml("{").error().message.starts_with("not JSON at byte "));
  CHECK(app::pretty("").error().code == Errc::bad_input);
  CHECK_FALSE(app::report_fields("nonsense"));
}

TEST_SUITE_END();
