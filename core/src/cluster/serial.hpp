// `Serial`: runs functions one at a time, in the order in which they came, on whichever thread
// brings them. No lock is held while one runs, so it may bring more: those run after it.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace ktel::cluster {

class Serial {
 public:
  void run(std::function<void()> fn) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(std::move(fn));
    if (running_) return;
    running_ = true;
    while (!waiting_.empty()) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      next();
      next = nullptr;
      lock.lock();
    }
    running_ = false;
  }

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
  bool running_ = false;
};

}  // namespace ktel::cluster
