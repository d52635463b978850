// Text of strangers: one line, valid, and never half a character.
#include "base/one_line.hpp"

#include <doctest/doctest.h>

#include <string>

TEST_SUITE("core/base/one_line") {
  TEST_CASE("whatever was written becomes one line of UTF-8") {
    const std::string euro = "\xe2\x82\xac";
    const std::string wrong = "\xef\xbf\xbd";  // U+FFFD
    const struct {
      const char* what;
      std::string text;
      std::string line;
    } rows[] = {
        {"nothing", "", ""},
        {"text", "plain, \xc3\xa4 " + euro + " \xf0\x9f\x99\x82",
         "plain, \xc3\xa4 " + euro + " \xf0\x9f\x99\x82"},
        {"lines and colours", "one\ntwo\r\nthree\x1b[31m\x7f", "one two  three [31m "},
        {"a zero", std::string("x\0y", 3), "x y"},
        {"ESC [ in one character, of C1", "x\xc2\x9bmy", "x my"},
        {"the first character behind C1", "x\xc2\xa0y", "x\xc2\xa0y"},
        {"ends of lines and paragraphs", "x\xe2\x80\xa8y\xe2\x80\xa9z", "x y z"},
        {"what turns the direction of writing", "x\xe2\x80\xaey\xe2\x81\xa6z\xe2\x80\x8f",
         "x y z "},
        {"a byte of no character", "x\xffy", "x" + wrong + "y"},
        {"half a character at the end", "x\xc3", "x" + wrong},
        {"half a surrogate pair", "\xed\xa0\x80", wrong + wrong + wrong},
        {"a slash in disguise", "\xc0\xaf", wrong + wrong},
    };
    for (const auto& row : rows) {
      CAPTURE(row.what);
      CHECK(ktel::one_line(row.text, 100) == row.line);
    }
  }

  TEST_CASE("it is cut between characters") {
    CHECK(ktel::one_line("xyz", 2) == "xy");
    CHECK(ktel::one_line("xy\xe2\x82\xacz", 4) == "xy");
    CHECK(ktel::one_line("xy\xe2\x82\xacz", 5) == "xy\xe2\x82\xac");
    CHECK(ktel::one_line("xy\xffz", 4) == "xy");
    CHECK(ktel::one_line("xyz", 0) == "");
  }
}
