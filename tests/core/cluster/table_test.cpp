// Rows in, the same rows out; texts once; limits with their words.
#include "cluster/table.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "cluster/table_writer.hpp"
#include "core/cluster/reads.hpp"

using namespace ktel;
using cluster::Table;
using cluster::TableBudget;
using cluster::TableWriter;
using json::Cell;

namespace {

Cell text(std::string value) {
  Cell cell;
  cell.type = Cell::Type::text;
  cell.text = std::move(value);
  return cell;
}

Cell integer(std::int64_t value) {
  Cell cell;
  cell.type = Cell::Type::integer;
  cell.integer = value;
  return cell;
}

Cell of(Cell::Type type) {
  Cell cell;
  cell.type = type;
  return cell;
}

Cell list(std::vector<Cell> items) {
  Cell cell = of(Cell::Type::list);
  cell.items = std::move(items);
  return cell;
}

std::unique_ptr<TableWriter> writer(std::string_view paths,
                                    std::shared_ptr<TableBudget> budget = nullptr) {
  const auto parsed = json::parse_paths(paths).value();
  std::vector<std::uint32_t> columns;
  for (std::uint32_t i = 0; i < parsed.size(); ++i) columns.push_back(i);
  if (!budget) budget = std::make_shared<TableBudget>();
  return std::make_unique<TableWriter>(parsed, columns, budget);
}

}  // namespace

TEST_SUITE("core/cluster/table") {
  TEST_CASE("a row comes out as it went in") {
    auto out = writer("a b c d e f g h");
    Cell real = of(Cell::Type::real);
    real.real = 0.1;
    Cell yes = of(Cell::Type::boolean);
    yes.integer = 1;
    Cell big = of(Cell::Type::number);
    big.text = "18446744073709551615";
    const std::vector<Cell> cells = {
        of(Cell::Type::absent),
        yes,
        integer(std::numeric_limits<std::int64_t>::min()),
        real,
        text("x y"),
        big,
        list({text("x y"), of(Cell::Type::absent), list({integer(-1)})}),
        list({})};

    REQUIRE(out->row("v1beta1", cells));
    REQUIRE(out->row("v1", cells));
    const auto table = out->finish();

    const std::string row =
        " - true -9223372036854775808 0.1f x y #18446744073709551615 "
        "[x y - [-1]] []";
    CHECK(test::rows_of(*table) == std::vector<std::string>{"v1beta1:" + row, "v1:" + row});
    CHECK(table->rows() == 2);
    CHECK(table->columns() == 8);
  }

  TEST_CASE("a callback sees 64 cells, may stop, and its failure is passed on") {
    auto out = writer("a");
    for (int i = 0; i < 3; ++i) REQUIRE(out->row("v1", std::vector<Cell>{integer(i)}));
    const auto table = out->finish();

    int seen = 0;
    CHECK(table->each([&](const ktel_row& row) -> ktel_status {
      CHECK(row.struct_size == sizeof(ktel_row));
      CHECK(row.count == 1);
      CHECK(row.cells[63].type == KTEL_V_ABSENT);
      return ++seen == 2 ? KTEL_STOP : KTEL_OK;
    }) == KTEL_OK);
    CHECK(seen == 2);
    CHECK(table->each([](const ktel_row&) { return ktel_status{KTEL_E_CANCELLED}; }) ==
          KTEL_E_CANCELLED);
  }

  TEST_CASE("columns are picked from wider rows") {
    const auto paths = json::parse_paths("c a").value();
    TableWriter out(paths, {2, 0}, std::make_shared<TableBudget>());
    REQUIRE(out.row("", std::vector<Cell>{text("A"), text("B"), text("C")}));
    CHECK(test::rows_of(*out.finish()) == std::vector<std::string>{": C A"});
  }

  TEST_CASE("a text is kept once, however often it comes") {
    const auto with = [](int rows, bool distinct) {
      auto out = writer("a");
      for (int i = 0; i < rows; ++i) {
        REQUIRE(out->row("v1", std::vector<Cell>{text(std::string(100, 'a') +
                                                      (distinct ? std::to_string(i) : ""))}));
      }
      return out->finish()->memory();
    };
    CHECK(with(10'000, false) < 40'000);  // version, type and number: 3 bytes a row
    CHECK(with(10'000, true) > 1'000'000);
  }

  TEST_CASE("a row with a cell that is too large is left out") {
    auto out = writer("a b.c");
    const Cell large = of(Cell::Type::too_large);
    REQUIRE(out->row("v1", std::vector<Cell>{text("x"), text("y")}));
    CHECK(out->left_out() == 0);
    CHECK(out->too_large() == "");
    REQUIRE(out->row("v1", std::vector<Cell>{text("x"), large}));
    CHECK(out->too_large() == "b.c");
    REQUIRE(out->row("v1", std::vector<Cell>{large, large}));
    CHECK(out->left_out() == 2);
    CHECK(out->too_large() == "a, b.c");
    CHECK(test::rows_of(*out->finish()) == std::vector<std::string>{"v1: x y"});
  }

  TEST_CASE("the tables of a run share one budget") {
    const auto budget = std::make_shared<TableBudget>(1u << 20);
    auto first = writer("a", budget);
    auto second = writer("a", budget);
    Result<void> result;
    for (int i = 0; i < 1000 && result; ++i) {
      result = first->row("v1", std::vector<Cell>{text(std::to_string(i) + std::string(600, 'x'))});
    }
    REQUIRE(result);
    for (int i = 0; i < 1000 && result; ++i) {
      result =
          second->row("v1", std::vector<Cell>{text(std::to_string(i) + std::string(600, 'x'))});
    }

    CHECK(result.error().message ==
          "the tables of this run are larger than 1 MiB: select fewer "
          "jobs or fewer namespaces");
    second.reset();  // what was dropped is free again
    CHECK(budget->take(200'000));
  }

  TEST_CASE("what finds texts again counts while a table is written, not afterwards") {
    const auto budget = std::make_shared<TableBudget>(1u << 20);
    auto out = writer("a", budget);
    Result<void> result;
    int rows = 0;
    for (; result && rows < 100'000; ++rows) {
      result = out->row("v1", std::vector<Cell>{text(std::to_string(rows))});
    }
    // 5 bytes of text, 1 of its length, 5 of the row, and 5 to 11 to find it again, each.
    CHECK(rows < 50'000);

    out.reset();
    auto few = writer("a", budget);
    for (int i = 0; i < 5000; ++i)
      REQUIRE(few->row("v1", std::vector<Cell>{text(std::to_string(i))}));
    const auto table = few->finish();
    CHECK(budget->take((1u << 20) - table->memory()));
  }
}
