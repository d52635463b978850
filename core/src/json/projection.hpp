// `Projection`: a JSON document as it arrives, in chunks of any size, becomes rows of cells.
//
// Neither the document nor an object of it is ever held: each byte is visited once, and only what a
// path asks for is kept until the row is handed on. Fed by the sources of the cluster area.
//
// What a cell is: text, number or boolean as the document has it. null is the same as not there
// (the API's encodings do not tell them apart): ABSENT. So is an object, and an array that the path
// does not open with [*]. Of a member that stands twice the last value counts; a second list of
// items is a failure. The rows of a document that turns out broken or truncated have been
// handed on already: whoever keeps them drops them when feed() or finish() fails. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "json/cell.hpp"
#include "json/path_trie.hpp"

namespace ktel::json {

enum class Shape {
  document,  // the whole document is one row
  array,     // the document is an array: each element is a row
  list,      // a Kubernetes list or table: each element of `items` (`rows`) is a row
  either     // as `list` if there is an array `items`, else as `document`
};

// What stands around the items of a list.
struct Envelope {
  bool list = false;  // `items` or `rows` were there
  std::string kind;   // "PodList", "Table"; of a single document: its own
  std::string api_version;
  std::string continue_token;  // empty: this was the last page
  std::optional<std::int64_t> remaining;
  std::string resource_version;
  std::uint64_t items = 0;
};

// Takes a row; its cells are for the call. An Error ends the projection with that error.
using RowSink = std::function<Result<void>(std::span<const Cell> cells)>;

// Fails naming the first path whose cell is too large: for whoever matches one list with another.
Result<void> check_sizes(std::span<const Cell> cells, const PathTrie& paths);

class Projection {
 public:
  Projection(std::shared_ptr<const PathTrie> paths, Shape shape, RowSink sink,
             CellLimits limits = {});
  ~Projection();
  Projection(Projection&&) noexcept;
  Projection& operator=(Projection&&) noexcept;

  // Fails if the document is not JSON or the sink failed; after that always. Which byte is named,
  // and the reason, may differ within one word or character where that came in two chunks.
  Result<void> feed(std::string_view chunk);

  // The document is over. Fails if it is not complete.
  Result<void> finish();

  // Complete once finish() has succeeded.
  const Envelope& envelope() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::json
