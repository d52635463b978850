// Encodes cells; interns their text in chunks that grow with the table.
#include "cluster/table_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "cluster/varint.hpp"

namespace ktel::cluster {
namespace {

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
  row_items_ = 0;
  text(version);
  for (const std::uint32_t column : columns_) cell(cells[column]);
  ++table_->rows_;
  table_->list_items_ = std::max(table_->list_items_, row_items_);
  return charge();
}

std::string TableWriter::too_large() const {
  std::string text;
  for (std::size_t i = 0; i < too_large_.size(); ++i) {
    if (too_large_[i]) text += (text.empty() ? "" : ", ") + paths_[i].text;
  }
  return text;
}

void TableWriter::cell(const json::Cell& cell) {
  std::string& out = table_->cells_;
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

// Writes the number of `text`, which gets one if it is new.
void TableWriter::text(std::string_view text) {
  const auto known = numbers_.find(text);
  if (known != numbers_.end()) {
    put_varint(table_->cells_, known->second);
    return;
  }
  if (table_->chunks_.empty() || chunk_size_ - chunk_used_ < text.size()) {
    const std::size_t wanted = chunk_size_ == 0 ? first_chunk : 2 * chunk_size_;
    chunk_size_ = std::max(std::min(wanted, largest_chunk), text.size());
    chunk_used_ = 0;
    table_->chunks_.push_back(std::make_unique<char[]>(chunk_size_));
    table_->chunk_bytes_ += chunk_size_;
  }
  char* const place = table_->chunks_.back().get() + chunk_used_;
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
  chunk_used_ += text.size();
  const auto number = static_cast<std::uint32_t>(table_->texts_.size());
  table_->texts_.emplace_back(place, text.size());
  numbers_.emplace(table_->texts_.back(), number);
  put_varint(table_->cells_, number);
}

// Of the numbers of texts, which go when the table is done: a node each, and the buckets.
std::size_t TableWriter::index_memory() const noexcept {
  constexpr std::size_t node = sizeof(decltype(numbers_)::value_type) + 2 * sizeof(void*);
  return numbers_.size() * node + numbers_.bucket_count() * sizeof(void*);
}

Result<void> TableWriter::charge() {
  const std::size_t now = table_->memory() + index_memory();
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
  table_->cells_.shrink_to_fit();
  table_->texts_.shrink_to_fit();
  const std::size_t now = table_->memory();
  if (now < charged_) budget_->give_back(charged_ - now);
  charged_ = 0;
  numbers_.clear();
  return std::move(table_);
}

}  // namespace ktel::cluster
