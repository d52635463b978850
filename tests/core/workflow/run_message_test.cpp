// A run on its way to a child: every kind of cell, parameters less secrets, needs; and what is
// none.
#include "workflow/run_message.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "cluster/table_writer.hpp"
#include "json/canonical.hpp"

using namespace ktel;
using cluster::ReadResult;
using cluster::ReadState;
using json::Cell;
using workflow::NeedResult;
using workflow::PreparedJob;

namespace {

Cell cell(Cell::Type type, std::string text = {}, std::int64_t integer = 0, double real = 0) {
  Cell cell;
  cell.type = type;
  cell.text = std::move(text);
  cell.integer = integer;
  cell.real = real;
  return cell;
}
Cell text(std::string text) { return cell(Cell::Type::text, std::move(text)); }
Cell integer(std::int64_t n) { return cell(Cell::Type::integer, {}, n); }

// One row of each kind of cell, lists within lists included.
std::vector<Cell> every_cell() {
  const Cell yes = cell(Cell::Type::boolean, {}, 1);
  Cell list = cell(Cell::Type::list);
  Cell inner = cell(Cell::Type::list);
  inner.items = {text("deep"), integer(-7)};
  list.items = {text("a"), inner, yes};
  return {cell(Cell::Type::absent),
          yes,
          integer(-1'000'000'000'000),
          cell(Cell::Type::real, {}, 0, 1.5e-300),
          text("t\u00e9xt"),
          cell(Cell::Type::number, "18446744073709551615"),
          list,
          cell(Cell::Type::list)};
}

std::shared_ptr<const cluster::Table> table(std::uint32_t columns,
                                            const std::vector<std::vector<Cell>>& rows) {
  std::vector<std::uint32_t> numbers(columns);
  for (std::uint32_t i = 0; i < columns; ++i) numbers[i] = i;
  cluster::TableWriter writer(std::vector<json::Path>(columns), numbers,
                              std::make_shared<cluster::TextPool>());
  for (const auto& row : rows) REQUIRE(writer.row("v1", row));
  return writer.finish();
}

std::string words(const ktel_value& value) {
  std::string out = std::to_string(value.type) + "/" + std::to_string(value.i64) + "/" +
                    std::to_string(value.f64) + "/" + std::string(plugin::view(value.str));
  for (std::uint32_t i = 0; i < value.count; ++i) out += " [" + words(value.items[i]) + "]";
  return out;
}

std::vector<std::string> rows(const cluster::Table& table) {
  std::vector<std::string> all;
  table.each([&](const ktel_row& row) {
    std::string line(plugin::view(row.version));
    for (std::uint32_t i = 0; i < row.count; ++i) line += " | " + words(row.cells[i]);
    all.push_back(line);
    return ktel_status{KTEL_OK};
  });
  return all;
}

struct Sample {
  plugin::CatalogPlugin plugin;
  PreparedJob job;
  std::vector<ReadResult> reads;
  std::vector<NeedResult> needs;

  Sample() {
    plugin::Job& declared = plugin.declared.jobs.emplace_back();
    declared.params.resize(3);
    declared.params[1].secret = true;
    job.ref = {&plugin, 0};
    job.masked = {false, true};
    job.params.resize(3);
    job.params[0] = {.set = true, .type = KTEL_V_STRING, .text = "kong"};
    job.params[1] = {.set = true, .type = KTEL_V_STRING, .text = "s3cret"};
    reads.resize(5);
    reads[0].state = ReadState::ok;
    reads[0].table = table(8, {every_cell(), every_cell()});
    reads[0].count = 2;
    reads[1].state = ReadState::denied;
    reads[2].state = ReadState::ok;
    reads[2].count = 812;
    reads[3].state = ReadState::skipped;
    reads[4].state = ReadState::ok;
    reads[4].table = table(64, {});  // the last, wider than what is left
    needs.push_back({KTEL_OK, {{"n", 3}, {"s", "x"}}});
    needs.push_back({KTEL_E_FAILED, {}});
  }

  std::string bytes() const {
    return workflow::run_request(job, reads, needs, 1'764'000'000'000'000,
                                 std::chrono::steady_clock::time_point(std::chrono::seconds(7)));
  }
};

}  // namespace

TEST_SUITE("core/workflow/run_message") {
  TEST_CASE("all that a job may see arrives, and no secret leaves") {
    const Sample sample;
    const std::string bytes = sample.bytes();
    CHECK(bytes.find("s3cret") == std::string::npos);
    const auto request = workflow::read_run_request(bytes);
    REQUIRE_MESSAGE(request.has_value(), (request ? "" : request.error().message));
    CHECK(request->masked == sample.job.masked);
    CHECK(request->now_us == 1'764'000'000'000'000);
    CHECK(request->deadline.time_since_epoch() == std::chrono::seconds(7));
    REQUIRE(request->params.size() == 3);
    CHECK(request->params[0].text == "kong");
    CHECK_FALSE(request->params[1].set);
    CHECK_FALSE(request->params[2].set);
    REQUIRE(request->needs.size() == 2);
    CHECK(json::canonical(request->needs[0].part) == R"({"n":3,"s":"x"})");
    CHECK(request->needs[1].status == KTEL_E_FAILED);
    REQUIRE(request->reads.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) {
      CAPTURE(i);
      CHECK(request->reads[i].state == sample.reads[i].state);
      CHECK(request->reads[i].count == sample.reads[i].count);
      CHECK((request->reads[i].table == nullptr) == (sample.reads[i].table == nullptr));
      if (!request->reads[i].table) continue;
      CHECK(request->reads[i].table->columns() == sample.reads[i].table->columns());
      CHECK(rows(*request->reads[i].table) == rows(*sample.reads[i].table));
    }
  }

  TEST_CASE("50,000 rows arrive as they are, each text once") {
    Sample sample;
    std::vector<std::vector<Cell>> many;
    for (int i = 0; i < 50'000; ++i) {
      many.push_back({text("namespace-" + std::to_string(i % 100)), integer(i),
                      text("a text that stands in every row of the table")});
    }
    sample.reads[0].table = table(3, many);
    const std::string bytes = sample.bytes();
    CHECK(bytes.size() < 50'000 * 12);
    const auto request = workflow::read_run_request(bytes);
    REQUIRE(request.has_value());
    CHECK(rows(*request->reads[0].table) == rows(*sample.reads[0].table));
  }

  TEST_CASE("cut anywhere, or with anything behind it, it is none") {
    const std::string bytes = Sample().bytes();
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      CHECK_FALSE(workflow::read_run_request(std::string_view(bytes).substr(0, n)).has_value());
    }
    CHECK_FALSE(workflow::read_run_request(bytes + "x").has_value());
  }

  TEST_CASE("bytes of any kind end") {
    const std::string sample = Sample().bytes();
    for (unsigned seed = 0; seed < 20'000; ++seed) {
      std::mt19937 noise(seed);
      std::string bytes = sample;
      for (int i = 0; i < 4; ++i) bytes[noise() % bytes.size()] = static_cast<char>(noise());
      static_cast<void>(workflow::read_run_request(bytes).has_value());
    }
  }
}
