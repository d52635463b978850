// `TableWriter`: encodes rows into a `Table` (table.hpp has the encoding).
//
// One for each distinct set of columns of a fetch; fed by fan_out.hpp, on one thread at a time. All
// tables of a run share one `TextPool`, and with it one budget.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

#include "cluster/table.hpp"
#include "json/cell.hpp"
#include "json/path.hpp"

namespace ktel::cluster {

class TableWriter {
 public:
  // Column i of the table is cell columns[i] of each row; `paths` names them.
  TableWriter(std::vector<json::Path> paths, std::vector<std::uint32_t> columns,
              std::shared_ptr<TextPool> pool);
  ~TableWriter();
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  // A row with a cell that is too large is left out. Fails if the budget is spent; after that the
  // table is of no use.
  Result<void> row(std::string_view version, std::span<const json::Cell> cells);

  // How many rows were left out, and because of which paths: "metadata.annotations.a, spec.b".
  std::uint64_t left_out() const noexcept { return left_out_; }
  std::string too_large() const;

  // The table; the writer is empty afterwards.
  std::shared_ptr<const Table> finish();

 private:
  Result<void> cell(const json::Cell& cell);
  Result<void> text(std::string_view text);
  Result<void> take_row();

  std::vector<json::Path> paths_;
  std::vector<std::uint32_t> columns_;
  std::vector<bool> too_large_;  // by column: in a row
  std::uint64_t left_out_ = 0;
  std::shared_ptr<TextPool> pool_;
  std::shared_ptr<Table> table_;
  std::string row_;  // being encoded
  std::size_t row_items_ = 0;
  std::size_t charged_ = 0;
};

}  // namespace ktel::cluster
