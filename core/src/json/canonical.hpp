// Canonical JSON: members sorted bytewise, no space, shortest round-trip numbers, UTF-8 as it is.
//
// The one writer of everything that is hashed, kept or sent. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ktel/result.hpp>

namespace ktel::json {

std::string canonical(const boost::json::value& value);

// No less than the size of canonical(object), without writing it: what is small is seen to be.
std::size_t canonical_at_most(const boost::json::object& object);

// The same value indented by two, for eyes.
std::string pretty(const boost::json::value& value);

struct Limits {
  std::size_t bytes = 512 * 1024;
  std::size_t depth = 16;
};

// Strict JSON: one value; duplicate keys, bad UTF-8, numbers beyond 64 bits (integers) and anything
// over the limits are refused, naming the path ("foo.bar[2]") or the byte. bad_input.
Result<boost::json::value> parse_strict(std::string_view text, const Limits& limits = {});

}  // namespace ktel::json
