// Attempt: see the header.
#include "workflow/attempt.hpp"

#include "workflow/run_message.hpp"

#include <tuple>
#include <utility>

namespace ktel::workflow {

Attempt::Made Attempt::make(const Call& call) {
  if (!queued()) return Made::withdrawn;  // its run may be over, and what `call` refers to gone
  const auto began = Clock::now();
  std::unique_lock alone(*call.runtime.exclusion, std::defer_lock);
  if (!call.runtime.may_overlap(call.job.job()) && !alone.try_lock_until(began + call.timeout)) {
    return refuse(overran(call.timeout, " waiting for its plugin"));
  }
  // Queued behind a job that hung and came back after all: nothing of the plugin runs any more.
  if (const std::string hung = call.runtime.stuck_in(); !hung.empty())
    return refuse(hangs_in(hung));
  const auto deadline = began + call.timeout;
  const std::string request = call.runtime.child() == nullptr
                                  ? std::string()
                                  : run_request(call.job, reads_, needs_, call.now_us, deadline);
  if (!begin(call, began)) return Made::withdrawn;
  if (call.began) call.began();
  run(call, deadline, request);
  context_->close();
  // The job's own clock: what it was told of its deadline and what is judged must agree.
  result_.took = Clock::now() - began;
  if (!change(State::running, State::returned)) return Made::given_up;
  if (result_.status != KTEL_OK) result_.reason = context_->reason();
  std::tie(result_.part, result_.findings) = context_->take();
  return Made::returned;
}

void Attempt::run(const Call& call, Clock::time_point deadline, const std::string& request) {
  if (PluginChild* child = call.runtime.child()) {
    const Result<ktel_status> status = child->run(request, *context_, deadline);
    if (status) result_.status = *status;
    if (!status) result_.started = status.error();
    return;
  }
  result_.started = call.runtime.start();
  if (!result_.started || !running()) return;  // start() hung, and it was given up
  const ktel_job* declared = call.runtime.job(call.job.ref.index);
  result_.status = declared->run(&*context_, call.runtime.self(), declared);
}

void Attempt::queue(std::vector<cluster::ReadResult> reads, std::vector<NeedResult> needs) {
  reads_ = std::move(reads);
  needs_ = std::move(needs);
  change(State::waiting, State::queued);
}

bool Attempt::withdraw() noexcept {
  const std::lock_guard lock(beginning_);
  return change(State::queued, State::given_up);
}

bool Attempt::give_up() noexcept {
  if (!change(State::running, State::given_up)) return false;
  context_->close();
  return true;
}

void Attempt::cancel(ktel_status why) noexcept {
  if (state_ == State::running) context_->cancel(why);
}

bool Attempt::queued() const noexcept { return state_ == State::queued; }

std::optional<Attempt::Running> Attempt::running() const noexcept {
  if (state_ != State::running) return std::nullopt;
  return running_;
}

bool Attempt::misused() const noexcept {
  return state_ == State::returned && context_ && context_->misused();
}

void Attempt::forget() noexcept {
  if (state_ == State::returned) context_.reset();
}

bool Attempt::change(State from, State to) noexcept {
  return state_.compare_exchange_strong(from, to);
}

Attempt::Made Attempt::refuse(Verdict why) {
  result_.uncalled = std::move(why);
  return change(State::queued, State::returned) ? Made::returned : Made::withdrawn;
}

bool Attempt::begin(const Call& call, Clock::time_point began) {
  const std::lock_guard lock(beginning_);
  if (!queued()) return false;
  context_.emplace(call.job, std::move(reads_), std::move(needs_), call.now_us,
                   began + call.timeout, call.log.named(call.job.job().name));
  running_ = {began, std::this_thread::get_id()};
  state_ = State::running;
  return true;
}

}  // namespace ktel::workflow
