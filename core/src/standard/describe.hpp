// A job's declaration as people read it: the form of `ktel jobs describe` and of the golden files.
//
// Deterministic: the same declaration gives the same bytes, so a change of what is collected is a
// diff. Pure.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// Everything declared, members in the order in which they are written; `access` is derived.
boost::json::value describe_json(const plugin::Job& job);

// A field's example as the value it stands for.
boost::json::value example_json(const plugin::Field& field);

// The same tree as YAML.
std::string describe_yaml(const plugin::Job& job);

}  // namespace ktel::standard
