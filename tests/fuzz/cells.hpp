// Cells as text, so that rows are compared and read as one line. Exact: no two cells look alike.
#pragma once

#include <span>
#include <string>

#include "json/cell.hpp"

namespace ktel::fuzz {

std::string show(const json::Cell& cell);
std::string show(std::span<const json::Cell> cells);

}  // namespace ktel::fuzz
