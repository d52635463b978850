// SIGINT and SIGTERM as a stop token; a second one ends the program at once.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace ktel::cli {

// Make it before any thread starts: it blocks the signals for all of them. Also ignores SIGPIPE, so
// that a closed pipe is an error of a write and not the end of a report on its way.
class Signals {
 public:
  Signals();
  ~Signals();

  std::stop_token token() const { return stop_.get_token(); }

  // 130 or 143 once a signal came, else 0.
  int exit_code() const noexcept { return exit_code_; }

 private:
  std::stop_source stop_;
  std::atomic<int> exit_code_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace ktel::cli
