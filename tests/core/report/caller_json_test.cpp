// What a caller may pass in, and the sentence for everything else.
#include <doctest/doctest.h>

#include "json/canonical.hpp"
#include "report/merge.hpp"

using ktel::Errc;
using ktel::FindingLevel;
using ktel::report::parse_caller_json;

namespace {

const std::vector<std::string> jobs = {"identify-deployment", "identify-platform"};

std::string refusal(const std::string& text) {
  const auto parsed = parse_caller_json(text, jobs);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code == Errc::bad_input);
  return parsed.error().message;
}

const char* const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln";

}  // namespace

TEST_SUITE_BEGIN("core/report/caller_json");

TEST_CASE("the proposal's keys pass as they are") {
  const auto parsed = parse_caller_json(
      R"({"foo": {"red": "#ff0000", "blue": "#0000ff"}, "bar": {"one": 1}})", jobs);

  REQUIRE(parsed.has_value());
  CHECK(ktel::json::canonical(parsed->keys) ==
        R"({"bar":{"one":1},"foo":{"blue":"#0000ff","red":"#ff0000"}})");
  CHECK(parsed->findings.empty());
  CHECK(parse_caller_json("{}", jobs)->keys.empty());
}

TEST_CASE("what is not one JSON object is refused") {
  CHECK(refusal("") == "it is empty, one JSON value is expected");
  CHECK(refusal("hello").find("not JSON at byte 1: ") == 0);
  CHECK(refusal(R"({"foo": tru})").find("not JSON at byte ") == 0);
  CHECK(refusal(R"({"foo": 1)").find("it ends too early") != std::string::npos);
  CHECK(refusal(R"({"foo": 1} {})").find("something follows the value") != std::string::npos);
  CHECK(refusal("[1]") == R"(it is an array, an object is expected: {"foo": {"one": 1}})");
  CHECK(refusal("1").find("it is a number, an object is expected") == 0);
  CHECK(refusal("null").find("it is null, an object is expected") == 0);
  CHECK(refusal("{\"foo\": \"\xff\"}").find("not JSON at byte ") == 0);
}

TEST_CASE("what is ambiguous, too deep or too large is refused by path") {
  CHECK(refusal(R"({"foo": 1, "foo": 2})") == "foo is there twice: keep one of them");
  CHECK(refusal(R"({"foo": {"a": [1, {"b": 1, "b": 2}]}})") ==
        "foo.a[1].b is there twice: keep one of them");
  CHECK(refusal(R"({"foo": 18446744073709551616})") ==
        "foo is an integer beyond 64 bits: write it as a string");
  std::string deep = "1";
  for (int i = 0; i < 16; ++i) deep = "{\"a\":" + deep + "}";
  CHECK(parse_caller_json(deep, jobs).has_value());
  CHECK(refusal("{\"a\":" + deep + "}").find("nested deeper than 16 levels: flatten it") !=
        std::string::npos);
  CHECK(refusal("{\"a\":\"" + std::string(512 * 1024, 'x') + "\"}") ==
        "it is larger than the 524288 bytes allowed: send less");
}

TEST_CASE("a key of ours is refused") {
  CHECK(refusal(R"({"identify-platform": {}})") ==
        "key identify-platform is the name of a selected job: rename it");
  CHECK(refusal(R"({"ktel-loss": 1})") ==
        "key ktel-loss is reserved, as all of ktel* and _* are: rename it");
  CHECK(refusal(R"({"_x": 1})") == "key _x is reserved, as all of ktel* and _* are: rename it");
  CHECK(refusal(R"({"ktel x": 1})").find(R"(key "ktel x" is reserved)") == 0);
  CHECK(parse_caller_json(R"({"foo": {"ktel": 1, "_x": 2, "identify-platform": 3}})", jobs)
            .has_value());
}

TEST_CASE("a credential is refused without repeating it") {
  const std::string token = jwt;
  CHECK(refusal("{\"foo\": {\"auth\": [\"" + token + "\"]}}") ==
        "foo.auth[0] holds a JSON web token, which must not leave: take it out");
  CHECK(refusal(R"({"foo": "-----BEGIN PRIVATE KEY-----\nMII"})") ==
        "foo holds a PEM block, which must not leave: take it out");
  CHECK(refusal(R"({"header name": "Authorization: Bearer abc123def456"})") ==
        R"(["header name"] holds a bearer token, which must not leave: take it out)");
  CHECK(refusal("{\"" + token + "\": 1}") ==
        "a key holds a JSON web token, which must not leave: take it out");
  CHECK(refusal("{\"foo\": {\"" + token + "\": {\"a\": \"Bearer abc123def456\"}}}") ==
        "a key of foo holds a JSON web token, which must not leave: take it out");
}

TEST_CASE("other shapes only leave a finding, one a shape") {
  const auto parsed = parse_caller_json(
      R"({"hosts": ["a.example.org", "b.example.org", "10.0.0.1"], "jane@example.org": 1})", jobs);

  REQUIRE(parsed.has_value());
  CHECK(parsed->keys.size() == 2);
  REQUIRE(parsed->findings.size() == 3);
  CHECK(parsed->findings[0].id == "tripwire");
  CHECK(parsed->findings[0].level == FindingLevel::warn);
  CHECK(parsed->findings[0].text == "a key of the caller's JSON is shaped like an e-mail address");
  CHECK(parsed->findings[0].next == "it is reported as it is; take it out if it should not leave");
  CHECK(parsed->findings[1].text ==
        "hosts[2] of the caller's JSON is shaped like a network address");
  CHECK(parsed->findings[2].text ==
        "hosts[0] of the caller's JSON is shaped like a host name, and so are 1 more");
}

TEST_SUITE_END();
