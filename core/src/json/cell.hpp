// `Cell`: what one path found in one document.
//
// Made by the projection (projection.hpp) for each row anew, read by whoever keeps rows. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ktel::json {

struct Cell {
  enum class Type {
    absent,  // not there, null, an object, or an array the path does not open
    boolean,
    integer,
    real,
    text,
    number,    // a number that is neither a 64-bit integer nor a double: its JSON text
    list,      // of [*] and ['prefix*']
    too_large  // beyond CellLimits; nothing of it is kept
  };
  Type type = Type::absent;
  std::int64_t integer = 0;  // boolean: 0 or 1
  double real = 0;
  std::string text;
  std::vector<Cell> items;
};

struct CellLimits {
  std::size_t text_bytes = 4096;
  std::size_t list_items = 256;  // of a cell, those of lists within lists included
};

}  // namespace ktel::json
