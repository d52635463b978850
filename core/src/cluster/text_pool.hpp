// `TextPool`: the texts of all tables of a run, each once.
//
// Most of what tables hold are names, and the same stand in several: a pod's in its own list and in
// the slice that points at it. Writers (table_writer.hpp) put texts in; a table keeps the pool
// alive and finds its texts without it. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::cluster {

// Bytes that the tables of one run may still take. Thread-safe.
class TableBudget {
 public:
  static constexpr std::size_t default_bytes = 256u << 20;
  explicit TableBudget(std::size_t bytes = default_bytes) : total_(bytes), left_(bytes) {}

  // Fails if there are not so many left.
  Result<void> take(std::size_t bytes);
  void give_back(std::size_t bytes) noexcept { left_ += bytes; }
  std::size_t left() const noexcept { return left_; }

 private:
  std::size_t total_;
  std::atomic<std::size_t> left_;
};

class TextPool {
 public:
  // Where texts lie: the memory of chunk i, which does not move.
  using Chunks = std::vector<const char*>;

  // `bytes`: what it and the tables may take.
  explicit TextPool(std::size_t bytes = TableBudget::default_bytes) : budget_(bytes) {}
  TextPool(const TextPool&) = delete;
  TextPool& operator=(const TextPool&) = delete;

  // The position of `text`, the same each time. Fails if the budget is spent.
  Result<std::uint32_t> put(std::string_view text);

  // Those of all positions so far.
  Chunks chunks() const;

  static std::string_view at(const Chunks& chunks, std::uint64_t position) noexcept;

  // Of which it takes what it holds, and tables the rest.
  TableBudget& budget() noexcept { return budget_; }

 private:
  Result<std::uint32_t> store(std::string_view text);
  std::uint32_t& slot_of(std::string_view text) noexcept;
  Result<void> grow_index();

  TableBudget budget_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> memory_;
  Chunks chunks_;  // the same
  std::size_t chunk_size_ = 0;
  std::size_t chunk_used_ = 0;
  // Of positions, plus one; 0 is free. Open addressing, a power of two: a node for each text would
  // take more than most texts do.
  std::vector<std::uint32_t> index_;
  std::size_t texts_ = 0;
};

}  // namespace ktel::cluster
