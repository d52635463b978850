// `Source`: where a run's objects come from. Two of them: api_source.hpp, snapshot_source.hpp.
//
// `collect` (collector.hpp) asks: discover() if a read needs it, and fetch() for each fetch of the
// read plan. Neither waits for a network or a disk: callbacks come on a thread of the source's, or,
// where there is nothing to wait for, before the function returns; those of one fetch never two at
// a time. Thread-safe; one source may serve several runs at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "cluster/collector.hpp"
#include "cluster/discovery.hpp"
#include "cluster/read_plan.hpp"
#include "cluster/read_result.hpp"
#include "json/cell.hpp"

namespace ktel::cluster {

// Takes the rows of one fetch; a cell each path of the fetch.
class RowReceiver {
 public:
  virtual ~RowReceiver() = default;

  // An Error ends the fetch.
  virtual Result<void> row(std::string_view version, std::span<const json::Cell> cells) = 0;

  // The rows so far count for nothing, they come again.
  virtual void restart() = 0;
};

struct FetchRequest {
  std::shared_ptr<const Fetch> fetch;
  bool exact_counts = false;
  std::shared_ptr<RowReceiver> rows;  // unused by a fetch that only counts
  // Called at most once, where the first page of a list says how many objects there are in all.
  std::function<void(std::uint64_t)> counted = {};
};

struct FetchEnd {
  ReadState state = ReadState::failed;
  Errc cause = Errc::no_result;    // of failed and denied
  std::uint64_t count = 0;         // with ok
  std::optional<Finding> finding;  // without ok; no job in it yet
  CollectStats cost{};
};

struct DiscoveryEnd {
  Discovery discovery;  // as far as it came; `failed` says why no further
  CollectStats cost{};
};

class Source {
 public:
  virtual ~Source() = default;

  // For the run record and messages: "https://10.0.0.1:6443", "snapshot DIR". No user info.
  virtual std::string description() const = 0;

  // A snapshot's own time in Unix microseconds; 0: the clock's.
  virtual std::int64_t time_us() const { return 0; }

  virtual void discover(DiscoveryNeed need, std::stop_token stop,
                        std::function<void(DiscoveryEnd)> done) = 0;
  virtual void fetch(FetchRequest request, std::stop_token stop,
                     std::function<void(FetchEnd)> done) = 0;
};

}  // namespace ktel::cluster
