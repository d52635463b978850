// `Mailbox`: where a sink's answers wait for the courier's thread.
//
// Answers come from any thread, also after the session has given up on them: each callback shares
// the mailbox.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "delivery/outcome.hpp"
#include "delivery/retry_policy.hpp"

namespace ktel::delivery {

struct Answer {
  std::int64_t seq = 0;
  Attempt attempt;
};

class Mailbox {
 public:
  void put(Answer answer) {
    {
      const std::lock_guard lock(mutex_);
      answers_.push_back(std::move(answer));
    }
    arrived_.notify_one();
  }

  std::vector<Answer> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(answers_, {});
  }

  bool empty() const {
    const std::lock_guard lock(mutex_);
    return answers_.empty();
  }

  // Until an answer is there, a stop is asked for, or it is `until`.
  void wait_until(SteadyTime until, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    arrived_.wait_until(lock, stop, until, [this] { return !answers_.empty(); });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<Answer> answers_;
};

}  // namespace ktel::delivery
