// Samples as the documents that paths look into.
#include "cluster/metrics_rows.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/path.hpp"

using namespace ktel;
using cluster::Sample;
using json::Cell;

namespace {

std::string show(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Type::real:
      return fmt::format("{}f", cell.real);
    case Cell::Type::text:
      return "'" + cell.text + "'";
    case Cell::Type::list: {
      std::string text;
      for (const Cell& item : cell.items) text += (text.empty() ? "" : " ") + show(item);
      return "[" + text + "]";
    }
    case Cell::Type::too_large:
      return "too large";
    default:
      return "-";
  }
}

std::vector<std::string> rows_of(std::string_view paths, const std::vector<Sample>& samples) {
  std::vector<std::string> rows;
  const auto sink = cluster::rows_of_samples(
      std::make_shared<const json::PathTrie>(json::parse_paths(paths).value()),
      [&rows](std::span<const Cell> cells) {
        std::string row;
        for (const Cell& cell : cells) row += (row.empty() ? "" : " ") + show(cell);
        rows.push_back(row);
        return Result<void>();
      });
  for (const Sample& sample : samples) CHECK(sink(sample).has_value());
  return rows;
}

}  // namespace

TEST_SUITE("core/cluster/metrics_rows") {
  TEST_CASE("paths select from name, labels and value") {
    const std::vector<Sample> samples = {{"up", {{"name", "a"}, {"x_one", "1"}, {"x_two", "2"}}, 1},
                                         {"up", {}, 0}};

    CHECK(
        rows_of("name labels.name labels['x_*'] value labels.none name.deeper value[*]", samples) ==
        std::vector<std::string>{"'up' 'a' ['1' '2'] 1 - - -", "'up' - - 0 - - -"});
    CHECK(rows_of("labels.a", {{"up", {{"a", std::string(5000, 'x')}}, 1}}) ==
          std::vector<std::string>{"too large"});
  }

  TEST_CASE("a whole number is an integer, and what is no number is not there") {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const std::pair<double, std::string> cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-3, "-3"},
        {0.5, "0.5f"},
        {1e6, "1000000"},
        {9007199254740992.0, "9007199254740992"},
        {-std::ldexp(1, 63), "-9223372036854775808"},
        {std::ldexp(1, 63), fmt::format("{}f", std::ldexp(1, 63))},
        {1e300, "1e+300f"},
        {infinite, "-"},
        {-infinite, "-"},
        {std::nan(""), "-"},
    };
    for (const auto& [value, wanted] : cases) {
      CAPTURE(value);
      CHECK(rows_of("value", {{"up", {}, value}}) == std::vector<std::string>{wanted});
    }
  }
}
