// Base64 both ways, and where it breaks.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/base64.hpp"

using namespace ktel;

TEST_SUITE("core/base/base64") {
  TEST_CASE("the vectors of RFC 4648 hold both ways") {
    const std::vector<std::pair<std::string, std::string>> rows = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"},
                                                                   {"\xff\xfe", "//4="}};
    for (const auto& [bytes, text] : rows) {
      CHECK(base64_encode(bytes) == text);
      CHECK(base64_decode(text).value() == bytes);
    }
    CHECK(base64_decode("Zm9v\r\nYmFy\n").value() == "foobar");
  }

  TEST_CASE("what is no base64 is refused where it breaks") {
    const std::vector<std::pair<std::string, std::size_t>> rows = {
        {"Zm9*", 3}, {"Zm9", 3}, {"Zg=", 3}, {"=", 0}, {"Zg==Zg==", 4}, {"Zm9v=", 4}, {"Z_9v", 1}};
    for (const auto& [text, at] : rows) {
      CHECK(base64_decode(text).error().message ==
            "illegal base64 data at input byte " + std::to_string(at));
    }
  }
}
