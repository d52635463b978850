// Whether the example in a field's declaration is one that could leave. Pure.
#pragma once

#include <optional>
#include <string>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// Why it is no example, in words that end a sentence. Nothing: put as it stands, it leaves as it
// stands.
std::optional<std::string> wrong_example(const plugin::Field& field);

}  // namespace ktel::standard
