// `Wire`: the framing of protobuf, in chunks of any size. Knows no message.
//
// Calls a handler, which says what is to become of each field:
//
//   void varint(std::uint32_t number, std::uint64_t value);
//   Next sized(std::uint32_t number, std::uint64_t size);   // size: the bytes that follow
//   void text_part(std::string_view part, bool last);       // at least one call each text
//   void leave();                                           // the message entered last is over
//
// Holds where the messages that are open end, and no byte of them. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace ktel::protobuf {

enum class Next { skip, enter, text };

template <class Handler>
class Wire {
 public:
  explicit Wire(Handler& handler) : handler_(handler) {}

  // False: it is not protobuf, fault() says why; or the handler has failed. Not to be fed again.
  bool feed(std::string_view chunk) {
    while (!chunk.empty()) {
      if (state_ == State::bytes) {
        take_bytes(chunk);
      } else {
        const auto byte = static_cast<unsigned char>(chunk.front());
        chunk.remove_prefix(1);
        ++position_;
        if (shift_ == 63 && byte > 1) return refuse("a number is longer than 64 bits");
        value_ |= static_cast<std::uint64_t>(byte & 0x7f) << shift_;
        shift_ += 7;
        if ((byte & 0x80) != 0) continue;
        shift_ = 0;
        number_ended(std::exchange(value_, 0));
      }
      if (fault_ != nullptr || handler_.failed()) return false;
    }
    return true;
  }

  // May the bytes end here?
  bool at_end() const noexcept { return state_ == State::tag && shift_ == 0 && ends_.size() == 1; }

  std::uint64_t position() const noexcept { return position_; }
  const char* fault() const noexcept { return fault_; }

 private:
  enum class State { tag, varint, size, bytes };

  void take_bytes(std::string_view& chunk) {
    const std::size_t taken = std::min<std::uint64_t>(left_, chunk.size());
    left_ -= taken;
    position_ += taken;
    if (text_) handler_.text_part(chunk.substr(0, taken), left_ == 0);
    chunk.remove_prefix(taken);
    if (left_ == 0) field_ended();
  }

  void number_ended(std::uint64_t value) {
    switch (state_) {
      case State::tag:
        return tag_ended(value);
      case State::varint:
        handler_.varint(number_, value);
        return field_ended();
      case State::size:
        return size_ended(value);
      case State::bytes:
        break;
    }
  }

  void tag_ended(std::uint64_t tag) {
    number_ = static_cast<std::uint32_t>(tag >> 3);
    if (tag >> 3 == 0 || tag >> 32 != 0) {
      refuse("a field has no number");
      return;
    }
    switch (tag & 7) {
      case 0:
        state_ = State::varint;
        return;
      case 1:
        return begin_bytes(8, false);
      case 2:
        state_ = State::size;
        return;
      case 5:
        return begin_bytes(4, false);
      default:
        refuse("a field has a type that the API does not use");
    }
  }

  void size_ended(std::uint64_t size) {
    if (!fits(size)) return;
    switch (handler_.sized(number_, size)) {
      case Next::skip:
        return begin_bytes(size, false);
      case Next::text:
        return begin_bytes(size, true);
      case Next::enter:
        ends_.push_back(position_ + size);
        field_ended();
    }
  }

  void begin_bytes(std::uint64_t size, bool text) {
    if (!fits(size)) return;
    left_ = size;
    text_ = text;
    state_ = State::bytes;
    if (size > 0) return;
    if (text) handler_.text_part({}, true);
    field_ended();
  }

  bool fits(std::uint64_t size) {
    if (position_ <= ends_.back() && size <= ends_.back() - position_) return true;
    return refuse("a field is longer than the message it is in");
  }

  // Messages end with the last field in them.
  void field_ended() {
    state_ = State::tag;
    while (ends_.size() > 1 && position_ >= ends_.back()) {
      if (position_ > ends_.back()) {
        refuse("a field is longer than the message it is in");
        return;
      }
      ends_.pop_back();
      handler_.leave();
    }
  }

  bool refuse(const char* fault) {
    fault_ = fault;
    return false;
  }

  Handler& handler_;
  State state_ = State::tag;
  std::vector<std::uint64_t> ends_{std::numeric_limits<std::uint64_t>::max()};
  std::uint64_t position_ = 0;
  std::uint64_t value_ = 0;  // of the number being read
  unsigned shift_ = 0;
  std::uint32_t number_ = 0;  // of the field being read
  std::uint64_t left_ = 0;    // of its bytes
  bool text_ = false;         // which the handler wants
  const char* fault_ = nullptr;
};

}  // namespace ktel::protobuf
