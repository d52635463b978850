// `Reads`: how the reads of a job ended in a test, and their rows.
//
// Which are made at all follows core/src/standard/policy.cpp (masks), workflow/prepare.cpp
// (parameters) and cluster/collector.cpp (`when`).
#pragma once

#include <ktel/abi/cluster.h>
#include <ktel/abi/job.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/sdk/testing/fake_host.hpp>

#include "tree.hpp"

namespace ktel::sdk::testing {

// A row and its cells: stays where it is.
struct KeptRow {
  explicit KeptRow(std::size_t paths) {
    row.struct_size = sizeof(ktel_row);
    row.count = static_cast<std::uint32_t>(paths);
    row.cells = cells.data();
  }
  KeptRow(const KeptRow&) = delete;
  KeptRow& operator=(const KeptRow&) = delete;

  std::array<ktel_value, 64> cells{};
  ktel_row row{};
};

// The paths of a declaration.
std::vector<std::vector<Step>> compile_paths(const char* paths);

class Reads {
 public:
  // Is the parameter set that a ${name} stands for?
  using IsSet = std::function<bool(std::string_view name)>;

  Reads(const ktel_job& job, const std::set<std::uint32_t>& masked, IsSet is_set);

  void object(std::uint32_t read, const Object& object, std::string_view version, Pool& pool);
  void count(std::uint32_t read, std::uint64_t n) { reads_[read].count = n; }
  void ended(std::uint32_t read, ktel_status state) { reads_[read].ended = state; }

  // As ktel_cluster's state, count, each and one say.
  ktel_status state(std::uint32_t read) const;
  ktel_status count(std::uint32_t read, std::uint64_t* n) const;
  ktel_status each(std::uint32_t read, ktel_row_fn row, void* user) const;
  ktel_status one(std::uint32_t read, const ktel_row** row) const;

 private:
  struct Read {
    std::vector<std::vector<Step>> paths;
    std::deque<KeptRow> rows;
    std::optional<std::uint64_t> count;
    std::optional<ktel_status> ended;

    std::uint64_t found() const { return count.value_or(rows.size()); }
  };

  bool single(std::uint32_t read) const;
  bool wanted(std::uint32_t read) const;
  bool complete(std::string_view text) const;
  bool when_holds(std::uint32_t read) const;

  const ktel_job& job_;
  const std::set<std::uint32_t>& masked_;
  IsSet is_set_;
  std::vector<Read> reads_;
};

}  // namespace ktel::sdk::testing
