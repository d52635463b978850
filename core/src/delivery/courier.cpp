// One session of sending from a ledger to one destination.
#include "delivery/courier.hpp"

#include <fmt/format.h>

#include <algorithm>
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
constexpr milliseconds grace = 1s;    // for sinks to say that the time given to them was too short
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
    if (*lock || in_memory()) {
      if (watched_) keep_away();
      send_all();
    }
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

  std::chrono::system_clock::time_point wall(SteadyTime at) const {
    return options_.clock() +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(at - now());
  }

  std::int64_t wall_us(SteadyTime at) const {
    return std::chrono::duration_cast<std::chrono::microseconds>(wall(at).time_since_epoch())
        .count();
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
      another_sends_ = lock && !*lock;
      if (!another_sends_) return lock;
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

  // What the destination asked an earlier session for.
  void keep_away() {
    const Result<std::int64_t> until = ledger_.not_before_us(destination_);
    if (!until) return fail(until.error());
    breaker_ = resumed(std::chrono::microseconds(*until - wall_us(now())), now());
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

  bool ending() const { return failure_ || done_ || over(); }

  // Sends as much as the breaker lets through. Gives when there will be more to send; nothing, when
  // that depends on answers or there is no more.
  std::optional<SteadyTime> send_what_may_go() {
    const auto room = [&] { return in_flight_.size() < breaker_.width; };
    if (!room()) return std::nullopt;
    if (breaker_.until > now()) return breaker_.until;

    const std::size_t most = breaker_.width + in_flight_.size() + held_.size();
    Result<std::vector<Row>> queued = ledger_.due(destination_, most);
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
        if (!send(std::move(row))) next = now();  // look again at once
      }
    }
    return next;
  }

  // False: it was buried unsent.
  bool send(Row row) {
    Result<std::vector<SentField>> fields = fields_from_json(row.decl);
    if (!fields) {
      note(ledger_.dead(row.seq, row.attempts, 0, fields.error().message, wall_us(now())));
      if (row.seq != watched_) ++others_dead_[0];
      return false;
    }
    Outgoing report{row.id,       row.attempts + 1,          row.time_s, row.signal, row.body,
                    row.findings, std::move(fields).value(), time_left()};
    const std::int64_t seq = row.seq;
    held_.erase(seq);
    in_flight_[seq] = {std::move(row), now()};
    sink_->send(std::move(report), hang_up_.get_token(), [mailbox = mailbox_, seq](Answer answer) {
      mailbox->put({seq, std::move(answer)});
    });
    return true;
  }

  // For one attempt: what ends it at the end of the wait then says where it was stuck.
  milliseconds time_left() const {
    const auto left = std::chrono::floor<milliseconds>(deadline_ - now());
    return std::max(1ms, left > 1s ? left - left % 100ms : left);  // a number for eyes
  }

  void note_answers() {
    for (const Letter& letter : mailbox_->take()) {
      auto sent = in_flight_.extract(letter.seq);
      if (!sent.empty()) note_answer(sent.mapped(), letter.answer.judge());
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
    if (attempt.cause == Cause::stopped && !stop_.stop_requested()) attempt = too_late();
    attempt.after = std::min(attempt.after, longest_pause);
    breaker_ =
        next(breaker_, {attempt, sent.started, now()}, options_.random(), options_.in_flight);
    ++attempts_;

    switch (attempt.outcome) {
      case Outcome::delivered:
        note(ledger_.delivered(row.seq, attempts, wall_us(now())),
             fmt::format("report {} was delivered, but may be sent again", row.id));
        if (other) ++others_delivered_;
        break;
      case Outcome::rejected:
        note(ledger_.dead(row.seq, attempts, attempt.code, attempt.text, wall_us(now())));
        if (other) ++others_dead_[attempt.code];
        guard_against_configuration(attempt);
        break;
      case Outcome::pending:  // nobody would ask after it: no backend with acknowledgements opens
      case Outcome::retry:
        note_retry(row, attempts, attempt);
        break;
    }
    if (attempt.outcome != Outcome::delivered) {
      options_.log.warn(fmt::format("report {} to {}, attempt {}: {}", row.id, destination_,
                                    attempts, attempt.text));
    }
    // That we hung up, or had too little time left, says less than why the attempt before failed.
    std::optional<Attempt>& last = other ? others_last_ : mine_;
    if (!(cut_short(attempt) && failed(last))) last = std::move(attempt);
  }

  bool cut_short(const Attempt& attempt) const {
    return attempt.cause == Cause::stopped ||
           (attempt.cause == Cause::timeout && now() + grace >= deadline_);
  }

  static bool failed(const std::optional<Attempt>& attempt) {
    return attempt && attempt->outcome == Outcome::retry;
  }

  void note_retry(const Row& row, std::uint32_t attempts, const Attempt& attempt) {
    if (attempt.verdict == Verdict::up) {
      // The destination is well, this report is not: it alone waits.
      held_[row.seq] = now() + std::max(backoff(row.attempts, options_.random()), attempt.after);
    }
    if (attempt.cause == Cause::stopped && !row.text.empty()) {
      note(ledger_.retry_at(row.seq, attempts, row.next_at_us, row.code, row.text));
      return;
    }
    // Other sessions keep to what the destination asked for, not to our patience with it.
    const std::int64_t until = attempt.after > 0ms ? wall_us(now() + attempt.after) : 0;
    note(ledger_.retry_at(row.seq, attempts, until, attempt.code, attempt.text));
  }

  std::string destination_name() const {
    const std::string& authority = sink_->destination().authority;
    return authority.empty() ? destination_ : authority;
  }

  std::string wait_text() const {
    return fmt::format("{:g} s", static_cast<double>(options_.wait.count()) / 1000);
  }

  // The wait ended while the report was on its way, and the sink did not say why.
  Attempt too_late() const {
    Attempt attempt;
    attempt.cause = Cause::timeout;
    attempt.text = fmt::format(
        "{} had not answered when the wait of {} was over; check its load, or wait longer with "
        "--wait",
        destination_name(), wait_text());
    return attempt;
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
        "{} has rejected {} reports alike ({}): that is configuration, they stay queued for this "
        "URL; correct it there, then run `ktel reports send`",
        destination_, *alike, attempt.text);
    breaker_ = next(breaker_, {attempt, now(), now()}, options_.random(), options_.in_flight);
    note(ledger_.requeue_alike(destination_, attempt.code, attempt.text));
    others_dead_.erase(attempt.code);
  }

  void note(Result<void> noted, std::string_view what = "the outcome of a delivery was not kept") {
    if (!noted) fail(std::move(noted).context(what).error());
  }

  // What is on its way may have arrived: its answer is worth waiting for, to the deadline.
  void finish_in_flight() {
    while (!in_flight_.empty() && !stop_.stop_requested() && now() < deadline_ + grace) {
      wait_until(deadline_ + grace, stop_);
      note_answers();
    }
    hang_up_.request_stop();
    for (const SteadyTime limit = now() + hang_up; !in_flight_.empty() && now() < limit;) {
      note_answers();
      if (!in_flight_.empty()) wait_until(limit, {});
    }
    for (const auto& [seq, sent] : std::exchange(in_flight_, {})) note_answer(sent, stopped());
  }

  Result<DeliveryResult> result() {
    DeliveryResult result{.attempts = attempts_, .others_delivered = others_delivered_};
    for (const auto& [code, count] : others_dead_) result.others_dead += count;
    if (!watched_) {
      Result<bool> queued = anything_queued();
      if (!queued) return std::move(queued).error();
      if (!*queued) result.state = State::delivered;
      if (*queued) result.last = failed(others_last_) ? *others_last_ : untried();
      return result;
    }
    Result<std::optional<Row>> row = ledger_.at(*watched_);
    if (!row) return std::move(row).error();
    if (!*row) {
      return Error{
          Errc::undelivered,
          fmt::format("delivery {} is no longer in ledger {}: another process trimmed it or "
                      "replaced the file, whether it was sent is not known; `ktel reports list` "
                      "shows what is in it",
                      *watched_, ledger_.file().string())};
    }
    result.state = (*row)->state;
    result.attempts = (*row)->attempts;
    result.last = mine_ ? *mine_ : last_of(**row);
    return result;
  }

  // Of a row that this session has not tried.
  Attempt last_of(const Row& row) const {
    if (row.state == State::queued && failed(others_last_)) return *others_last_;
    if (row.state == State::queued && row.text.empty()) return untried();
    Attempt last;
    last.code = row.code;
    last.text = row.text;
    if (row.state == State::delivered) last.outcome = Outcome::delivered;
    if (row.state == State::dead) last.outcome = Outcome::rejected;
    if (row.state != State::queued) last.verdict = Verdict::up;
    return last;
  }

  // Why nothing was sent.
  Attempt untried() const {
    Attempt last;
    if (stop_.stop_requested()) {
      last.cause = Cause::stopped;
      last.text = "stopped before anything was sent";
    } else if (options_.wait <= 0ms) {
      last.text = "nothing was sent: --wait is 0 s";
    } else if (breaker_.until > now()) {
      last.text = fmt::format("{} has asked not to be called before {} (Retry-After)",
                              destination_name(), rfc3339(wall(breaker_.until)));
    } else if (another_sends_) {
      last.text = "another ktel process sends to the same destination and did not reach it in time";
    } else {
      last.text = fmt::format("the wait of {} was over before {}; wait longer with --wait",
                              wait_text(), watched_ ? "its turn came" : "all were sent");
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
  bool another_sends_ = false;
  bool done_ = false;  // the row watched is no longer queued
  std::optional<Error> failure_;
  std::optional<Attempt> mine_;         // the last one of the row watched
  std::optional<Attempt> others_last_;  // of any other
  std::uint32_t attempts_ = 0;
  std::size_t others_delivered_ = 0;
  std::map<std::uint32_t, std::size_t> others_dead_;  // by code
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
