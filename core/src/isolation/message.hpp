// What ktel and ktel-child say to each other: a kind and bytes, in frames on a stream.
//
//   u32 length | u8 kind | u8 more | bytes       little-endian; length counts what is behind it
//
// A message longer than a frame may be comes in several, all but the last with `more` set. Pure:
// `Messages` is fed what was read and gives what is complete. It takes nothing for granted, for one
// end of the stream belongs to a plugin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

namespace ktel::isolation {

enum class Kind : std::uint8_t {
  hello = 1,  // to the child: which plugin; from it: which ktel it is of
  start = 2,  // to the child: load the file and start the plugin
  ready = 3,  // from it: done
  refused,    // from it: the sentence why not
  run,        // to the child: one run of one job
  cancel,     // to the child, at any time: why what it does should end
  log,        // from it: a line of the plugin
  result      // from it: what came of the run
};

struct Message {
  Kind kind = Kind::hello;
  std::string bytes;
};

inline constexpr std::size_t largest_frame = 1u << 20;

std::string frames_of(Kind kind, std::string_view bytes);

class Messages {
 public:
  // `largest`: no message may have more bytes.
  explicit Messages(std::size_t largest) : largest_(largest) {}

  void feed(std::string_view bytes) { read_ += bytes; }

  // The next that is complete; nothing: more has to come. bad_input: what came is no message, and
  // nothing behind it can be understood.
  Result<std::optional<Message>> next();

 private:
  std::size_t largest_;
  std::string read_;
  Message begun_;
  bool within_ = false;  // begun_ has frames to come
};

}  // namespace ktel::isolation
