// Protobuf by the table of messages, which the API's own samples check.
#include "support/protobuf_writer.hpp"

#include <boost/json.hpp>

#include <iomanip>
#include <sstream>

namespace ktel::test {
namespace {

namespace bj = boost::json;
using protobuf::Field;

// Of "2026-11-26T16:00:00Z", with or without a fraction.
std::string timestamp(const std::string& text) {
  std::tm parts{};
  std::istringstream(text) >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%S");
  std::uint64_t nanos = 0;
  if (text.size() > 20)
    nanos = std::stoull((text.substr(20, text.size() - 21) + "000000000").substr(0, 9));
  return pb_number(1, static_cast<std::uint64_t>(timegm(&parts))) + pb_number(2, nanos);
}

std::string one(const Field& field, const bj::value& value) {
  switch (field.type) {
    case Field::Type::text:
      return pb_bytes(field.number, value.is_string() ? std::string_view(value.get_string()) : "");
    case Field::Type::integer:
      return pb_number(field.number,
                       value.is_int64() ? static_cast<std::uint64_t>(value.get_int64()) : 0);
    case Field::Type::boolean:
      return pb_number(field.number, value.is_bool() && value.get_bool() ? 1 : 0);
    case Field::Type::time:
    case Field::Type::micro_time:
      return pb_bytes(field.number,
                      value.is_string() ? timestamp(std::string(value.get_string())) : "");
    case Field::Type::message:
      return pb_bytes(field.number, pb_object(*field.message, value.as_object()));
    case Field::Type::texts:
    case Field::Type::quantities: {
      std::string entries;
      for (const auto& [key, item] : value.as_object()) {
        const std::string text(item.as_string());
        const bool quantity = field.type == Field::Type::quantities;
        entries += pb_bytes(field.number,
                            pb_bytes(1, key) + pb_bytes(2, quantity ? pb_bytes(1, text) : text));
      }
      return entries;
    }
  }
  return {};
}

}  // namespace

std::string pb_varint(std::uint64_t value) {
  std::string bytes;
  for (; value > 0x7f; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7f));
  return bytes + static_cast<char>(value);
}

std::string pb_number(std::uint32_t field, std::uint64_t value) {
  return pb_varint(std::uint64_t{field} << 3) + pb_varint(value);
}

std::string pb_bytes(std::uint32_t field, std::string_view bytes) {
  return pb_varint(std::uint64_t{field} << 3 | 2) + pb_varint(bytes.size()) + std::string(bytes);
}

std::string pb_object(const protobuf::Message& message, const bj::object& object) {
  std::string bytes;
  for (const Field& field : message.fields) {
    const bj::value* value = object.if_contains(field.name);
    if (value == nullptr || value->is_null()) {
      if (field.left_out_empty && !field.repeated) bytes += one(field, {});
      continue;
    }
    if (!field.repeated) {
      bytes += one(field, *value);
      continue;
    }
    for (const bj::value& item : value->as_array()) bytes += one(field, item);
  }
  return bytes;
}

std::string pb_answer(std::string_view api_version, std::string_view kind, std::string_view raw) {
  return std::string("k8s\0", 4) + pb_bytes(1, pb_bytes(1, api_version) + pb_bytes(2, kind)) +
         pb_bytes(2, raw) + pb_bytes(3, "") + pb_bytes(4, "");
}

}  // namespace ktel::test
