// OTLP as JSON: names in lowerCamelCase, 64-bit integers as text.
#pragma once

#include <string>

#include "export.hpp"

namespace otlp {

std::string as_json(const Log& log);
std::string as_json(const Metrics& metrics);

}  // namespace otlp
