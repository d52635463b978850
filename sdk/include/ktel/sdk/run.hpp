// `Run`: one run of a job, as the author of the job sees it.
//
// Reads and fields are named by their index (index_of in index.hpp finds it by name). Reads never
// wait: they ended before the job started. What a read did not bring is a Status or an empty
// optional, not an exception: a job reports what it can and leaves the rest absent, the host has
// already said why. Lives for the run; any thread.
#pragma once

#include <ktel/abi/cluster.h>
#include <ktel/abi/job.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ktel/sdk/guard.hpp>
#include <ktel/sdk/param.hpp>
#include <ktel/sdk/row.hpp>
#include <ktel/sdk/text.hpp>
#include <ktel/sdk/value.hpp>

namespace ktel::sdk {

class Run {
 public:
  Run(ktel_call* call, void* self, const ktel_job* job) noexcept
      : call_(call), self_(self), job_(job), cluster_(KTEL_SERVICE(call, cluster)) {}

  // The declaration this is a run of; job().user is the author's own, where one body serves many.
  const ktel_job& job() const noexcept { return *job_; }

  // What the plugin's start made (state.hpp); null without one. Runs of a REENTRANT job share it.
  template <class State>
  State* self() const noexcept {
    return static_cast<State*>(self_);
  }

  // ---- what was read ----

  // OK, KTEL_E_ABSENT (not there: a fact), KTEL_E_DENIED, KTEL_E_FAILED (unknown), KTEL_E_SKIPPED.
  Status state(std::uint32_t read) const noexcept {
    return cluster_ == nullptr ? KTEL_E_UNSUPPORTED : cluster_->state(call_, read);
  }

  // How many objects there are; nothing if that is not known.
  std::optional<std::uint64_t> count(std::uint32_t read) const noexcept {
    std::uint64_t n = 0;
    if (cluster_ == nullptr || cluster_->count(call_, read, &n) != KTEL_OK) return std::nullopt;
    return n;
  }

  // Calls fn(Row) once an object; fn returns nothing, or false when it has seen enough. What fn
  // throws comes out of each(), once the host's own frames are left behind.
  template <class Fn>
  Status each(std::uint32_t read, Fn&& fn) const {
    using Answer = std::invoke_result_t<Fn&, Row>;
    static_assert(std::is_void_v<Answer> || std::same_as<Answer, bool>,
                  "the callback of each() returns nothing, or false when it has seen enough");
    if (cluster_ == nullptr) return KTEL_E_UNSUPPORTED;
    Visit<std::remove_reference_t<Fn>> visit{&fn, nullptr};
    const ktel_status status = cluster_->each(call_, read, &visit.row, &visit);
    if (visit.thrown) std::rethrow_exception(visit.thrown);
    return status;
  }

  // The object of a GET, or the document of a RAW.
  std::optional<Row> one(std::uint32_t read) const noexcept {
    const ktel_row* row = nullptr;
    if (cluster_ == nullptr || cluster_->one(call_, read, &row) != KTEL_OK) return std::nullopt;
    return Row(*row);
  }

  // The result of needed job `need`; nothing if it is not in this run, or failed.
  std::optional<Row> need(std::uint32_t need) const noexcept {
    const ktel_row* row = nullptr;
    if (call_->host->need(call_, need, &row) != KTEL_OK) return std::nullopt;
    return Row(*row);
  }

  // What the operator set, or the declared default: param(i) is text, param<std::int64_t>(i),
  // param<double>(i) and param<bool>(i) numbers and truth (param.hpp says of which types).
  template <ParamType T = std::string_view>
  std::optional<T> param(std::uint32_t param) const noexcept {
    return read_param<T>(call_, param);
  }

  // ---- what is reported; a refused value is lost alone, and the host's finding says why ----

  Status put(std::uint32_t field, const Value& value) const noexcept {
    return call_->host->put(call_, field, &value.abi());
  }

  // A LIST field from any range of things a Value can hold.
  template <std::ranges::input_range Range>
  Status put_list(std::uint32_t field, Range&& items) const {
    // A Value is a view. What a range makes only when it is looked at is kept until put() returns.
    constexpr bool stays = std::ranges::forward_range<Range> &&
                           std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>>;
    if constexpr (!stays) {
      std::deque<std::ranges::range_value_t<Range>> kept;
      for (auto&& item : items) kept.push_back(std::forward<decltype(item)>(item));
      return put_list(field, kept);
    } else {
      std::vector<ktel_value> values;
      for (const auto& item : items) values.push_back(Value(item).abi());
      ktel_value list{};
      list.type = KTEL_V_LIST;
      list.count = static_cast<std::uint32_t>(values.size());
      list.items = values.data();
      return call_->host->put(call_, field, &list);
    }
  }

  // One key of a MAP field.
  Status put_entry(std::uint32_t field, std::string_view key, const Value& value) const noexcept {
    return call_->host->put_entry(call_, field, str(key), &value.abi());
  }

  // Counts up from 0: a key of a MAP of numbers; without a key a plain number.
  Status add(std::uint32_t field, std::string_view key, std::int64_t n = 1) const noexcept {
    return call_->host->add(call_, field, str(key), n);
  }
  Status add(std::uint32_t field, std::int64_t n = 1) const noexcept {
    return call_->host->add(call_, field, str({}), n);
  }

  // ---- the run itself ----

  // One value all through a run; with a snapshot, the snapshot's own time.
  std::chrono::sys_time<std::chrono::microseconds> now() const noexcept {
    return std::chrono::sys_time<std::chrono::microseconds>(
        std::chrono::microseconds(call_->host->now_us(call_)));
  }
  std::chrono::nanoseconds remaining() const noexcept {
    return std::chrono::nanoseconds(call_->host->remaining_ns(call_));
  }

  // True when the run is to end: computing code asks every 100 ms, and returns.
  bool cancelled() const noexcept { return call_->host->cancelled(call_) != KTEL_OK; }

  void log(std::int32_t level, std::string_view line) const noexcept {
    call_->host->log(call_, level, str(line));
  }

  // Gives up: `return run.fail("...")`. What was put is dropped.
  Status fail(std::string_view why) const noexcept {
    call_->host->fail(call_, KTEL_E_FAILED, str(why));
    return KTEL_E_FAILED;
  }

 private:
  // Exceptions must not cross the host, so the callback keeps the one it met for each() to throw
  // on.
  template <class Fn>
  struct Visit {
    Fn* fn;
    std::exception_ptr thrown;

    static ktel_status row(void* user, const ktel_row* row) noexcept {
      auto& visit = *static_cast<Visit*>(user);
      try {
        if constexpr (std::same_as<std::invoke_result_t<Fn&, Row>, bool>) {
          return (*visit.fn)(Row(*row)) ? KTEL_OK : KTEL_STOP;
        } else {
          (*visit.fn)(Row(*row));
          return KTEL_OK;
        }
      } catch (...) {
        visit.thrown = std::current_exception();
        return KTEL_E_FAILED;
      }
    }
  };

  ktel_call* call_;
  void* self_;
  const ktel_job* job_;
  const ktel_cluster* cluster_;  // NULL for a job without reads
};

// The executor of a job, from `void body(sdk::Run&)` or one that returns a Status:
// `.run = sdk::executor<body>`.
template <auto body>
ktel_status executor(ktel_call* call, void* self, const ktel_job* job) noexcept {
  return guard(call, [&] {
    Run run(call, self, job);
    return body(run);
  });
}

}  // namespace ktel::sdk
