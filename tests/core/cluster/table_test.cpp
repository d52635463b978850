// Rows in, the same rows out; texts once; limits with their words.
#include "cluster/table.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>
#include <thread>

#include "cluster/table_writer.hpp"
#include "core/cluster/reads.hpp"

using namespace ktel;
using cluster::Table;
using cluster::TableWriter;
using cluster::TextPool;
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
                                    std::shared_ptr<TextPool> texts = nullptr) {
  const auto parsed = json::parse_paths(paths).value();
  std::vector<std::uint32_t> columns;
  for (std::uint32_t i = 0; i < parsed.size(); ++i) columns.push_back(i);
  if (!texts) texts = std::make_shared<TextPool>();
  return std::make_unique<TableWriter>(parsed, columns, texts);
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
    TableWriter out(paths, {2, 0}, std::make_shared<TextPool>());
    REQUIRE(out.row("", std::vector<Cell>{text("A"), text("B"), text("C")}));
    CHECK(test::rows_of(*out.finish()) == std::vector<std::string>{": C A"});
  }

  TEST_CASE("a text is kept once, however often it comes, in whatever table of the run") {
    constexpr std::size_t all = 1u << 24;
    const auto rows = [](const std::shared_ptr<TextPool>& texts, bool distinct) {
      auto out = writer("a", texts);
      for (int i = 0; i < 10'000; ++i) {
        REQUIRE(out->row("v1", std::vector<Cell>{text(std::string(100, 'a') +
                                                      (distinct ? std::to_string(i) : ""))}));
      }
      return out->finish();
    };
    const auto few = std::make_shared<TextPool>(all);
    rows(few, false);
    CHECK(all - few->budget().left() < 80'000);  // version, type and number: 3 bytes a row

    const auto many = std::make_shared<TextPool>(all);
    const auto first = rows(many, true);
    const std::size_t once = all - many->budget().left();
    CHECK(once > 1'000'000);
    const auto second = rows(many, true);
    CHECK(all - many->budget().left() - once < 200'000);
    CHECK(test::rows_of(*first) == test::rows_of(*second));
  }

  TEST_CASE(
      "tables are written and read by threads of their own, and outlive the pool's other users") {
    auto texts = std::make_shared<TextPool>();
    std::vector<std::vector<std::string>> seen(4);
    std::vector<std::thread> threads;
    for (auto& rows : seen) {
      threads.emplace_back([&rows, texts] {
        auto out = writer("a", texts);
        for (int i = 0; i < 2000; ++i) {
          if (!out->row("v1", std::vector<Cell>{text(std::to_string(i))})) return;
        }
        rows = test::rows_of(*out->finish());
      });
    }
    texts.reset();
    for (std::thread& thread : threads) thread.join();
    REQUIRE(seen[0].size() == 2000);
    CHECK(seen[0][1999] == "v1: 1999");
    for (const auto& rows : seen) CHECK(rows == seen[0]);
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
    const auto texts = std::make_shared<TextPool>(1u << 20);
    auto first = writer("a", texts);
    auto second = writer("b", texts);
    const auto row = [](TableWriter& out, int i) {
      return out.row("v1", std::vector<Cell>{text(std::to_string(i) + std::string(600, 'x'))});
    };
    Result<void> result;
    for (int i = 0; i < 1000 && result; ++i) result = row(*first, i);
    REQUIRE(result);
    for (int i = 1000; i < 2000 && result; ++i) result = row(*second, i);

    CHECK(result.error().message ==
          "the tables of this run are larger than 1 MiB: select fewer "
          "jobs or fewer namespaces");
  }

  TEST_CASE("rows alone spend the budget, too, and are given back where they are dropped") {
    const auto texts = std::make_shared<TextPool>(1u << 20);
    auto out = writer("a b c d", texts);
    const std::vector<Cell> cells(4, integer(std::numeric_limits<std::int64_t>::max()));
    Result<void> result;
    int rows = 0;
    for (; result && rows < 100'000; ++rows) result = out->row("v1", cells);
    CHECK(rows < 25'000);  // 45 bytes each
    CHECK(texts->budget().left() < 100'000);
    out.reset();
    CHECK(texts->budget().left() > 1'000'000);
  }
}
