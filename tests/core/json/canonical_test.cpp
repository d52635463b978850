// Canonical bytes, and what the strict parser refuses with which words.
#include "json/canonical.hpp"

#include <doctest/doctest.h>
#include <boost/json/object.hpp>

using ktel::json::canonical;
using ktel::json::parse_strict;
using ktel::json::pretty;

namespace {

std::string again(std::string_view text) { return canonical(parse_strict(text).value()); }
std::string refusal(std::string_view text) { return parse_strict(text).error().message; }

}  // namespace

TEST_SUITE("core/json/canonical") {
  TEST_CASE("members are sorted bytewise and no space is left") {
    CHECK(again(R"( { "b" : [ 1 , {"d":null,"c":true} ] , "B":"x", "a":{} } )") ==
          R"({"B":"x","a":{},"b":[1,{"c":true,"d":null}]})");
  }

  TEST_CASE("numbers take their shortest form that reads back the same") {
    CHECK(again("[0.1,1.0,100,1e3,1e300,-0.0,5e-324,0.30000000000000004,123456789.125]") ==
          "[0.1,1,100,1000,1e+300,0,5e-324,0.30000000000000004,123456789.125]");
    CHECK(again("[9223372036854775807,-9223372036854775808,18446744073709551615]") ==
          "[9223372036854775807,-9223372036854775808,18446744073709551615]");
  }

  TEST_CASE("a double beyond 64-bit integers does not become one") {
    for (const char* number :
         {"1.2345678901234567e20", "-1.2345678901234567e20", "9223372036854775808.0",
          "18446744073709551616.0", "1e22", "-9223372036854775809.0", "9223372036854774784.0",
          "123456789012345678.0"}) {
      CAPTURE(number);
      const std::string once = again(number);
      CHECK(again(once) == once);
      CHECK(again(again(once)) == once);
    }
    CHECK(again("123456789012345678901.0") == "1.2345678901234568e+20");
    CHECK(again("4611686018427387904.0") == "4611686018427387904");
  }

  TEST_CASE("text keeps its UTF-8 and escapes what it must") {
    CHECK(again(R"("\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t\u0001\u0000")") ==
          "\"\u00e9\U0001F600/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u0000\"");
  }

  TEST_CASE("the canonical form of a canonical form is itself") {
    const std::string once = again(R"({"z":-0.0,"y":1e21,"x":[[],{}],"w":2.50})");
    CHECK(again(once) == once);
  }

  TEST_CASE("the pretty form is the same value, indented by two") {
    const auto value = parse_strict(R"({"b":[1,2],"a":{"c":{}},"d":[]})").value();
    CHECK(pretty(value) ==
          "{\n  \"a\": {\n    \"c\": {}\n  },\n  \"b\": [\n    1,\n    2\n  ],\n"
          "  \"d\": []\n}");
    CHECK(canonical(parse_strict(pretty(value)).value()) == canonical(value));
  }

  TEST_CASE("no object has more bytes than are said without writing it") {
    for (
        const char* text :
        {"{}", R"({"":""})", R"({"\u0001":"\u0002\u0003"})", R"({"\"":["\\",[],{}]})",
         R"({"n":[-9223372036854775808,18446744073709551615,-1.2345678901234567e-300,null,false]})",
         R"({"a":{"b":[{"c":"d","e":["f",1,true,{"g":-1.7976931348623157e308}]}]}})"}) {
      CAPTURE(text);
      const boost::json::object object = parse_strict(text).value().as_object();
      CHECK(ktel::json::canonical_at_most(object) >= canonical(object).size());
    }
    const boost::json::object small = {{"items_count", 3}};
    CHECK(ktel::json::canonical_at_most(small) < 256);
  }

  TEST_CASE("a refusal names the path") {
    CHECK(refusal(R"({"foo":{"bar":[1,2,{"x":1,"x":2}]}})") ==
          "foo.bar[2].x is there twice: keep one of them");
    CHECK(refusal(R"({"a.b":1,"a.b":1})") == "[\"a.b\"] is there twice: keep one of them");
    CHECK(refusal(R"({"n":[18446744073709551616]})") ==
          "n[0] is an integer beyond 64 bits: write it as a string");
    CHECK(refusal("-9223372036854775809") ==
          "it is an integer beyond 64 bits: write it as a string");
    CHECK(refusal(R"({"n":1e999})") ==
          "n is a number beyond the range of a double: write it as a string");
    CHECK(parse_strict(R"({"a":[[1]]})", {.bytes = 100, .depth = 2}).error().message ==
          "a[0] is nested deeper than 2 levels: flatten it");
    CHECK(parse_strict(R"({"a":[1]})", {.bytes = 100, .depth = 2}).has_value());
  }

  TEST_CASE("a refusal names the byte where there is no path") {
    CHECK(refusal("") == "it is empty, one JSON value is expected");
    CHECK(refusal(" \n") == "it is empty, one JSON value is expected");
    CHECK(refusal("{\"a\":1") == "not JSON at byte 7: it ends too early; give all of it");
    CHECK(refusal("{} {}") == "not JSON at byte 4: something follows the value; take it out");
    CHECK(refusal("{a:1}") == "not JSON at byte 2: syntax error; correct it there");
    CHECK(refusal("\"a\xff\"") == "not JSON at byte 3: syntax error; correct it there");
    CHECK(refusal("\"\\ud800\"") == "not JSON at byte 8: syntax error; correct it there");
    CHECK(refusal("NaN") == "not JSON at byte 1: syntax error; correct it there");
    CHECK(parse_strict("[1]", {.bytes = 2}).error().message ==
          "it is larger than the 2 bytes allowed: send less");
  }
}
