// Worker: see the header.
#include "delivery/kill_harness/worker.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

namespace ktel::test::harness {

using std::chrono::milliseconds;

void Worker::tend(Time now) {
  if (process_) {
    if (const auto result = process_->wait(milliseconds(0))) ended(*result, now);
    return;
  }
  if (done_ || left_ || now < next_start_) return;
  Words words = program_.before ? program_.before() : Words{};
  words.insert(words.end(), program_.words.begin(), program_.words.end());
  process_.emplace(words, RunOptions{.env = program_.env, .inherit_env = false});
  ++counts_.starts;
  was_stopped_ = false;
}

void Worker::ended(const RunResult& result, Time now) {
  process_.reset();
  stopped_ = false;
  next_start_ = now + program_.pause;
  if (result.signal == SIGKILL) {
    ++counts_.kills;
    counts_.left_open += program_.sends ? 1 : 0;
    return;
  }
  Judged judged = program_.judge(result);
  if (result.signal != 0) judged.problem = fmt::format("ended by signal {}", result.signal);
  done_ = judged.done;
  counts_.refused += judged.refused ? 1 : 0;
  // One that stood still may have lost answers while it did.
  if (judged.left_open || (was_stopped_ && program_.sends)) ++counts_.left_open;
  if (!judged.problem.empty()) {
    problems_.push_back(
        fmt::format("{}: {}: {}", program_.words.front(), judged.problem, result.err));
  }
}

void Worker::kill() {
  if (!process_) return;
  process_->send_signal(SIGKILL);
  const auto result = process_->wait(std::chrono::minutes(1));
  if (result) ended(*result, std::chrono::steady_clock::now());
}

void Worker::stop() {
  if (!process_ || stopped_) return;
  process_->send_signal(SIGSTOP);
  stopped_ = true;
  was_stopped_ = true;
  ++counts_.stops;
}

void Worker::go_on() {
  if (process_ && stopped_) process_->send_signal(SIGCONT);
  stopped_ = false;
}

void Worker::end() {
  left_ = true;
  if (!process_) return;
  const RunResult result = process_->stop(milliseconds(0));
  ended(result, std::chrono::steady_clock::now());
}

}  // namespace ktel::test::harness
