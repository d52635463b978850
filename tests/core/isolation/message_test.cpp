// Frames: in pieces of every size, of every size, and those that are none.
#include "isolation/message.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using ktel::isolation::frames_of;
using ktel::isolation::Kind;
using ktel::isolation::largest_frame;
using ktel::isolation::Message;
using ktel::isolation::Messages;

namespace {

// All messages of `bytes`, fed `piece` at a time; then "error: ..." if there is one.
std::vector<std::string> read(const std::string& bytes, std::size_t piece,
                              std::size_t largest = 1 << 20) {
  Messages messages(largest);
  std::vector<std::string> all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    messages.feed(std::string_view(bytes).substr(at, piece));
    for (;;) {
      const auto next = messages.next();
      if (!next) {
        all.push_back("error: " + next.error().message);
        return all;
      }
      if (!*next) break;
      all.push_back(std::to_string(static_cast<int>((*next)->kind)) + " " + (*next)->bytes);
    }
  }
  return all;
}

std::string frame(std::uint32_t length, int kind, int more, const std::string& rest) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(length >> shift);
  out += static_cast<char>(kind);
  out += static_cast<char>(more);
  return out + rest;
}

}  // namespace

TEST_SUITE("core/isolation/message") {
  TEST_CASE("messages come whole, in pieces of any size") {
    const std::string bytes = frames_of(Kind::hello, "0.1.0") + frames_of(Kind::start, "") +
                              frames_of(Kind::result, std::string("\0\xff", 2));
    const std::vector<std::string> expected = {"1 0.1.0", "2 ", std::string("8 \0\xff", 4)};
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      CAPTURE(piece);
      CHECK(read(bytes, piece) == expected);
    }
  }

  TEST_CASE("a message longer than a frame comes in several and is one again") {
    for (const std::size_t size : {largest_frame - 1, largest_frame, largest_frame + 1,
                                   3 * largest_frame, 3 * largest_frame + 7}) {
      CAPTURE(size);
      const std::string body(size, 'x');
      const auto all = read(frames_of(Kind::run, body), 64 * 1024, 8 << 20);
      REQUIRE(all.size() == 1);
      CHECK(all[0] == "5 " + body);
    }
  }

  TEST_CASE("cut anywhere nothing comes of it, and nothing is wrong") {
    const std::string bytes = frames_of(Kind::log, "a line");
    for (std::size_t n = 0; n < bytes.size(); ++n) CHECK(read(bytes.substr(0, n), 1).empty());
  }

  TEST_CASE("what is no frame ends it") {
    struct Row {
      std::string bytes;
      std::string says;
    };
    for (const Row& row :
         std::vector<Row>{{frame(0, 1, 0, ""), "a frame of 0 bytes"},
                          {frame(1, 1, 0, ""), "a frame of 1 bytes"},
                          {frame(0xffffffffu, 1, 0, ""), "a frame of 4294967295 bytes"},
                          {frame(largest_frame + 3, 1, 0, ""), "a frame of 1048579 bytes"},
                          {frame(2, 0, 0, ""), "a frame of kind 0.0"},
                          {frame(2, 9, 0, ""), "a frame of kind 9.0"},
                          {frame(2, 1, 2, ""), "a frame of kind 1.2"},
                          {frame(3, 7, 1, "x") + frame(3, 8, 0, "y"),
                           "a frame of kind 8 within a message of another"},
                          {"hello, world\n", "a frame of 1819043176 bytes"}}) {
      CHECK(read(row.bytes, 3) == std::vector<std::string>{"error: " + row.says});
    }
    CHECK(read(frames_of(Kind::result, std::string(101, 'x')), 1000, 100) ==
          std::vector<std::string>{"error: a message of more than 100 bytes"});
    // Nor in many frames, each of which is small.
    std::string many;
    for (int i = 0; i < 200; ++i) many += frame(3, 8, 1, "x");
    CHECK(read(many, 7, 100) ==
          std::vector<std::string>{"error: a message of more than 100 bytes"});
  }
}
