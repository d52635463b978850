// Encodes cells; interns their text in chunks that grow with the table.
#include "cluster/table_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <functional>
#include <utility>

#include "cluster/varint.hpp"

namespace ktel::cluster {
namespace {

constexpr std::size_t first_slots = 64;
constexpr std::size_t first_chunk = 1024;
constexpr std::size_t largest_chunk = 64 * 1024;

}  // namespace

bool TableBudget::take(std::size_t bytes) noexcept {
  std::size_t left = left_;
  while (left >= bytes) {
    if (left_.compare_exchange_weak(left, left - bytes)) return true;
  }
  return false;
}

TableWriter::TableWriter(std::vector<json::Path> paths, std::vector<std::uint32_t> columns,
                         std::shared_ptr<TableBudget> budget)
    : paths_(std::move(paths)),
      columns_(std::move(columns)),
      too_large_(columns_.size()),
      budget_(std::move(budget)),
      table_(std::make_shared<Table>()) {
  assert(paths_.size() == columns_.size());
  table_->columns_ = static_cast<std::uint32_t>(columns_.size());
}

TableWriter::~TableWriter() {
  if (table_) budget_->give_back(charged_);
}

Result<void> TableWriter::row(std::string_view version, std::span<const json::Cell> cells) {
  bool whole = true;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (cells[columns_[i]].type != json::Cell::Type::too_large) continue;
    too_large_[i] = true;
    whole = false;
  }
  if (!whole) {
    ++left_out_;
    return {};
  }
  row_.clear();
  row_items_ = 0;
  text(version);
  for (const std::uint32_t column : columns_) cell(cells[column]);
  take_row();
  ++table_->rows_;
  table_->list_items_ = std::max(table_->list_items_, row_items_);
  return charge();
}

// One string that grew would be copied each time, and be there twice meanwhile.
void TableWriter::take_row() {
  std::vector<std::string>& all = table_->cells_;
  if (all.empty() || all.back().capacity() - all.back().size() < row_.size()) {
    const std::size_t wanted = all.empty() ? first_chunk : 2 * all.back().capacity();
    all.emplace_back().reserve(std::max(std::min(wanted, largest_chunk), row_.size()));
    table_->cell_bytes_ += all.back().capacity();
  }
  all.back() += row_;
}

std::string TableWriter::too_large() const {
  std::string text;
  for (std::size_t i = 0; i < too_large_.size(); ++i) {
    if (too_large_[i]) text += (text.empty() ? "" : ", ") + paths_[i].text;
  }
  return text;
}

void TableWriter::cell(const json::Cell& cell) {
  std::string& out = row_;
  const auto type = [&out](int value) { out += static_cast<char>(value); };
  switch (cell.type) {
    case json::Cell::Type::absent:
    case json::Cell::Type::too_large:
      type(KTEL_V_ABSENT);
      break;
    case json::Cell::Type::boolean:
      type(KTEL_V_BOOL);
      out += static_cast<char>(cell.integer);
      break;
    case json::Cell::Type::integer:
      type(KTEL_V_I64);
      put_varint(out, zigzag(cell.integer));
      break;
    case json::Cell::Type::real: {
      type(KTEL_V_F64);
      char bytes[sizeof cell.real];
      std::memcpy(bytes, &cell.real, sizeof bytes);
      out.append(bytes, sizeof bytes);
      break;
    }
    case json::Cell::Type::text:
      type(KTEL_V_STRING);
      text(cell.text);
      break;
    case json::Cell::Type::number:
      type(KTEL_V_JSON);
      text(cell.text);
      break;
    case json::Cell::Type::list:
      type(KTEL_V_LIST);
      put_varint(out, cell.items.size());
      row_items_ += cell.items.size();
      for (const json::Cell& item : cell.items) this->cell(item);
      break;
  }
}

// Writes the position of `text`, which gets one if it is new.
void TableWriter::text(std::string_view text) {
  if (4 * (texts_ + 1) > 3 * index_.size()) grow_index();
  std::uint32_t& slot = slot_of(text);
  if (slot == 0) {
    slot = store(text) + 1;
    ++texts_;
  }
  put_varint(row_, slot - 1);
}

std::uint32_t TableWriter::store(std::string_view text) {
  std::string length;
  put_varint(length, text.size());
  const std::size_t size = length.size() + text.size();
  if (table_->chunks_.empty() || chunk_size_ - chunk_used_ < size) {
    const std::size_t wanted = chunk_size_ == 0 ? first_chunk : 2 * chunk_size_;
    chunk_size_ = std::max(std::min(wanted, largest_chunk), size);
    chunk_used_ = 0;
    table_->chunks_.push_back(std::make_unique<char[]>(chunk_size_));
    table_->chunk_bytes_ += chunk_size_;
  }
  const std::size_t position = ((table_->chunks_.size() - 1) << Table::place_bits) + chunk_used_;
  char* const place = table_->chunks_.back().get() + chunk_used_;
  std::copy(text.begin(), text.end(), std::copy(length.begin(), length.end(), place));
  chunk_used_ += size;
  return static_cast<std::uint32_t>(position);  // a table within its budget has fewer chunks
}

// Where the position of `text` stands, or belongs.
std::uint32_t& TableWriter::slot_of(std::string_view text) noexcept {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = std::hash<std::string_view>()(text) & mask;
  while (index_[at] != 0 && table_->text(index_[at] - 1) != text) at = (at + 1) & mask;
  return index_[at];
}

void TableWriter::grow_index() {
  const auto before =
      std::exchange(index_, std::vector<std::uint32_t>(std::max(first_slots, 2 * index_.size())));
  for (const std::uint32_t slot : before) {
    if (slot != 0) slot_of(table_->text(slot - 1)) = slot;
  }
}

Result<void> TableWriter::charge() {
  const std::size_t now = table_->memory() + index_.capacity() * sizeof(std::uint32_t);
  if (now <= charged_) return {};
  if (!budget_->take(now - charged_)) {
    return Error{Errc::no_result, fmt::format("the tables of this run are larger than {} MiB: "
                                              "select fewer jobs or fewer namespaces",
                                              budget_->total() >> 20)};
  }
  charged_ = now;
  return {};
}

std::shared_ptr<const Table> TableWriter::finish() {
  const std::size_t now = table_->memory();
  if (now < charged_) budget_->give_back(charged_ - now);
  charged_ = 0;
  index_ = {};
  return std::move(table_);
}

}  // namespace ktel::cluster
