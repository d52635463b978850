// BytesOut and BytesIn: see the header.
#include "isolation/bytes.hpp"

#include <cstring>
#include <limits>

#include "cluster/varint.hpp"

namespace ktel::isolation {

void BytesOut::number(std::uint64_t value) { cluster::put_varint(bytes_, value); }

void BytesOut::whole(std::int64_t value) { number(cluster::zigzag(value)); }

void BytesOut::real(double value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  bytes_.append(bytes, sizeof value);
}

void BytesOut::text(std::string_view text) {
  number(text.size());
  bytes_ += text;
}

std::uint8_t BytesIn::byte() {
  if (rest_.empty()) good_ = false;
  if (!good_) return 0;
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::uint64_t BytesIn::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    const std::uint64_t bits = next & 0x7f;
    if (!good_ || (shift == 63 && bits > 1)) break;
    value |= bits << shift;
    if (next < 0x80) return value;
  }
  good_ = false;
  return 0;
}

std::uint32_t BytesIn::number32() {
  const std::uint64_t value = number();
  if (value > std::numeric_limits<std::uint32_t>::max()) good_ = false;
  return good_ ? static_cast<std::uint32_t>(value) : 0;
}

std::int64_t BytesIn::whole() { return cluster::unzigzag(number()); }

double BytesIn::real() {
  double value = 0;
  if (rest_.size() < sizeof value) good_ = false;
  if (!good_) return 0;
  std::memcpy(&value, rest_.data(), sizeof value);
  rest_.remove_prefix(sizeof value);
  return value;
}

std::string_view BytesIn::text() {
  const std::size_t size = count();
  if (!good_) return {};
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

std::size_t BytesIn::count() {
  const std::uint64_t count = number();
  if (count > rest_.size()) good_ = false;
  return good_ ? static_cast<std::size_t>(count) : 0;
}

}  // namespace ktel::isolation
