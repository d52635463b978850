// Numbers and texts: what was written reads back, and nothing else reads as good.
#include "isolation/bytes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using ktel::isolation::BytesIn;
using ktel::isolation::BytesOut;

namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

std::string sample() {
  BytesOut out;
  out.byte(200);
  out.number(300);
  out.whole(-5);
  out.real(0.5);
  out.text("text");
  return out.take();
}

bool reads_as_sample(std::string_view bytes) {
  BytesIn in(bytes);
  const bool same = in.byte() == 200 && in.number() == 300 && in.whole() == -5 &&
                    in.real() == 0.5 && in.text() == "text";
  return same && in.good() && in.at_end();
}

}  // namespace

TEST_SUITE("core/isolation/bytes") {
  TEST_CASE("numbers of every size read back") {
    for (const std::uint64_t n : std::vector<std::uint64_t>{
             0, 1, 127, 128, 16'383, 16'384, 1u << 31, std::uint64_t{1} << 63,
             std::numeric_limits<std::uint64_t>::max()}) {
      BytesOut out;
      out.number(n);
      const std::string bytes = out.take();
      BytesIn in(bytes);
      CHECK(in.number() == n);
      CHECK(in.good());
      CHECK(in.at_end());
    }
    for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, lowest, highest}) {
      BytesOut out;
      out.whole(n);
      const std::string bytes = out.take();
      BytesIn in(bytes);
      CHECK(in.whole() == n);
    }
  }

  TEST_CASE("cut anywhere it is no longer good, and reads as nothing from there on") {
    const std::string whole = sample();
    CHECK(reads_as_sample(whole));
    for (std::size_t n = 0; n < whole.size(); ++n) {
      CAPTURE(n);
      BytesIn in(std::string_view(whole).substr(0, n));
      in.byte();
      in.number();
      in.whole();
      in.real();
      CHECK(in.text() == "");
      CHECK_FALSE(in.good());
      CHECK(in.number() == 0);
    }
  }

  TEST_CASE("lengths, counts and numbers that lie are not believed") {
    for (const std::string& lie : std::vector<std::string>{
             std::string("\x05"
                         "abc"),                                               // a text of 5 in 3
             std::string("\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9),           // a text of 2^63
             std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11),  // beyond 64 bits
             std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10)}) {   // the same
      BytesIn in(lie);
      CHECK(in.text() == "");
      CHECK_FALSE(in.good());
    }
    BytesOut out;
    out.number(std::uint64_t{1} << 32);
    const std::string bytes = out.take();
    BytesIn in(bytes);
    CHECK(in.number32() == 0);
    CHECK_FALSE(in.good());
  }
}
