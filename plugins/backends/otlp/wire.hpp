// Protobuf's wire format, as much of it as OTLP's few messages need: `Message` writes, `Fields`
// reads. No schema is known here; protobuf.cpp and answer.cpp have the field numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otlp {

// The bytes of one message. A field is written even where it has its default value: in a oneof that
// is what says which member is set.
class Message {
 public:
  Message& text(std::uint32_t field, std::string_view value);  // string, bytes
  Message& message(std::uint32_t field, const Message& value);
  Message& varint(std::uint32_t field, std::uint64_t value);   // int32, int64, uint32, enum
  Message& fixed64(std::uint32_t field, std::uint64_t value);  // sfixed64, too
  Message& real(std::uint32_t field, double value);

  const std::string& bytes() const noexcept { return bytes_; }

 private:
  void tag(std::uint32_t field, std::uint32_t type);
  void put_varint(std::uint64_t value);

  std::string bytes_;
};

// A field as it lies in a message: `number` of a varint or a fixed one, `text` of one with a
// length.
struct Field {
  std::uint32_t field = 0;
  std::uint64_t number = 0;
  std::string_view text;
};

// Walks a stranger's bytes. Views of them, for as long as they live.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  // The next one; nullopt at the end, and where the bytes are no message: broken() tells which.
  std::optional<Field> next();
  bool broken() const noexcept { return broken_; }

 private:
  std::optional<std::uint64_t> varint();
  std::optional<std::string_view> take(std::uint64_t size);
  std::optional<std::uint64_t> little_endian(std::size_t size);
  std::optional<Field> stop();

  std::string_view rest_;
  bool broken_ = false;
};

}  // namespace otlp
