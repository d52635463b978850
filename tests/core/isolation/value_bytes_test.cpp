// Values of the ABI: each type reads back, and whatever else comes is either a value or not good.
#include "isolation/value_bytes.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using ktel::isolation::BytesIn;
using ktel::isolation::BytesOut;
using ktel::isolation::get_value;
using ktel::isolation::put_value;

namespace {

std::string bytes_of(const ktel_value& value) {
  BytesOut out;
  put_value(out, value);
  return out.take();
}

ktel_value text(std::string_view text, std::uint32_t type = KTEL_V_STRING) {
  ktel_value value{};
  value.type = type;
  value.str = {text.data(), text.size()};
  return value;
}

}  // namespace

TEST_SUITE("core/isolation/value_bytes") {
  TEST_CASE("every type reads back") {
    std::vector<ktel_value> values(9);
    values[1].type = KTEL_V_NULL;
    values[2].type = KTEL_V_BOOL;
    values[2].i64 = 1;
    values[3].type = KTEL_V_I64;
    values[3].i64 = -1'000'000'000'000;
    values[4].type = KTEL_V_F64;
    values[4].f64 = 1e300;
    values[5] = text(std::string_view("a\0b", 3));
    values[6] = text("18446744073709551615", KTEL_V_JSON);
    std::vector<ktel_value> items = {values[3], values[5]};
    values[7].type = KTEL_V_LIST;
    values[7].count = 2;
    values[7].items = items.data();
    values[8].type = 77;  // there is no such type: said as it is, and refused where it is checked
    for (const ktel_value& value : values) {
      CAPTURE(value.type);
      const std::string bytes = bytes_of(value);
      std::deque<std::vector<ktel_value>> lists;
      BytesIn in(bytes);
      const ktel_value read = get_value(in, lists);
      CHECK(in.good());
      CHECK(in.at_end());
      CHECK(bytes_of(read) == bytes);
      CHECK(read.type == value.type);
      CHECK(read.i64 == value.i64);
      CHECK(read.count == value.count);
    }
  }

  TEST_CASE("a text or a list without memory is empty, whatever it says of its length") {
    ktel_value nothing{};
    nothing.type = KTEL_V_STRING;
    nothing.str = {nullptr, 1'000'000};
    CHECK(bytes_of(nothing) == bytes_of(text("")));
    ktel_value list{};
    list.type = KTEL_V_LIST;
    list.count = 7;
    CHECK(bytes_of(list).size() == 2);
  }

  TEST_CASE("bytes of any kind end, within what there is") {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
      std::string bytes(random() % 40, '\0');
      for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? random() : random() % 9);
      std::deque<std::vector<ktel_value>> lists;
      BytesIn in(bytes);
      const ktel_value value = get_value(in, lists);
      CHECK(value.str.len <= bytes.size());
      CHECK(value.count <= bytes.size());
    }
  }
}
