// `SnapshotFilter`: is an object of a snapshot one that a fetch asks for, as a server would judge?
//
// Made for one fetch by snapshot_source.cpp; asked with cells that are read beside those of the
// fetch. Field selectors know what the API server knows: the fields it can select each kind by, and
// that one which is not there is its zero value. Refers to the fetch; immutable.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ktel/result.hpp>

#include "cluster/read_plan.hpp"
#include "cluster/selector.hpp"
#include "cluster/snapshot_index.hpp"
#include "json/cell.hpp"

namespace ktel::cluster {

class SnapshotFilter {
 public:
  // bad_input, naming the selector or the field no server selects by.
  static Result<SnapshotFilter> make(const Fetch& fetch);

  // What is to be read of each object; the cells below are theirs.
  const std::vector<json::Path>& paths() const noexcept { return paths_; }

  // The type the object says, or the one its file implies.
  static ObjectType type(std::span<const json::Cell> own, const ObjectType& implied);

  bool wants(std::span<const json::Cell> own) const;

  // "NAMESPACE/NAME"; empty: it has no name.
  static std::string key(std::span<const json::Cell> own);

 private:
  struct Test {
    Requirement requirement;
    std::size_t cell = 0;
    std::optional<std::size_t> or_cell = {};  // where the first is empty
    bool label = false;                       // a label that is not there is not there
    std::string absent = {};                  // of a field: what stands for one that is not there
  };

  explicit SnapshotFilter(const Fetch& fetch);
  Result<void> add_labels();
  Result<void> add_fields();
  std::size_t add_path(json::Path path);

  const Fetch* fetch_;
  std::vector<json::Path> paths_;
  std::vector<Test> tests_;
};

}  // namespace ktel::cluster
