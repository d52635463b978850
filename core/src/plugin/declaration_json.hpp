// Declarations as canonical JSON: what the scan child sends, what the cache keeps, what the digest
// is taken of. Pure.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include <ktel/result.hpp>

#include "plugin/declaration.hpp"

namespace ktel::plugin {

boost::json::value declaration_json(const Plugin& plugin);

// bad_input: it is not what declaration_json() makes, naming the member.
Result<Plugin> plugin_from_json(const boost::json::value& value);

// SHA-256 of the canonical bytes: two declarations are the same if their digests are.
std::string declaration_digest(const Plugin& plugin);

}  // namespace ktel::plugin
