// `Returns`: which jobs of a run have come back and have not been heard of yet.
//
// Filled by pool threads, which must not wait for each other: a list linked by job, without a lock.
// Emptied on the run's strand. A job comes back once.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <vector>

namespace ktel::workflow {

class Returns {
 public:
  explicit Returns(std::size_t jobs) : before_(jobs, none) {}

  // What was written before is seen by who takes it. Any thread.
  void push(std::size_t job) noexcept {
    before_[job] = last_.load(std::memory_order_relaxed);
    while (!last_.compare_exchange_weak(before_[job], job, std::memory_order_release,
                                        std::memory_order_relaxed)) {
    }
  }

  // All since the last time, in the order in which they came. One thread at a time.
  std::vector<std::size_t> take() {
    std::vector<std::size_t> jobs;
    std::size_t job = last_.exchange(none, std::memory_order_acquire);
    for (; job != none; job = before_[job]) jobs.push_back(job);
    std::reverse(jobs.begin(), jobs.end());
    return jobs;
  }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  std::vector<std::size_t> before_;  // by job: which came before it
  std::atomic<std::size_t> last_{none};
};

}  // namespace ktel::workflow
