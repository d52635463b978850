// ProgressLines: see the header.
#include "progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace ktel::cli {
namespace {

using Clock = std::chrono::steady_clock;

// At most ten redraws a second: more is flicker, and slow terminals fall behind.
constexpr auto redraw_interval = std::chrono::milliseconds(100);

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void write_stderr(const std::string& text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody is looking
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

void ProgressLines::update(const JobProgress& progress) {
  if (mode_ == Mode::silent) return;
  const std::lock_guard lock(mutex_);
  auto line = std::find_if(lines_.begin(), lines_.end(),
                           [&](const Line& l) { return l.job == progress.job; });
  if (line == lines_.end()) {
    lines_.push_back({progress.job, {}, Clock::now(), false});
    line = lines_.end() - 1;
  }
  switch (progress.phase) {
    case JobProgress::Phase::reading:
      line->state = fmt::format("reading {}/{}", progress.reads_done, progress.reads);
      break;
    case JobProgress::Phase::running:
      line->state = "running";
      break;
    case JobProgress::Phase::ended: {
      const auto ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - line->began).count();
      line->state = fmt::format("{} ({} ms)", to_string(progress.state), ms);
      line->ended = true;
      if (mode_ == Mode::lines) write_stderr(fmt::format("{}: {}\n", line->job, line->state));
      break;
    }
  }
  if (mode_ == Mode::live && (line->ended || Clock::now() - last_ >= redraw_interval)) draw();
}

void ProgressLines::finish() {
  const std::lock_guard lock(mutex_);
  if (mode_ == Mode::live) draw();
}

void ProgressLines::draw() {
  const std::size_t width = terminal_width();
  std::string text;
  if (drawn_ > 0) text += fmt::format("\x1b[{}A", drawn_);
  for (const Line& line : lines_) {
    text += fmt::format("\r\x1b[K{}\n",
                        fmt::format("{:<28} {}", line.job, line.state).substr(0, width - 1));
  }
  drawn_ = lines_.size();
  last_ = Clock::now();
  write_stderr(text);
}

}  // namespace ktel::cli
