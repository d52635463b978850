// Parameters as operators type them.
#include "plugin/param_value.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ktel;
using plugin::Param;
using plugin::parse_param;

namespace {

Param of_type(std::uint32_t type) {
  Param param;
  param.name = "size";
  param.type = type;
  return param;
}

}  // namespace

TEST_SUITE("core/plugin/param_value") {
  TEST_CASE("each type takes its own form") {
    CHECK(parse_param(of_type(KTEL_T_BOOL), "on").value().i64 == 1);
    CHECK(parse_param(of_type(KTEL_T_BOOL), "false").value().i64 == 0);
    CHECK(parse_param(of_type(KTEL_T_INT), "-3").value().i64 == -3);
    CHECK(parse_param(of_type(KTEL_T_RATIO), "0.5").value().f64 == 0.5);
    const auto text = parse_param(of_type(KTEL_T_TEXT), "any thing");
    REQUIRE(text.has_value());
    CHECK(text.value().view().type == KTEL_V_STRING);
    CHECK(std::string(text.value().view().str.ptr, text.value().view().str.len) == "any thing");
  }

  TEST_CASE("what does not fit is refused with what does") {
    CHECK(parse_param(of_type(KTEL_T_BOOL), "maybe").error().message ==
          "parameter size takes true or false");
    CHECK(parse_param(of_type(KTEL_T_COUNT), "-1").error().message ==
          "parameter size takes a number from 0 on");
    CHECK(parse_param(of_type(KTEL_T_INT), "3x").error().message ==
          "parameter size takes a whole number");
    CHECK(parse_param(of_type(KTEL_T_RATIO), "2").error().message ==
          "parameter size takes a number from 0 to 1");
    CHECK(parse_param(of_type(KTEL_T_DURATION), "nan").error().message ==
          "parameter size takes seconds");
    Param choice = of_type(KTEL_T_ENUM);
    choice.values = {{"a", "A"}, {"b", "B"}};
    CHECK(parse_param(choice, "c").error().message == "parameter size takes one of a, b");
    CHECK(parse_param(choice, "b").value().text == "b");
  }

  TEST_CASE("a default is a value, none is not set") {
    CHECK_FALSE(plugin::default_param(of_type(KTEL_T_INT)).value().set);
    Param param = of_type(KTEL_T_INT);
    param.has_default = true;
    param.default_text = "7";
    CHECK(plugin::default_param(param).value().i64 == 7);
  }
}
