// `Mailbox`: where a sink's answers wait for the courier's thread.
//
// Answers come from any thread, also after the session has given up on them: each callback shares
// the mailbox.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>
#include <variant>
#include <vector>

#include "delivery/outcome.hpp"
#include "delivery/retry_policy.hpp"

namespace ktel::delivery {

struct Letter {
  std::size_t endpoint = 0;  // whose
  std::int64_t seq = 0;      // of the report; of a poll: 0
  std::variant<Answer, PollAnswer> answer;
};

class Mailbox {
 public:
  void put(Letter letter) {
    {
      const std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    arrived_.notify_one();
  }

  std::vector<Letter> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
  }

  bool empty() const {
    const std::lock_guard lock(mutex_);
    return letters_.empty();
  }

  // Until an answer is there, a stop is asked for, or it is `until`.
  void wait_until(SteadyTime until, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    arrived_.wait_until(lock, stop, until, [this] { return !letters_.empty(); });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<Letter> letters_;
};

}  // namespace ktel::delivery
