// Message and Fields: see the header.
#include "wire.hpp"

#include <bit>
#include <limits>

namespace otlp {
namespace {

enum : std::uint32_t { type_varint = 0, type_fixed64 = 1, type_length = 2, type_fixed32 = 5 };

}  // namespace

void Message::put_varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
  bytes_ += static_cast<char>(value);
}

void Message::tag(std::uint32_t field, std::uint32_t type) { put_varint(field << 3 | type); }

Message& Message::text(std::uint32_t field, std::string_view value) {
  tag(field, type_length);
  put_varint(value.size());
  bytes_ += value;
  return *this;
}

Message& Message::message(std::uint32_t field, const Message& value) {
  return text(field, value.bytes_);
}

Message& Message::varint(std::uint32_t field, std::uint64_t value) {
  tag(field, type_varint);
  put_varint(value);
  return *this;
}

Message& Message::fixed64(std::uint32_t field, std::uint64_t value) {
  tag(field, type_fixed64);
  for (int i = 0; i < 8; ++i, value >>= 8) bytes_ += static_cast<char>(value & 0xff);
  return *this;
}

Message& Message::real(std::uint32_t field, double value) {
  return fixed64(field, std::bit_cast<std::uint64_t>(value));
}

std::optional<Field> Fields::stop() {
  broken_ = true;
  rest_ = {};
  return std::nullopt;
}

std::optional<std::uint64_t> Fields::varint() {
  std::uint64_t value = 0;
  for (std::uint32_t shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Fields::take(std::uint64_t size) {
  if (size > rest_.size()) return std::nullopt;
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::optional<std::uint64_t> Fields::little_endian(std::size_t size) {
  const auto bytes = take(size);
  if (!bytes) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>((*bytes)[i - 1]);
  }
  return value;
}

std::optional<Field> Fields::next() {
  if (rest_.empty()) return std::nullopt;
  const auto tag = varint();
  if (!tag || *tag >> 3 == 0 || *tag > std::numeric_limits<std::uint32_t>::max()) return stop();
  Field field{.field = static_cast<std::uint32_t>(*tag >> 3), .number = 0, .text = {}};
  std::optional<std::uint64_t> number;
  switch (*tag & 7) {
    case type_varint:
      number = varint();
      break;
    case type_fixed64:
      number = little_endian(8);
      break;
    case type_fixed32:
      number = little_endian(4);
      break;
    case type_length: {
      number = varint();
      const auto text = number ? take(*number) : std::nullopt;
      if (!text) return stop();
      field.text = *text;
      return field;
    }
    default:  // groups, which nobody has written for long
      break;
  }
  if (!number) return stop();
  field.number = *number;
  return field;
}

}  // namespace otlp
