// Framing: what a handler is told, in pieces of any size, and what is no protobuf.
#include "protobuf/wire.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "support/protobuf_writer.hpp"

using namespace ktel;
using protobuf::Next;
using test::pb_bytes;
using test::pb_number;

namespace {

// Enters fields below 10, takes those below 20 as text, skips the rest; writes down all of it.
struct Recorder {
  void varint(std::uint32_t number, std::uint64_t value) {
    log += fmt::format("{}={} ", number, value);
  }
  Next sized(std::uint32_t number, std::uint64_t) {
    if (number >= 20) return Next::skip;
    log += fmt::format("{}", number);
    if (number >= 10) return Next::text;
    log += "{ ";
    return Next::enter;
  }
  void text_part(std::string_view part, bool last) {
    text += part;
    if (!last) return;
    log += fmt::format("'{}' ", text);
    text.clear();
  }
  void leave() { log += "} "; }
  bool failed() const { return false; }

  std::string log;
  std::string text;
};

struct Scan {
  bool ok = false;
  bool complete = false;
  std::string log;
  std::string fault;
};

Scan scan(const std::string& bytes, std::size_t piece = 1) {
  Recorder recorder;
  protobuf::Wire<Recorder> wire(recorder);
  Scan scan;
  scan.ok = true;
  for (std::size_t at = 0; at < bytes.size() && scan.ok; at += piece) {
    scan.ok = wire.feed(std::string_view(bytes).substr(at, piece));
  }
  scan.complete = scan.ok && wire.at_end();
  scan.log = recorder.log;
  scan.fault = wire.fault() ? wire.fault() : "";
  return scan;
}

const std::string fixed32(
    "\xAD\x01"
    "abcd",
    6);  // field 21
const std::string fixed64(
    "\xA9\x01"
    "abcdefgh",
    10);  // field 21
const std::string everything = pb_number(1, 150) + pb_bytes(10, "text") + pb_bytes(11, "") +
                               pb_bytes(30, "skipped") + fixed32 + fixed64 +
                               pb_bytes(2, pb_bytes(3, pb_number(4, 0)) + pb_bytes(5, "")) +
                               pb_number(6, ~std::uint64_t{0});

}  // namespace

TEST_SUITE("core/protobuf/wire") {
  TEST_CASE("a handler is told all fields, and where messages end, whatever the pieces") {
    for (std::size_t piece = 1; piece <= everything.size(); ++piece) {
      const Scan all = scan(everything, piece);
      CHECK(all.complete);
      CHECK(all.log == "1=150 10'text' 11'' 2{ 3{ 4=0 } 5{ } } 6=18446744073709551615 ");
    }
  }

  TEST_CASE("bytes that end within a field are not complete") {
    std::size_t complete = 0;
    for (std::size_t size = 0; size < everything.size(); ++size) {
      complete += scan(everything.substr(0, size)).complete ? 1 : 0;
    }
    CHECK(complete == 8);  // after no field, and after each but the last
  }

  TEST_CASE("what is no protobuf is told") {
    const struct {
      std::string bytes;
      const char* fault;
    } rows[] = {
        {std::string("\0", 1), "a field has no number"},
        {test::pb_varint(std::uint64_t{1} << 33), "a field has no number"},
        {"\x0B", "a field has a type that the API does not use"},
        {"\x0F", "a field has a type that the API does not use"},
        {"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", "a number is longer than 64 bits"},
        {"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "a number is longer than 64 bits"},
        {pb_bytes(1,
                  "\x52\x05"
                  "abc"),
         "a field is longer than the message it is in"},
        {pb_bytes(1,
                  "\xA1\x01"
                  "abc"),
         "a field is longer than the message it is in"},
        {pb_bytes(1, "\x08") + "\x01", "a field is longer than the message it is in"},
        {pb_bytes(1, "\x08\x80") + "\x01", "a field is longer than the message it is in"},
        {"\x52\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
         "a field is longer than the message it is in"},
    };
    for (const auto& row : rows) {
      for (const std::size_t piece : {std::size_t{1}, row.bytes.size()}) {
        const Scan all = scan(row.bytes, piece);
        CHECK_FALSE(all.ok);
        CHECK(all.fault == row.fault);
      }
    }
  }
}
