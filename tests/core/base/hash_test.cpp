// SHA-256 and HMAC against published vectors.
#include <doctest/doctest.h>

#include <string>

#include "base/hash.hpp"
#include "support/process.hpp"

using namespace ktel;

namespace {
constexpr auto abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
}

TEST_SUITE("core/base/hash") {
  TEST_CASE("a text and a file of the same bytes have the same hash") {
    const test::TempDir dir;

    CHECK(sha256_hex("abc") == abc);
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_file(dir.write("abc", "abc")).value() == abc);
  }

  TEST_CASE("a file that is not there is named") {
    const Result<std::string> hash = sha256_file("/nowhere/x");

    REQUIRE_FALSE(hash.has_value());
    CHECK(hash.error().message == "/nowhere/x: No such file or directory");
  }

  TEST_CASE("HMAC-SHA-256 is that of RFC 4231, case 2") {
    const auto mac = hmac_sha256("Jefe", "what do ya want for nothing?");

    CHECK(mac[0] == 0x5b);
    CHECK(mac[1] == 0xdc);
    CHECK(mac[31] == 0x43);
  }
}
