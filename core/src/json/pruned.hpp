// `pruned`: the least document in which the paths find what they found.
//
// The projection's way back, for keeping what was read and nothing else: projected again with the
// same paths it gives the same cells. Keys that a ['prefix*'] matched were not kept and get new
// names with that prefix. (Not always where two prefixes lie within a third, or where a path goes
// on behind a prefix and another one names a key with it: then it is not told which value is
// which.) Used by whoever saves a snapshot. Pure.
#pragma once

#include <span>
#include <string>

#include "json/cell.hpp"
#include "json/path.hpp"

namespace ktel::json {

// A cell each path. What is too large for a cell is left out.
std::string pruned(std::span<const Path> paths, std::span<const Cell> cells);

}  // namespace ktel::json
