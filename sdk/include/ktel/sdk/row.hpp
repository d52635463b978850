// `Row`: one object of a read, or the result of a needed job; cell i is path i of its declaration.
//
// Handed to a job by `Run` (run.hpp). A view: a row of each() lives for the callback, a row of
// one() or need() until the job returns.
#pragma once

#include <ktel/abi/types.h>

#include <cstdint>
#include <string_view>

#include <ktel/sdk/text.hpp>
#include <ktel/sdk/value.hpp>

namespace ktel::sdk {

class Row {
 public:
  explicit Row(const ktel_row& row) noexcept : row_(&row) {}

  // A path that was not declared is absent.
  Cell operator[](std::uint32_t path) const noexcept {
    static constexpr ktel_value absent{};
    return Cell(path < row_->count ? row_->cells[path] : absent);
  }
  bool has(std::uint32_t path) const noexcept { return (*this)[path].has(); }
  std::string_view text(std::uint32_t path) const noexcept { return (*this)[path].text(); }
  std::int64_t i64(std::uint32_t path) const noexcept { return (*this)[path].i64(); }
  double f64(std::uint32_t path) const noexcept { return (*this)[path].f64(); }
  bool boolean(std::uint32_t path) const noexcept { return (*this)[path].boolean(); }
  List list(std::uint32_t path) const noexcept { return (*this)[path].list(); }

  // The served version the object came from: "v1beta1".
  std::string_view version() const noexcept { return view(row_->version); }

 private:
  const ktel_row* row_;
};

}  // namespace ktel::sdk
