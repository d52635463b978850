// Progress: see the header.
#include "progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace ktel::cli {
namespace {

winsize terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    size.ws_col = 80;
    size.ws_row = 24;
  }
  return size;
}

}  // namespace

const char* to_string(JobState state) {
  switch (state) {
    case JobState::ok:
      return "done";
    case JobState::partial:
      return "done in part";
    case JobState::failed:
      return "failed";
    case JobState::timed_out:
      return "timed out";
    case JobState::lost:
      return "lost with a job it needs";
    case JobState::withheld:
      return "withheld";
    case JobState::nothing:
      return "nothing to report";
    case JobState::stopped:
      return "stopped";
  }
  return "";
}

Progress::Progress(Mode mode, int fd, Clock clock)
    : mode_(mode), fd_(fd), clock_(std::move(clock)) {}

void Progress::say(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write(fmt::format("ktel: {}\n", text));
}

void Progress::update(const JobProgress& progress) {
  if (mode_ == Mode::silent) return;
  const std::lock_guard lock(mutex_);
  auto job = std::find_if(jobs_.begin(), jobs_.end(),
                          [&](const AtWork& at_work) { return at_work.job == progress.job; });
  if (job == jobs_.end()) job = jobs_.insert(job, {progress.job, {}, clock_()});
  std::string ended;
  switch (progress.phase) {
    case JobProgress::Phase::reading:
      job->state = fmt::format("reading {}/{}", progress.reads_done, progress.reads);
      break;
    case JobProgress::Phase::running:
      job->state = "running";
      break;
    case JobProgress::Phase::ended: {
      const auto took =
          std::chrono::duration_cast<std::chrono::milliseconds>(clock_() - job->began).count();
      ended = fmt::format("ktel: {}: {}", job->job, to_string(progress.state));
      if (!job->state.empty()) ended += fmt::format(" ({} ms)", took);  // else it never began
      ended += '\n';
      jobs_.erase(job);
      break;
    }
  }
  if (mode_ == Mode::live || !ended.empty()) write(std::move(ended));
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  jobs_.clear();
  if (drawn_ > 0) write({});
}

// Under the lock.
void Progress::write(std::string text) {
  if (drawn_ > 0) text.insert(0, fmt::format("\x1b[{}A\r\x1b[J", drawn_));
  if (mode_ == Mode::live) {
    const std::string drawn = block();
    drawn_ = static_cast<std::size_t>(std::count(drawn.begin(), drawn.end(), '\n'));
    text += drawn;
  }
  if (::write(fd_, text.data(), text.size()) < 0) return;  // nobody is looking
}

// No line of it may wrap or scroll away: the cursor has to find its way back.
std::string Progress::block() const {
  const winsize size = terminal_size(fd_);
  const std::size_t fit = std::max<std::size_t>(size.ws_row, 3) - 2;
  std::string text;
  for (std::size_t i = 0; i < std::min(fit, jobs_.size()); ++i) {
    const std::string line = fmt::format("ktel: {}: {}", jobs_[i].job, jobs_[i].state);
    text += line.substr(0, size.ws_col - 1u) + "\n";
  }
  if (jobs_.size() > fit) {
    text += fmt::format("ktel: and {} more", jobs_.size() - fit).substr(0, size.ws_col - 1u) + "\n";
  }
  return text;
}

}  // namespace ktel::cli
