// Each type has a first character of its own, and a text its length.
#include "cells.hpp"

#include <fmt/format.h>

namespace ktel::fuzz {

using json::Cell;

std::string show(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::absent:
      return "-";
    case Cell::Type::boolean:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Type::integer:
      return fmt::format("i{}", cell.integer);
    case Cell::Type::real:
      return fmt::format("r{:a}", cell.real);
    case Cell::Type::text:
      return fmt::format("{}'{}'", cell.text.size(), cell.text);
    case Cell::Type::number:
      return "#" + cell.text;
    case Cell::Type::too_large:
      return "!";
    case Cell::Type::list:
      return "[" + show(cell.items) + "]";
  }
  return "?";
}

std::string show(std::span<const Cell> cells) {
  std::string text;
  for (const Cell& cell : cells) text += show(cell) + " ";
  return text;
}

bool same(const json::Envelope& a, const json::Envelope& b) {
  return a.list == b.list && a.kind == b.kind && a.api_version == b.api_version &&
         a.continue_token == b.continue_token && a.remaining == b.remaining &&
         a.resource_version == b.resource_version && a.items == b.items;
}

}  // namespace ktel::fuzz
