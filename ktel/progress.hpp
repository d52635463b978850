// stderr while a run goes on: lines of words, and on a terminal below them a block with a line for
// each job at work.
//
// One object writes both, so that no word lands inside the block: the block is erased, the line
// written and the block drawn again, in one write. Thread-safe. A thread that was given up may
// still speak when the run is over: hold it in a shared_ptr.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/options.hpp>

namespace ktel::cli {

class Progress {
 public:
  enum class Mode {
    silent,  // nothing of the jobs
    lines,   // a line when a job ended
    live     // that, and the block
  };
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // fd: a terminal, for `live`.
  Progress(Mode mode, int fd, Clock clock = std::chrono::steady_clock::now);

  // "ktel: TEXT" and a newline, above the block.
  void say(std::string_view text);

  // A job that ended leaves the block, and after the last one nothing is drawn any more.
  void update(const JobProgress& progress);

  // Erases what is left of the block: of a run that ended before its jobs did.
  void finish();

 private:
  struct AtWork {
    std::string job;
    std::string state;
    std::chrono::steady_clock::time_point began;
  };
  void write(std::string text);
  std::string block() const;

  const Mode mode_;
  const int fd_;
  const Clock clock_;
  std::mutex mutex_;
  std::vector<AtWork> jobs_;
  std::size_t drawn_ = 0;  // lines of the block on the terminal
};

const char* to_string(JobState state);

}  // namespace ktel::cli
