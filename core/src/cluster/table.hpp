// `Table`: the rows of one read, packed: unpacked they would take many times the memory.
//
// A cell is one byte (its KTEL_V_*) and: nothing for ABSENT and NULL; a byte for BOOL; a zigzag
// varint for I64; 8 bytes for F64; a varint text number for STRING and JSON; for LIST a varint
// count and that many cells. A row is its cells in the order of the read's paths, preceded by a
// varint text number of its version. Texts lie in the run's pool (text_pool.hpp); their numbers are
// positions there.
//
// Filled by `TableWriter` on one thread; then immutable and read from any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/abi/cluster.h>
#include <ktel/result.hpp>

#include "cluster/text_pool.hpp"

namespace ktel::cluster {

class TableWriter;

class Table {
 public:
  std::uint64_t rows() const noexcept { return rows_; }
  std::uint32_t columns() const noexcept { return columns_; }

  // Calls fn once a row, unpacked as the ABI shows it; cells past columns() are ABSENT. The text of
  // cells lives as long as the table, the rest for the call. fn answers KTEL_OK, KTEL_STOP or < 0,
  // which is returned (KTEL_STOP as KTEL_OK).
  ktel_status each(const std::function<ktel_status(const ktel_row&)>& fn) const;

 private:
  friend class TableWriter;

  std::uint64_t rows_ = 0;
  std::uint32_t columns_ = 0;
  std::vector<std::string> cells_;  // the encoded rows, none of them in two strings
  std::shared_ptr<const TextPool> pool_;
  TextPool::Chunks texts_;
  std::size_t list_items_ = 0;  // the most that the lists of one row hold together
};

}  // namespace ktel::cluster
