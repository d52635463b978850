// Rows and what stands around them, compared. Cells become text, so that a row is read as one line;
// no two look alike.
#pragma once

#include <span>
#include <string>

#include "json/projection.hpp"

namespace ktel::fuzz {

std::string show(const json::Cell& cell);
std::string show(std::span<const json::Cell> cells);

bool same(const json::Envelope& a, const json::Envelope& b);

}  // namespace ktel::fuzz
