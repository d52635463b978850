// One session of sending from a ledger to one destination.
#include "delivery/courier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "delivery/courier_lock.hpp"
#include "delivery/mailbox.hpp"
#include "delivery/record_json.hpp"

namespace ktel::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds longest_wait = std::chrono::hours(24 * 365);
constexpr milliseconds first_poll = 50ms;  // of a ledger that another process sends from
constexpr milliseconds last_poll = 1s;
constexpr milliseconds hang_up = 5s;  // for sinks to answer a stop

std::function<double()> standard_random() {
  return [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

class Session {
 public:
  Session(Ledger& ledger, std::shared_ptr<Sink> sink, std::optional<std::int64_t> watched,
          CourierOptions options, std::stop_token stop)
      : ledger_(ledger),
        sink_(std::move(sink)),
        destination_(sink_->destination().url),
        watched_(watched),
        options_(std::move(options)),
        stop_(std::move(stop)) {
    if (!options_.clock) options_.clock = system_clock();
    if (!options_.random) options_.random = standard_random();
    if (!options_.steady) options_.steady = [] { return std::chrono::steady_clock::now(); };
    deadline_ = now() + std::clamp(options_.wait, milliseconds(0), longest_wait);
  }

  Result<DeliveryResult> run() {
    Result<std::optional<CourierLock>> lock = take_lock();
    if (!lock) return std::move(lock).error();
    if (*lock || in_memory()) send_all();
    if (failure_) return std::move(*failure_);
    return result();
  }

 private:
  struct InFlight {
    Row row;
    SteadyTime started;
  };

  SteadyTime now() const { return options_.steady(); }
  bool in_memory() const { return ledger_.file().empty(); }
  bool over() const { return stop_.stop_requested() || now() >= deadline_; }

  std::int64_t wall_us(SteadyTime at) const {
    const auto wall = options_.clock() + (at - now());
    return std::chrono::duration_cast<std::chrono::microseconds>(wall.time_since_epoch()).count();
  }

  void wait_until(SteadyTime until, const std::stop_token& stop) {
    if (!options_.wait_until) {
      mailbox_->wait_until(until, stop);
    } else if (mailbox_->empty()) {
      options_.wait_until(until);
    }
  }

  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }

  // Empty when there is nothing left to wait for, or the wait is over.
  Result<std::optional<CourierLock>> take_lock() {
    if (in_memory()) return std::optional<CourierLock>();
    for (milliseconds poll = first_poll;; poll = std::min(2 * poll, last_poll)) {
      Result<bool> waiting = anything_queued();
      if (!waiting) return std::move(waiting).error();
      if (!*waiting || over()) return std::optional<CourierLock>();
      auto lock = CourierLock::try_take(ledger_.file(), destination_);
      if (!lock || *lock) return lock;
      if (poll == first_poll) options_.log.debug("another ktel process sends to " + destination_);
      wait_until(std::min(deadline_, now() + poll), stop_);
    }
  }

  // The row watched; without one, any for this destination.
  Result<bool> anything_queued() {
    if (watched_) {
      Result<std::optional<Row>> row = ledger_.at(*watched_);
      if (!row) return std::move(row).error();
      return *row && (*row)->state == State::queued;
    }
    Result<std::size_t> queued = ledger_.queued(destination_);
    if (!queued) return std::move(queued).error();
    return *queued > 0;
  }

  void send_all() {
    while (!ending()) {
      const std::optional<SteadyTime> next = send_what_may_go();
      if (in_flight_.empty() && (!next || *next >= deadline_)) return;  // nothing, or too late
      wait_until(std::min(deadline_, next.value_or(deadline_)), stop_);
      note_answers();
    }
    finish_in_flight();
  }

  bool ending() const { return failure_ || done_ || breaker_.state == Verdict::blocked || over(); }

  // Sends as much as the breaker lets through. Gives when there will be more to send; nothing, when
  // that depends on answers or there is no more.
  std::optional<SteadyTime> send_what_may_go() {
    const auto room = [&] { return in_flight_.size() < breaker_.width; };
    if (!room()) return std::nullopt;
    if (breaker_.until > now()) return breaker_.until;

    const std::size_t most = breaker_.width + in_flight_.size() + held_.size();
    Result<std::vector<Row>> queued =
        ledger_.due(destination_, std::numeric_limits<std::int64_t>::max(), most);
    if (!queued) {
      fail(std::move(queued).error());
      return std::nullopt;
    }
    std::optional<SteadyTime> next;
    for (Row& row : *queued) {
      if (in_flight_.contains(row.seq)) continue;
      if (const auto held = held_.find(row.seq); held != held_.end() && held->second > now()) {
        next = std::min(next.value_or(held->second), held->second);
      } else if (room()) {
        const std::int64_t seq = row.seq;
        if (!send(std::move(row))) return std::nullopt;
        if (!in_flight_.contains(seq)) next = now();  // buried unsent: look again at once
      }
    }
    return next;
  }

  // False: nothing more may be sent.
  bool send(Row row) {
    if (options_.allowed) {
      Result<bool> allowed = options_.allowed();
      if (!allowed || !*allowed) {
        fail(allowed
                 ? Error{Errc::not_allowed,
                         fmt::format("report {} was not sent to {}: consent does not allow it any "
                                     "more",
                                     row.id, destination_)}
                 : std::move(allowed).error());
        return false;
      }
    }
    Result<std::vector<SentField>> fields = fields_from_json(row.decl);
    if (!fields) {
      note(ledger_.dead(row.seq, row.attempts, 0, fields.error().message, wall_us(now())));
      return !failure_;
    }
    Outgoing report{row.id,       row.attempts + 1,         row.time_s, row.signal, row.body,
                    row.findings, std::move(fields).value()};
    const std::int64_t seq = row.seq;
    held_.erase(seq);
    in_flight_[seq] = {std::move(row), now()};
    sink_->send(std::move(report), hang_up_.get_token(),
                [mailbox = mailbox_, seq](Attempt attempt) {
                  mailbox->put({seq, std::move(attempt)});
                });
    return true;
  }

  void note_answers() {
    for (Answer& answer : mailbox_->take()) {
      auto sent = in_flight_.extract(answer.seq);
      if (!sent.empty()) note_answer(sent.mapped(), std::move(answer.attempt));
    }
    if (watched_ && !done_) {
      // Also when it went another way: its body was damaged, or consent withdrew it.
      Result<bool> queued = anything_queued();
      if (!queued) return fail(std::move(queued).error());
      done_ = !*queued;
    }
  }

  void note_answer(const InFlight& sent, Attempt attempt) {
    const Row& row = sent.row;
    const std::uint32_t attempts = row.attempts + 1;
    const bool other = row.seq != watched_;
    breaker_ =
        next(breaker_, {attempt, sent.started, now()}, options_.random(), options_.in_flight);
    ++attempts_;

    switch (attempt.outcome) {
      case Outcome::delivered:
      case Outcome::pending:  // taken, and the destination would confirm: as good as a plain yes
        note(ledger_.delivered(row.seq, attempts, wall_us(now())),
             fmt::format("report {} was delivered, but may be sent again", row.id));
        if (other) ++others_delivered_;
        break;
      case Outcome::rejected:
        note(ledger_.dead(row.seq, attempts, attempt.code, attempt.text, wall_us(now())));
        if (other) ++others_dead_;
        guard_against_configuration(attempt);
        break;
      case Outcome::retry:
        note(ledger_.retry_at(row.seq, attempts, wall_us(next_attempt(row, attempt)), attempt.code,
                              attempt.text));
        break;
    }
    if (attempt.outcome != Outcome::delivered) {
      options_.log.warn(fmt::format("report {} to {}, attempt {}: {}", row.id, destination_,
                                    attempts, attempt.text));
    }
    // Of the row watched, once it has its outcome. That the wait ended says less than why the
    // attempt before did not succeed.
    const bool says_less = attempt.cause == Cause::stopped && !last_.text.empty();
    if (!settled_ && !says_less) last_ = std::move(attempt);
    settled_ = settled_ || (!other && last_.outcome != Outcome::retry);
  }

  SteadyTime next_attempt(const Row& row, const Attempt& attempt) {
    if (attempt.cause == Cause::stopped) return now();
    if (attempt.verdict != Verdict::up) return breaker_.until;
    // The destination is well, this report is not: it alone waits.
    return held_[row.seq] =
               now() + std::max(backoff(row.attempts, options_.random()), attempt.after);
  }

  // A wrong index rejects every report: without this it would empty the ledger into the dead.
  void guard_against_configuration(Attempt& attempt) {
    Result<std::size_t> alike = ledger_.rejected_alike(destination_, attempt.code);
    if (!alike) return fail(std::move(alike).error());
    if (*alike < rejected_alike_limit) return;
    attempt.outcome = Outcome::retry;
    attempt.verdict = Verdict::blocked;
    attempt.cause = Cause::config;
    attempt.text = fmt::format(
        "{} has rejected {} reports alike ({}): that is configuration, they stay queued; correct "
        "the "
        "destination's settings, then run `ktel reports send`",
        destination_, *alike, attempt.text);
    breaker_ = next(breaker_, {attempt, now(), now()}, options_.random(), options_.in_flight);
    note(ledger_.requeue_alike(destination_, attempt.code, wall_us(breaker_.until), attempt.text));
  }

  void note(Result<void> noted, std::string_view what = "the outcome of a delivery was not kept") {
    if (!noted) fail(std::move(noted).context(what).error());
  }

  // What is on its way may have arrived: its answer is worth waiting for, to the deadline.
  void finish_in_flight() {
    while (!in_flight_.empty() && !over()) {
      wait_until(deadline_, stop_);
      note_answers();
    }
    hang_up_.request_stop();
    for (const SteadyTime limit = now() + hang_up; !in_flight_.empty() && now() < limit;) {
      note_answers();
      if (!in_flight_.empty()) wait_until(limit, {});
    }
  }

  Result<DeliveryResult> result() {
    DeliveryResult result{State::queued, last_, attempts_, others_delivered_, others_dead_};
    if (!watched_) {
      Result<bool> queued = anything_queued();
      if (!queued) return std::move(queued).error();
      if (!*queued) result.state = State::delivered;
      return result;
    }
    Result<std::optional<Row>> row = ledger_.at(*watched_);
    if (!row) return std::move(row).error();
    if (!*row) {
      return Error{
          Errc::undelivered,
          fmt::format("delivery {} is no longer in ledger {}: another process trimmed it or "
                      "replaced the file, whether it was sent is not known",
                      *watched_, ledger_.file().string())};
    }
    result.state = (*row)->state;
    result.attempts = (*row)->attempts;
    if (attempts_ == 0) result.last = last_of(**row);
    return result;
  }

  // What another process has noted of it.
  static Attempt last_of(const Row& row) {
    Attempt last;
    last.code = row.code;
    last.text = row.text;
    if (row.state == State::delivered) last.outcome = Outcome::delivered;
    if (row.state == State::dead) last.outcome = Outcome::rejected;
    if (row.state != State::queued) last.verdict = Verdict::up;
    if (row.state == State::queued && row.text.empty()) {
      last.text =
          "another ktel process sends to the same destination and did not reach it in time: "
          "it stays queued, send it with `ktel reports send`";
    }
    return last;
  }

  Ledger& ledger_;
  const std::shared_ptr<Sink> sink_;
  const std::string destination_;
  const std::optional<std::int64_t> watched_;
  CourierOptions options_;
  const std::stop_token stop_;
  SteadyTime deadline_;

  const std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::stop_source hang_up_;
  std::map<std::int64_t, InFlight> in_flight_;
  std::map<std::int64_t, SteadyTime> held_;  // this session's rows that wait on their own
  Breaker breaker_;
  bool done_ = false;  // the row watched is no longer queued
  std::optional<Error> failure_;
  Attempt last_;
  bool settled_ = false;
  std::uint32_t attempts_ = 0;
  std::size_t others_delivered_ = 0;
  std::size_t others_dead_ = 0;
};

}  // namespace

Result<DeliveryResult> deliver(Ledger& ledger, std::shared_ptr<Sink> sink, std::int64_t seq,
                               CourierOptions options, std::stop_token stop) {
  return Session(ledger, std::move(sink), seq, std::move(options), std::move(stop)).run();
}

Result<DeliveryResult> drain(Ledger& ledger, std::shared_ptr<Sink> sink, CourierOptions options,
                             std::stop_token stop) {
  return Session(ledger, std::move(sink), std::nullopt, std::move(options), std::move(stop)).run();
}

Result<DeliveryResult> send_unrecorded(std::shared_ptr<Sink> sink, const Outgoing& report,
                                       CourierOptions options, std::stop_token stop) {
  Result<std::unique_ptr<Ledger>> ledger = Ledger::in_memory();
  if (!ledger) return std::move(ledger).error();
  Row row;
  row.id = report.id;
  row.time_s = report.time_s;
  row.signal = report.signal;
  row.body = report.body;
  row.findings = report.findings;
  row.decl = to_json(report.fields);
  row.destination = sink->destination().url;
  Result<std::int64_t> seq = (*ledger)->append(row);
  if (!seq) return std::move(seq).error();
  return deliver(**ledger, std::move(sink), *seq, std::move(options), std::move(stop));
}

}  // namespace ktel::delivery
