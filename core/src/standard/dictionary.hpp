// The dictionary: every field that can leave, for the people it is collected from.
//
// The form of `ktel jobs docs`, and of docs/dictionary.md. Deterministic. Pure.
#pragma once

#include <span>
#include <string>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// Markdown: what can never leave, how to switch things off, what is read from the cluster and why,
// then each job with all its fields. `jobs` in the order in which they are to appear.
std::string dictionary_markdown(std::span<const plugin::Job> jobs);

}  // namespace ktel::standard
