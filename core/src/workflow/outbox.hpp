// `Outbox`: what a run tells the thread that waits for it: progress, then once its output.
//
// Filled on the run's strand, which must never wait for a terminal or an embedder's callback.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include <ktel/options.hpp>

#include "workflow/engine.hpp"

namespace ktel::workflow {

class Outbox {
 public:
  void tell(JobProgress progress) {
    const std::lock_guard lock(mutex_);
    progress_.push_back(std::move(progress));
    changed_.notify_one();
  }

  void finish(RunOutput output) {
    const std::lock_guard lock(mutex_);
    output_ = std::move(output);
    changed_.notify_one();
  }

  // Waits. Nothing: the run is over, and output() is there.
  std::optional<JobProgress> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !progress_.empty() || output_; });
    if (progress_.empty()) return std::nullopt;
    JobProgress first = std::move(progress_.front());
    progress_.pop_front();
    return first;
  }

  RunOutput output() {
    const std::lock_guard lock(mutex_);
    return std::move(*output_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<JobProgress> progress_;
  std::optional<RunOutput> output_;
};

}  // namespace ktel::workflow
