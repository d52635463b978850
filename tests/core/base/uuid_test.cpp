// UUIDv7: form, order, and the way back to bytes.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/uuid.hpp"

using namespace ktel;
using std::chrono::milliseconds;
using Time = std::chrono::system_clock::time_point;

TEST_SUITE("core/base/uuid") {
  TEST_CASE("the first 48 bits are the milliseconds, then version 7 and variant 10") {
    const std::string id = make_uuid7(Time(milliseconds(0x0123456789ab)));

    REQUIRE(id.size() == 36);
    CHECK(id.substr(0, 15) == "01234567-89ab-7");
    CHECK(std::string("89ab").find(id[19]) != std::string::npos);
  }

  TEST_CASE("two of the same millisecond differ, later ones sort after") {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) ids.insert(make_uuid7(Time(milliseconds(5))));

    CHECK(ids.size() == 1000);
    CHECK(*ids.rbegin() < make_uuid7(Time(milliseconds(6))));
  }

  TEST_CASE("the bytes are those of the text") {
    const auto bytes = uuid_bytes("01234567-89ab-7cde-8f01-23456789abcd");

    CHECK(bytes[0] == 0x01);
    CHECK(bytes[5] == 0xab);
    CHECK(bytes[6] == 0x7c);
    CHECK(bytes[8] == 0x8f);
    CHECK(bytes[15] == 0xcd);
  }
}
