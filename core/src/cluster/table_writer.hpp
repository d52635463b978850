// `TableWriter`: encodes rows into a `Table` (table.hpp has the encoding).
//
// One for each distinct set of columns of a fetch; fed by fan_out.hpp, on one thread at a time. All
// tables of a run share one `TableBudget`.
#pragma once

#include <atomic>
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

// Bytes that the tables of one run may still take. Thread-safe.
class TableBudget {
 public:
  static constexpr std::size_t default_bytes = 256u << 20;
  explicit TableBudget(std::size_t bytes = default_bytes) : total_(bytes), left_(bytes) {}

  std::size_t total() const noexcept { return total_; }
  bool take(std::size_t bytes) noexcept;
  void give_back(std::size_t bytes) noexcept { left_ += bytes; }

 private:
  std::size_t total_;
  std::atomic<std::size_t> left_;
};

class TableWriter {
 public:
  // Column i of the table is cell columns[i] of each row; `paths` names them.
  TableWriter(std::vector<json::Path> paths, std::vector<std::uint32_t> columns,
              std::shared_ptr<TableBudget> budget);
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
  void cell(const json::Cell& cell);
  void take_row();
  void text(std::string_view text);
  std::uint32_t store(std::string_view text);
  std::uint32_t& slot_of(std::string_view text) noexcept;
  void grow_index();
  Result<void> charge();

  std::vector<json::Path> paths_;
  std::vector<std::uint32_t> columns_;
  std::vector<bool> too_large_;  // by column: in a row
  std::uint64_t left_out_ = 0;
  std::shared_ptr<TableBudget> budget_;
  std::shared_ptr<Table> table_;
  // Of the positions of texts, plus one; 0 is free. Open addressing, a power of two: a node for
  // each text would take more than most texts do.
  std::vector<std::uint32_t> index_;
  std::size_t texts_ = 0;
  std::size_t chunk_size_ = 0;
  std::size_t chunk_used_ = 0;
  std::string row_;  // being encoded
  std::size_t row_items_ = 0;
  std::size_t charged_ = 0;
};

}  // namespace ktel::cluster
