// `index_of`, `path_of`: where something stands in a table, by its name, when the job is compiled.
//
// So that no second list of names has to be kept in step:
//   constexpr auto nodes = sdk::index_of(reads, "nodes");
// A name that is not there is a compile error.
#pragma once

#include <ktel/abi/job.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include <ktel/sdk/detail/grammar.hpp>

namespace ktel::sdk {

template <std::size_t n>
consteval std::uint32_t index_of(const ktel_read (&reads)[n], std::string_view id) {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (reads[i].id == id) return i;
  }
  throw std::logic_error("no read has this id");
}
template <std::size_t n>
consteval std::uint32_t index_of(const ktel_field (&fields)[n], std::string_view name) {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (fields[i].name == name) return i;
  }
  throw std::logic_error("no field has this name");
}
template <std::size_t n>
consteval std::uint32_t index_of(const ktel_param (&params)[n], std::string_view name) {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (params[i].name == name) return i;
  }
  throw std::logic_error("no parameter has this name");
}

// The cell in which a row of `read` has this path.
consteval std::uint32_t path_of(const ktel_read& read, std::string_view path) {
  std::string_view paths = detail::text(read.paths);
  std::string_view word;
  for (std::uint32_t i = 0; detail::next_word(paths, word); ++i) {
    if (word == path) return i;
  }
  throw std::logic_error("the read does not ask for this path");
}

}  // namespace ktel::sdk
