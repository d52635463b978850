// Numbers and texts one behind the other, for what travels between ktel and ktel-child.
//
// `BytesOut` cannot fail. `BytesIn` reads what a stranger may have written: what is not there reads
// as 0 or "", and `good()` is false from then on; nothing is read past the end, and no length is
// believed before it is checked. Pure values; views point into what was given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ktel::isolation {

class BytesOut {
 public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void number(std::uint64_t value);  // 7 bits a byte, the lowest first
  void whole(std::int64_t value);    // zigzag
  void real(double value);           // 8 bytes
  void text(std::string_view text);  // its length and its bytes
  std::size_t size() const noexcept { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class BytesIn {
 public:
  explicit BytesIn(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte();
  std::uint64_t number();
  std::uint32_t number32();  // not good: it is larger
  std::int64_t whole();
  double real();
  std::string_view text();

  // A count of things that take a byte each at least: not good if there cannot be so many.
  std::size_t count();

  bool good() const noexcept { return good_; }
  bool at_end() const noexcept { return rest_.empty(); }
  void spoil() noexcept { good_ = false; }  // what was read makes no sense

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace ktel::isolation
