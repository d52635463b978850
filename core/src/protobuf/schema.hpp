// `Message`: which fields the API's protobuf messages have, and how JSON writes them.
//
// A table of our own (schema_text.hpp) of what telemetry reads; checked against the API's own
// samples, field by field. Asked by the read plan, whether protobuf will do, and by the reader.
// Immutable, alive as long as the process, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ktel::protobuf {

struct Message;

struct Field {
  enum class Type {
    text,
    integer,
    boolean,
    time,        // JSON: "2026-11-26T16:00:00Z"
    micro_time,  // JSON: the same with six digits of a second
    texts,       // a map of texts
    quantities,  // a map of quantities; JSON: their text
    message
  };
  std::uint32_t number = 0;
  std::string_view name;  // in JSON
  Type type = Type::text;
  bool repeated = false;
  bool left_out_empty = false;       // by JSON; protobuf writes it all the same
  const Message* message = nullptr;  // of type message
};

struct Message {
  std::string_view name;
  std::vector<Field> fields;

  const Field* find(std::string_view name) const noexcept;
};

// Of the objects of a built-in kind; null: it is not in the table.
const Message* message_of(std::string_view group, std::string_view version,
                          std::string_view resource);

// What an object's metadata alone comes as, whatever its kind.
const Message& partial_object_metadata();

// What errors come as.
const Message& status();

}  // namespace ktel::protobuf
