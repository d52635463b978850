// Encodes cells, in strings that grow with the table.
#include "cluster/table_writer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "cluster/varint.hpp"

namespace ktel::cluster {
namespace {

constexpr std::size_t first_chunk = 1024;
constexpr std::size_t largest_chunk = 64 * 1024;

}  // namespace

TableWriter::TableWriter(std::vector<json::Path> paths, std::vector<std::uint32_t> columns,
                         std::shared_ptr<TextPool> pool)
    : paths_(std::move(paths)),
      columns_(std::move(columns)),
      too_large_(columns_.size()),
      pool_(std::move(pool)),
      table_(std::make_shared<Table>()) {
  assert(paths_.size() == columns_.size());
  table_->columns_ = static_cast<std::uint32_t>(columns_.size());
}

TableWriter::~TableWriter() {
  if (table_) pool_->budget().give_back(charged_);
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
  Result<void> encoded = text(version);
  for (std::size_t i = 0; encoded && i < columns_.size(); ++i) encoded = cell(cells[columns_[i]]);
  return encoded ? take_row() : encoded;
}

// One string that grew would be copied each time, and be there twice meanwhile.
Result<void> TableWriter::take_row() {
  std::vector<std::string>& all = table_->cells_;
  if (all.empty() || all.back().capacity() - all.back().size() < row_.size()) {
    const std::size_t wanted = all.empty() ? first_chunk : 2 * all.back().capacity();
    const std::size_t size = std::max(std::min(wanted, largest_chunk), row_.size());
    if (Result<void> taken = pool_->budget().take(size); !taken) return taken;
    charged_ += size;
    all.emplace_back().reserve(size);
  }
  all.back() += row_;
  ++table_->rows_;
  table_->list_items_ = std::max(table_->list_items_, row_items_);
  return {};
}

std::string TableWriter::too_large() const {
  std::string text;
  for (std::size_t i = 0; i < too_large_.size(); ++i) {
    if (too_large_[i]) text += (text.empty() ? "" : ", ") + paths_[i].text;
  }
  return text;
}

Result<void> TableWriter::cell(const json::Cell& cell) {
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
      return text(cell.text);
    case json::Cell::Type::number:
      type(KTEL_V_JSON);
      return text(cell.text);
    case json::Cell::Type::list:
      type(KTEL_V_LIST);
      put_varint(out, cell.items.size());
      row_items_ += cell.items.size();
      for (const json::Cell& item : cell.items) {
        if (Result<void> encoded = this->cell(item); !encoded) return encoded;
      }
      break;
  }
  return {};
}

Result<void> TableWriter::text(std::string_view text) {
  const Result<std::uint32_t> position = pool_->put(text);
  if (!position) return position.error();
  put_varint(row_, *position);
  return {};
}

std::shared_ptr<const Table> TableWriter::finish() {
  charged_ = 0;
  table_->pool_ = pool_;
  table_->texts_ = pool_->chunks();
  return std::move(table_);
}

}  // namespace ktel::cluster
