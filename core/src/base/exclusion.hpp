// `Exclusion`: one at a time, for whoever waits no longer than a limit.
//
// What std::timed_mutex is, without pthread_mutex_clocklock, which ThreadSanitizer of g++ 12 does
// not know: every unlock was a false alarm. For std::unique_lock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace ktel {

class Exclusion {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !held_; });
    held_ = true;
  }

  bool try_lock() {
    const std::lock_guard lock(mutex_);
    if (held_) return false;
    return held_ = true;
  }

  bool try_lock_until(std::chrono::steady_clock::time_point limit) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_until(lock, limit, [this] { return !held_; })) return false;
    return held_ = true;
  }

  bool try_lock_for(std::chrono::milliseconds time) {
    return try_lock_until(std::chrono::steady_clock::now() + time);
  }

  void unlock() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool held_ = false;
};

}  // namespace ktel
