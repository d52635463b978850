// Frames: see the header.
#include "isolation/message.hpp"

#include <fmt/format.h>

#include <utility>

namespace ktel::isolation {
namespace {

constexpr std::size_t head = 6;

void put_u32(std::string& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
}

std::uint32_t get_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

Error no_message(std::string what) { return {Errc::bad_input, std::move(what)}; }

}  // namespace

std::string frames_of(Kind kind, std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + head * (1 + bytes.size() / largest_frame));
  do {
    const std::string_view part = bytes.substr(0, largest_frame);
    bytes.remove_prefix(part.size());
    put_u32(out, static_cast<std::uint32_t>(part.size() + 2));
    out += static_cast<char>(kind);
    out += static_cast<char>(bytes.empty() ? 0 : 1);
    out += part;
  } while (!bytes.empty());
  return out;
}

Result<std::optional<Message>> Messages::next() {
  for (;;) {
    if (read_.size() < head) return std::optional<Message>();
    const std::uint32_t length = get_u32(read_);
    if (length < 2 || length > largest_frame + 2) {
      return no_message(fmt::format("a frame of {} bytes", length));
    }
    const auto kind = static_cast<std::uint8_t>(read_[4]);
    const auto more = static_cast<std::uint8_t>(read_[5]);
    if (kind < static_cast<std::uint8_t>(Kind::hello) ||
        kind > static_cast<std::uint8_t>(Kind::result) || more > 1) {
      return no_message(fmt::format("a frame of kind {}.{}", kind, more));
    }
    if (within_ && static_cast<Kind>(kind) != begun_.kind) {
      return no_message(fmt::format("a frame of kind {} within a message of another", kind));
    }
    if (begun_.bytes.size() + length - 2 > largest_) {
      return no_message(fmt::format("a message of more than {} bytes", largest_));
    }
    if (read_.size() < length + 4u) return std::optional<Message>();
    begun_.kind = static_cast<Kind>(kind);
    begun_.bytes.append(read_, head, length - 2);
    read_.erase(0, length + 4u);
    within_ = more == 1;
    if (!within_) return std::optional(std::exchange(begun_, Message{}));
  }
}

}  // namespace ktel::isolation
