// `Cell` and `List`: what a job is handed. `Value`: what a job puts.
//
// Thin clothes over ktel_value, made and used by `Row` (row.hpp) and `Run` (run.hpp). Cell and List
// are views: those of a read's row live for the row callback, their text until the job returns. A
// wrong guess at a type reads 0 or "", it never fails; has() tells what is there.
#pragma once

#include <ktel/abi/types.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <ktel/sdk/text.hpp>

namespace ktel::sdk {

class List;

class Cell {
 public:
  explicit Cell(const ktel_value& value) noexcept : value_(&value) {}

  std::uint32_t type() const noexcept { return value_->type; }  // KTEL_V_*
  // Is anything there? False for what the object does not have.
  bool has() const noexcept { return value_->type != KTEL_V_ABSENT && value_->type != KTEL_V_NULL; }
  std::string_view text() const noexcept { return view(value_->str); }
  std::int64_t i64() const noexcept { return value_->i64; }
  double f64() const noexcept {
    return value_->type == KTEL_V_I64 ? static_cast<double>(value_->i64) : value_->f64;
  }
  bool boolean() const noexcept { return value_->type == KTEL_V_BOOL && value_->i64 != 0; }
  List list() const noexcept;

 private:
  const ktel_value* value_;
};

// The items of a LIST cell; empty for every other cell. Two paths over one array line up: item i of
// both belongs to element i, and is absent where the element does not have it.
class List {
 public:
  class Iterator {
   public:
    explicit Iterator(const ktel_value* at) noexcept : at_(at) {}
    Cell operator*() const noexcept { return Cell(*at_); }
    Iterator& operator++() noexcept { return ++at_, *this; }
    bool operator==(const Iterator&) const = default;

   private:
    const ktel_value* at_;
  };

  List() = default;
  List(const ktel_value* items, std::size_t size) noexcept : items_(items), size_(size) {}

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  Iterator begin() const noexcept { return Iterator(items_); }
  Iterator end() const noexcept { return Iterator(items_ + size_); }

  // Past the end: an absent cell.
  Cell operator[](std::size_t i) const noexcept {
    static constexpr ktel_value absent{};
    return Cell(i < size_ ? items_[i] : absent);
  }

 private:
  const ktel_value* items_ = nullptr;
  std::size_t size_ = 0;
};

inline List Cell::list() const noexcept {
  return value_->type == KTEL_V_LIST ? List(value_->items, value_->count) : List();
}

// A value on its way out: from a bool, any integer, a floating-point number or text. The text is
// not copied here; the host does that before put() returns.
class Value {
 public:
  Value(std::same_as<bool> auto b) noexcept : value_{} {
    value_.type = KTEL_V_BOOL;
    value_.i64 = b ? 1 : 0;
  }
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T n) : value_{} {
    if (!std::in_range<std::int64_t>(n)) throw std::out_of_range("a number beyond 64 bits was put");
    value_.type = KTEL_V_I64;
    value_.i64 = static_cast<std::int64_t>(n);
  }
  Value(std::floating_point auto x) noexcept : value_{} {
    value_.type = KTEL_V_F64;
    value_.f64 = static_cast<double>(x);
  }
  template <class T>
  requires std::convertible_to<const T&, std::string_view> Value(const T& text)
  noexcept : value_{} {
    value_.type = KTEL_V_STRING;
    value_.str = str(static_cast<std::string_view>(text));
  }

  const ktel_value& abi() const noexcept { return value_; }

 private:
  ktel_value value_;
};

}  // namespace ktel::sdk
