// `RunContext`: what one run of one job sees: its reads, its parameters, the results it needs, and
// where it puts its fields.
//
// Made by the engine, shared with the pool thread that runs the job; a job that overruns its
// deadline keeps it alive. The plugin may use it from any thread until it returns; the engine reads
// the results only after close().
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include <ktel/abi/cluster.h>

#include "cluster/read_result.hpp"
#include "plugin/host_call.hpp"
#include "standard/part.hpp"
#include "workflow/prepare.hpp"

namespace ktel::workflow {

// How a needed job ended, as need() tells it.
struct NeedResult {
  ktel_status status = KTEL_E_ABSENT;
  boost::json::object part;
};

class RunContext : public plugin::HostCall {
 public:
  // `prepared` must outlive it; reads: by read of the job; needs: by need.
  RunContext(const PreparedJob& prepared, std::vector<cluster::ReadResult> reads,
             std::vector<NeedResult> needs, std::int64_t now_us,
             std::chrono::steady_clock::time_point deadline, Logger log);

  // The job is asked to end with this status (E_CANCELLED or E_DEADLINE).
  void cancel(ktel_status why) noexcept { cancelled_ = why; }

  // After close(), once: what was put, and what was found wrong with it.
  std::pair<boost::json::object, std::vector<Finding>> take();

  ktel_status cancelled() override;
  std::int64_t remaining_ns() override;
  std::int64_t now_us() override { return now_us_; }
  ktel_status param(std::uint32_t param, ktel_value* value) override;
  ktel_status need(std::uint32_t need, const ktel_row** row) override;
  ktel_status put(std::uint32_t field, const ktel_value* value) override;
  ktel_status put_entry(std::uint32_t field, std::string_view key,
                        const ktel_value* value) override;
  ktel_status add(std::uint32_t field, std::string_view key, std::int64_t n) override;
  const void* service(std::string_view id) override;

  // The cluster service.
  ktel_status read_state(std::uint32_t read) const;
  ktel_status read_count(std::uint32_t read, std::uint64_t* n) const;
  ktel_status read_each(std::uint32_t read, ktel_row_fn row, void* user) const;
  ktel_status read_one(std::uint32_t read, const ktel_row** row);

 private:
  // One row kept until the job returns.
  struct KeptRow {
    ktel_row row{};
    std::vector<ktel_value> cells;
    std::deque<std::vector<ktel_value>> items;
    std::deque<std::string> texts;
  };
  void keep(KeptRow& kept, const ktel_row& row);

  const PreparedJob& prepared_;
  const std::vector<cluster::ReadResult> reads_;
  const std::vector<NeedResult> needs_;
  const std::int64_t now_us_;
  const std::chrono::steady_clock::time_point deadline_;
  std::atomic<ktel_status> cancelled_{KTEL_OK};

  mutable std::mutex mutex_;  // of what follows
  standard::Part part_;
  std::map<std::uint32_t, KeptRow> kept_reads_;
  std::map<std::uint32_t, KeptRow> kept_needs_;
};

}  // namespace ktel::workflow
