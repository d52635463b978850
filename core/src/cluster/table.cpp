// Unpacks rows, one at a time, into arrays that are used again for the next.
#include "cluster/table.hpp"

#include <algorithm>
#include <cstring>

#include "cluster/varint.hpp"

namespace ktel::cluster {
namespace {

template <class TextAt>
class Decoder {
 public:
  Decoder(TextAt text_at, std::size_t list_items) : text_at_(text_at), items_(list_items) {}

  void next_row() noexcept { used_ = 0; }

  ktel_str text(const char*& at) const noexcept {
    const std::string_view text = text_at_(get_varint(at));
    return {text.data(), text.size()};
  }

  ktel_value cell(const char*& at) noexcept {
    ktel_value value = {};
    value.type = static_cast<unsigned char>(*at++);
    switch (value.type) {
      case KTEL_V_BOOL:
        value.i64 = *at++;
        break;
      case KTEL_V_I64:
        value.i64 = unzigzag(get_varint(at));
        break;
      case KTEL_V_F64:
        std::memcpy(&value.f64, at, sizeof value.f64);
        at += sizeof value.f64;
        break;
      case KTEL_V_STRING:
      case KTEL_V_JSON:
        value.str = text(at);
        break;
      case KTEL_V_LIST: {
        value.count = static_cast<std::uint32_t>(get_varint(at));
        ktel_value* const items = items_.data() + used_;
        used_ += value.count;
        for (std::uint32_t i = 0; i < value.count; ++i) items[i] = cell(at);
        value.items = items;
        break;
      }
      default:
        break;
    }
    return value;
  }

 private:
  TextAt text_at_;
  std::vector<ktel_value> items_;  // never grows: lists point into it
  std::size_t used_ = 0;
};

}  // namespace

ktel_status Table::each(const std::function<ktel_status(const ktel_row&)>& fn) const {
  std::vector<ktel_value> cells(std::max<std::size_t>(columns_, 64));
  Decoder decoder([this](std::uint64_t position) { return TextPool::at(texts_, position); },
                  list_items_);
  ktel_row row = {};
  row.struct_size = sizeof row;
  row.count = columns_;
  row.cells = cells.data();
  for (const std::string& rows : cells_) {
    for (const char* at = rows.data(); at != rows.data() + rows.size();) {
      decoder.next_row();
      row.version = decoder.text(at);
      for (std::uint32_t c = 0; c < columns_; ++c) cells[c] = decoder.cell(at);
      const ktel_status status = fn(row);
      if (status == KTEL_STOP) return KTEL_OK;
      if (status < 0) return status;
    }
  }
  return KTEL_OK;
}

}  // namespace ktel::cluster
