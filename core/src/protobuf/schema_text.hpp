// The table of messages as text, for schema.cpp alone: as generated.proto has their fields, and as
// JSON treats them.
//
//   Container                 a message; those within a message stand above it
//     1 name string, ...      its fields: number, JSON name, type
//     2 image string?         JSON leaves it out where it is empty; protobuf writes it
//     3 command string[]      repeated
//   apps/v1 deployments Deployment      a kind, by resource
//
// Types: string, int, bool, time, microtime; map (of strings), quantities (a map of them); a
// message's name.
#pragma once

#include <string_view>

namespace ktel::protobuf {

extern const std::string_view messages_text;
extern const std::string_view kinds_text;

}  // namespace ktel::protobuf
