// A line per job on stderr while a run goes on, where stderr is a terminal; with -v one line per
// ended job elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include <ktel/options.hpp>

namespace ktel::cli {

class ProgressLines {
 public:
  enum class Mode { silent, lines, live };
  explicit ProgressLines(Mode mode) : mode_(mode) {}

  // From any thread.
  void update(const JobProgress& progress);

  // Draws the last state, leaves the cursor below.
  void finish();

 private:
  struct Line {
    std::string job;
    std::string state;
    std::chrono::steady_clock::time_point began;
    bool ended = false;
  };
  void draw();

  const Mode mode_;
  std::mutex mutex_;
  std::vector<Line> lines_;
  std::size_t drawn_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

const char* to_string(JobState state);

}  // namespace ktel::cli
