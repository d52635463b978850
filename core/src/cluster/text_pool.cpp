// Texts in chunks that grow with their number, and an index of their positions.
#include "cluster/text_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "cluster/varint.hpp"

namespace ktel::cluster {
namespace {

constexpr unsigned place_bits = 16;  // only a text of its own makes a chunk larger
constexpr std::size_t first_slots = 64;
constexpr std::size_t first_chunk = 1024;
constexpr std::size_t largest_chunk = std::size_t{1} << place_bits;

}  // namespace

Result<void> TableBudget::take(std::size_t bytes) {
  std::size_t left = left_;
  while (left >= bytes) {
    if (left_.compare_exchange_weak(left, left - bytes)) return {};
  }
  return Error{Errc::no_result, fmt::format("the tables of this run are larger than {} MiB: "
                                            "select fewer jobs or fewer namespaces",
                                            total_ >> 20)};
}

Result<std::uint32_t> TextPool::put(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (4 * (texts_ + 1) > 3 * index_.size()) {
    if (Result<void> grown = grow_index(); !grown) return grown.error();
  }
  std::uint32_t& slot = slot_of(text);
  if (slot == 0) {
    Result<std::uint32_t> position = store(text);
    if (!position) return position;
    slot = *position + 1;
    ++texts_;
  }
  return slot - 1;
}

TextPool::Chunks TextPool::chunks() const {
  const std::lock_guard lock(mutex_);
  return chunks_;
}

std::string_view TextPool::at(const Chunks& chunks, std::uint64_t position) noexcept {
  const char* at = chunks[position >> place_bits] + (position & (largest_chunk - 1));
  const auto size = static_cast<std::size_t>(get_varint(at));
  return {at, size};
}

Result<std::uint32_t> TextPool::store(std::string_view text) {
  std::string length;
  put_varint(length, text.size());
  const std::size_t size = length.size() + text.size();
  if (chunks_.empty() || chunk_size_ - chunk_used_ < size) {
    const std::size_t wanted = chunk_size_ == 0 ? first_chunk : 2 * chunk_size_;
    const std::size_t next = std::max(std::min(wanted, largest_chunk), size);
    if (Result<void> taken = budget_.take(next); !taken) return taken.error();
    chunk_size_ = next;
    chunk_used_ = 0;
    memory_.push_back(std::make_unique<char[]>(chunk_size_));
    chunks_.push_back(memory_.back().get());
  }
  const std::size_t position = ((chunks_.size() - 1) << place_bits) + chunk_used_;
  char* const place = memory_.back().get() + chunk_used_;
  std::copy(text.begin(), text.end(), std::copy(length.begin(), length.end(), place));
  chunk_used_ += size;
  return static_cast<std::uint32_t>(position);  // a pool within its budget has fewer chunks
}

// Where the position of `text` stands, or belongs.
std::uint32_t& TextPool::slot_of(std::string_view text) noexcept {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = std::hash<std::string_view>()(text) & mask;
  while (index_[at] != 0 && TextPool::at(chunks_, index_[at] - 1) != text) at = (at + 1) & mask;
  return index_[at];
}

Result<void> TextPool::grow_index() {
  const std::size_t slots = std::max(first_slots, 2 * index_.size());
  const std::size_t more = (slots - index_.size()) * sizeof(std::uint32_t);
  if (Result<void> taken = budget_.take(more); !taken) return taken;
  const auto before = std::exchange(index_, std::vector<std::uint32_t>(slots));
  for (const std::uint32_t slot : before) {
    if (slot != 0) slot_of(at(chunks_, slot - 1)) = slot;
  }
  return {};
}

}  // namespace ktel::cluster
