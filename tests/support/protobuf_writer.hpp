// Protobuf for tests: fields one by one, and objects of the API as its server encodes them.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "protobuf/schema.hpp"

namespace ktel::test {

std::string pb_varint(std::uint64_t value);
std::string pb_number(std::uint32_t field, std::uint64_t value);
std::string pb_bytes(std::uint32_t field, std::string_view bytes);

// What the table knows of an object; a scalar JSON leaves out is written empty, as Go does.
std::string pb_object(const protobuf::Message& message, const boost::json::object& object);

// "k8s\0" and the rest of what stands around an object or a list.
std::string pb_answer(std::string_view api_version, std::string_view kind, std::string_view raw);

}  // namespace ktel::test
