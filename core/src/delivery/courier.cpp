// One session of sending from a ledger to one destination.
#include "delivery/courier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "delivery/courier_lock.hpp"
#include "delivery/crash_marker.hpp"
#include "delivery/endpoint.hpp"
#include "delivery/mailbox.hpp"
#include "delivery/record_json.hpp"

namespace ktel::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds longest_wait = std::chrono::hours(24 * 365);
constexpr milliseconds first_poll = 50ms;  // of a ledger that another process sends from
constexpr milliseconds last_poll = 1s;
constexpr milliseconds least_time = 500ms;  // of one attempt, also where the wait ends sooner
constexpr milliseconds grace = 1s;    // for sinks to say that the time given to them was too short
constexpr milliseconds hang_up = 5s;  // for sinks to answer a stop

std::function<double()> standard_random() {
  return [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

class Session {
 public:
  Session(Ledger& ledger, Sinks sinks, std::optional<std::int64_t> watched, CourierOptions options,
          std::stop_token stop)
      : ledger_(ledger),
        destination_(sinks.front()->destination().url),
        watched_(watched),
        options_(std::move(options)),
        stop_(std::move(stop)) {
    if (options_.in_order) options_.in_flight = 1;
    if (!options_.clock) options_.clock = system_clock();
    if (!options_.random) options_.random = standard_random();
    if (!options_.steady) options_.steady = [] { return std::chrono::steady_clock::now(); };
    deadline_ = now() + std::clamp(options_.wait, milliseconds(0), longest_wait);
    for (std::shared_ptr<Sink>& sink : sinks) {
      endpoints_.emplace_back(std::move(sink), endpoints_.size(), mailbox_, hang_up_.get_token());
    }
  }

  Result<DeliveryResult> run() {
    Result<std::optional<CourierLock>> lock = take_lock();
    if (!lock) return std::move(lock).error();
    if (*lock) find_out_about_crash(**lock);
    if (*lock || in_memory()) {
      if (watched_) keep_away();
      send_all();
    }
    if (failure_) return std::move(*failure_);
    return result();
  }

 private:
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

  // Did the session before this one end with a backend at work? A report that does that again and
  // again must not end every session to come.
  void find_out_about_crash(const CourierLock& lock) {
    marker_ = CrashMarker::in(lock.fd());
    if (!marker_ || marker_->left() == 0) return;
    const std::int64_t seq = marker_->left();
    const Result<std::uint32_t> times = ledger_.crashed(seq, destination_);
    if (!times) return fail(times.error());
    mark(0);
    if (*times < most_crashes) return;
    const Result<std::optional<Row>> row = ledger_.at(seq);
    if (!row) return fail(row.error());
    if (!*row) return;
    const std::string text = fmt::format(
        "ktel ended {} times while the backend worked on report {}: it is not touched again; tell "
        "the backend's maker, `ktel reports show {}` prints the report",
        *times, (*row)->id, (*row)->id);
    options_.log.error(text);
    note(seq, ledger_.dead(seq, (*row)->attempts, 0, text, wall_us(now())));
    if (seq != watched_) ++others_dead_[0];
  }

  // Code of the backend runs from here, for this report; 0: it has returned.
  void mark(std::int64_t seq) {
    if (marker_) marker_->set(seq);
  }

  // What the destination asked an earlier session for.
  void keep_away() {
    const Result<std::int64_t> until = ledger_.not_before_us(destination_);
    if (!until) return fail(until.error());
    for (Endpoint& endpoint : endpoints_) {
      endpoint.breaker = resumed(std::chrono::microseconds(*until - wall_us(now())), now());
    }
  }

  void send_all() {
    while (!ending()) {
      std::optional<SteadyTime> next = send_what_may_go();
      for (Endpoint& endpoint : endpoints_) {
        endpoint.poll(now());
        next = earlier(next, endpoint.next_poll());
      }
      if (!answers_awaited() && (!next || *next >= deadline_)) break;  // nothing, or too late
      wait_until(std::min(deadline_, next.value_or(deadline_)), stop_);
      note_answers();
    }
    finish_in_flight();
  }

  bool ending() const { return failure_ || done_ || over(); }

  bool answers_awaited() const {
    return std::any_of(endpoints_.begin(), endpoints_.end(),
                       [](const Endpoint& endpoint) { return endpoint.answers_awaited(); });
  }

  static std::optional<SteadyTime> earlier(std::optional<SteadyTime> a,
                                           std::optional<SteadyTime> b) {
    return a && b ? std::min(a, b) : a ? a : b;
  }

  // The next in turn that has room and may be called. Null: none; `free_at` is when one may be.
  Endpoint* endpoint_for_next(std::optional<SteadyTime>& free_at) {
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      Endpoint& endpoint = endpoints_[(turn_ + i) % endpoints_.size()];
      if (!endpoint.has_room()) continue;
      if (endpoint.breaker.until > now()) {
        free_at = earlier(free_at, endpoint.breaker.until);
        continue;
      }
      return &endpoint;
    }
    return nullptr;
  }

  // Sends as much as the breakers let through. Gives when there will be more to send; nothing, when
  // that depends on answers or there is no more.
  std::optional<SteadyTime> send_what_may_go() {
    std::optional<SteadyTime> next;
    if (options_.in_order && anything_on_its_way()) return next;
    Endpoint* endpoint = endpoint_for_next(next);
    if (endpoint == nullptr) return next;

    std::size_t most = held_.size();
    for (const Endpoint& one : endpoints_) most += one.breaker.width + one.busy_with();
    Result<std::vector<Row>> queued = ledger_.due(destination_, most);
    if (!queued) {
      fail(std::move(queued).error());
      return std::nullopt;
    }
    std::optional<SteadyTime> held_until;
    for (Row& row : *queued) {
      if (is_on_its_way(row.seq)) continue;
      if (const auto held = held_.find(row.seq); held != held_.end() && held->second > now()) {
        held_until = earlier(held_until, held->second);
        if (options_.in_order) break;
      } else if (endpoint == nullptr) {
        return earlier(held_until, next);  // of the first that may be called again
      } else if (send(*endpoint, std::move(row))) {
        next.reset();
        endpoint = options_.in_order ? nullptr : endpoint_for_next(next);
      } else {
        held_until = now();  // look again at once
      }
    }
    return held_until;
  }

  bool anything_on_its_way() const {
    return std::any_of(endpoints_.begin(), endpoints_.end(),
                       [](const Endpoint& endpoint) { return endpoint.busy_with() > 0; });
  }

  bool is_on_its_way(std::int64_t seq) const {
    return std::any_of(endpoints_.begin(), endpoints_.end(),
                       [seq](const Endpoint& endpoint) { return endpoint.has(seq); });
  }

  // False: it was buried unsent.
  bool send(Endpoint& endpoint, Row row) {
    Result<std::vector<SentField>> fields = fields_from_json(row.decl);
    if (!fields) {
      note(row.seq, ledger_.dead(row.seq, row.attempts, 0, fields.error().message, wall_us(now())));
      if (row.seq != watched_) ++others_dead_[0];
      return false;
    }
    Outgoing report{row.id,       row.attempts + 1,          row.time_s, row.signal, row.body,
                    row.findings, std::move(fields).value(), time_left()};
    held_.erase(row.seq);
    turn_ = (endpoint.index() + 1) % endpoints_.size();
    mark(row.seq);
    endpoint.send(std::move(row), std::move(report), now());
    mark(0);
    return true;
  }

  // For one attempt: what ends it at the end of the wait then says where it was stuck. One that is
  // cut off may have arrived, and is sent again: in the last moments it gets a little longer.
  milliseconds time_left() const {
    const auto left = std::chrono::floor<milliseconds>(deadline_ - now());
    return std::max(least_time, left > 1s ? left - left % 100ms : left);  // a number for eyes
  }

  void note_answers() {
    for (const Letter& letter : mailbox_->take()) {
      Endpoint& endpoint = endpoints_[letter.endpoint];
      if (const auto* answer = std::get_if<Answer>(&letter.answer)) {
        if (auto sent = endpoint.answered(letter.seq)) {
          mark(letter.seq);
          Attempt attempt = answer->judge();
          mark(0);
          note_answer(endpoint, *sent, std::move(attempt));
        }
      } else {
        note_poll(endpoint, std::get<PollAnswer>(letter.answer).judge());
      }
    }
    for (Endpoint& endpoint : endpoints_) note_news(endpoint, endpoint.overdue(now()));
    if (watched_ && !done_) {
      // Also when it went another way: its body was damaged, or consent withdrew it.
      Result<bool> queued = anything_queued();
      if (!queued) return fail(std::move(queued).error());
      done_ = !*queued;
    }
  }

  void note_answer(Endpoint& endpoint, const Endpoint::InFlight& sent, Attempt attempt) {
    if (attempt.cause == Cause::stopped && !stop_.stop_requested()) attempt = too_late(endpoint);
    attempt.after = std::min(attempt.after, longest_pause);
    endpoint.breaker = next(endpoint.breaker, {attempt, sent.started, now()}, options_.random(),
                            options_.in_flight);
    ++attempts_;
    Row row = sent.row;
    ++row.attempts;
    note_attempt(endpoint, row, std::move(attempt));
  }

  void note_poll(Endpoint& endpoint, const Polled& polled) {
    if (polled.destination.verdict != Verdict::up && polled.destination.cause != Cause::stopped) {
      options_.log.warn(fmt::format("asking {} for acknowledgements: {}", endpoint.name(),
                                    polled.destination.text));
    }
    note_news(endpoint, endpoint.polled(polled, now(), options_.random(), options_.in_flight));
  }

  // Of reports that were pending: their attempt has been counted.
  void note_news(Endpoint& endpoint, std::vector<Endpoint::News> news) {
    for (Endpoint::News& one : news) note_attempt(endpoint, one.row, std::move(one.attempt));
  }

  void note_attempt(Endpoint& endpoint, const Row& row, Attempt attempt) {
    const bool other = row.seq != watched_;
    switch (attempt.outcome) {
      case Outcome::delivered:
        note(row.seq, ledger_.delivered(row.seq, row.attempts, wall_us(now())),
             fmt::format("report {} was delivered, but may be sent again", row.id));
        if (other) ++others_delivered_;
        break;
      case Outcome::pending:
        note_taken(endpoint, row, attempt);
        break;
      case Outcome::rejected:
        note(row.seq,
             ledger_.dead(row.seq, row.attempts, attempt.code, attempt.text, wall_us(now())));
        if (other) ++others_dead_[attempt.code];
        guard_against_configuration(endpoint, attempt);
        break;
      case Outcome::retry:
        note_retry(row, attempt);
        break;
    }
    if (attempt.outcome == Outcome::retry || attempt.outcome == Outcome::rejected) {
      options_.log.warn(fmt::format("report {} to {}, attempt {}: {}", row.id, destination_,
                                    row.attempts, attempt.text));
    }
    // That we hung up, or had too little time left, says less than why the attempt before failed.
    std::optional<Attempt>& last = other ? others_last_ : mine_;
    if (!(cut_short(attempt) && failed(last))) last = std::move(attempt);
  }

  // Not delivered yet: whoever begins anew sends it again, and says that it is not the first time.
  void note_taken(Endpoint& endpoint, const Row& row, Attempt& attempt) {
    attempt.text = fmt::format(
        "{} has taken the report, but not acknowledged it: it is asked again, or gets it once more "
        "under the same id",
        endpoint.name());
    note(row.seq, ledger_.retry_at(row.seq, row.attempts, 0, 0, attempt.text));
    endpoint.taken(row, attempt.token, now());
  }

  bool cut_short(const Attempt& attempt) const {
    return attempt.cause == Cause::stopped ||
           (attempt.cause == Cause::timeout && now() + grace >= deadline_);
  }

  static bool failed(const std::optional<Attempt>& attempt) {
    return attempt && (attempt->outcome == Outcome::retry || attempt->outcome == Outcome::pending);
  }

  void note_retry(const Row& row, const Attempt& attempt) {
    if (attempt.verdict == Verdict::up) {
      // The destination is well, this report is not: it alone waits.
      held_[row.seq] =
          now() + std::max(backoff(row.attempts - 1, options_.random()), attempt.after);
    }
    if (attempt.cause == Cause::stopped && !row.text.empty()) {
      note(row.seq, ledger_.retry_at(row.seq, row.attempts, row.next_at_us, row.code, row.text));
      return;
    }
    // Other sessions keep to what the destination asked for, not to our patience with it.
    const std::int64_t until = attempt.after > 0ms ? wall_us(now() + attempt.after) : 0;
    note(row.seq, ledger_.retry_at(row.seq, row.attempts, until, attempt.code, attempt.text));
  }

  std::string wait_text() const {
    return fmt::format("{:g} s", static_cast<double>(options_.wait.count()) / 1000);
  }

  // The wait ended while the report was on its way, and the sink did not say why.
  Attempt too_late(const Endpoint& endpoint) const {
    Attempt attempt;
    attempt.cause = Cause::timeout;
    attempt.text = fmt::format(
        "{} had not answered when the wait of {} was over; check its load, or wait longer with "
        "--wait",
        endpoint.name(), wait_text());
    return attempt;
  }

  // A wrong index rejects every report: without this it would empty the ledger into the dead.
  void guard_against_configuration(Endpoint& endpoint, Attempt& attempt) {
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
    endpoint.breaker =
        next(endpoint.breaker, {attempt, now(), now()}, options_.random(), options_.in_flight);
    note(0, ledger_.requeue_alike(destination_, attempt.code, attempt.text));
    others_dead_.erase(attempt.code);
  }

  // Another process may have trimmed what it evicted while this one sent it: that ends nothing.
  void note(std::int64_t seq, Result<void> noted,
            std::string_view what = "the outcome of a delivery was not kept") {
    if (noted) return;
    Error error = std::move(noted).context(what).error();
    if (error.code == Errc::not_found && seq != watched_) return options_.log.warn(error.message);
    if (error.code == Errc::not_found) error.code = Errc::undelivered;
    fail(std::move(error));
  }

  // What is on its way may have arrived: its answer is worth waiting for, to the deadline.
  void finish_in_flight() {
    while (answers_awaited() && !stop_.stop_requested() && now() < deadline_ + grace) {
      wait_until(deadline_ + grace, stop_);
      note_answers();
    }
    hang_up_.request_stop();
    for (const SteadyTime limit = now() + hang_up; answers_awaited() && now() < limit;) {
      note_answers();
      if (answers_awaited()) wait_until(limit, {});
    }
    for (Endpoint& endpoint : endpoints_) {
      for (const Endpoint::InFlight& sent : endpoint.give_up()) {
        note_answer(endpoint, sent, stopped());
      }
    }
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
    } else if (const Endpoint& endpoint = endpoints_.front(); endpoint.breaker.until > now()) {
      last.text = fmt::format("{} has asked not to be called before {} (Retry-After)",
                              endpoint.name(), rfc3339(wall(endpoint.breaker.until)));
    } else if (another_sends_) {
      last.text = "another ktel process sends to the same destination and did not reach it in time";
    } else {
      last.text = fmt::format("the wait of {} was over before {}; wait longer with --wait",
                              wait_text(), watched_ ? "its turn came" : "all were sent");
    }
    return last;
  }

  Ledger& ledger_;
  const std::string destination_;
  const std::optional<std::int64_t> watched_;
  CourierOptions options_;
  const std::stop_token stop_;
  SteadyTime deadline_;

  const std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::stop_source hang_up_;
  std::deque<Endpoint> endpoints_;           // at least one
  std::size_t turn_ = 0;                     // which of them is next
  std::map<std::int64_t, SteadyTime> held_;  // this session's rows that wait on their own
  std::optional<CrashMarker> marker_;        // nothing in memory
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

Result<DeliveryResult> deliver(Ledger& ledger, Sinks sinks, std::int64_t seq,
                               CourierOptions options, std::stop_token stop) {
  return Session(ledger, std::move(sinks), seq, std::move(options), std::move(stop)).run();
}

Result<DeliveryResult> drain(Ledger& ledger, Sinks sinks, CourierOptions options,
                             std::stop_token stop) {
  return Session(ledger, std::move(sinks), std::nullopt, std::move(options), std::move(stop)).run();
}

Result<DeliveryResult> send_unrecorded(Sinks sinks, const Outgoing& report, CourierOptions options,
                                       std::stop_token stop) {
  Result<std::unique_ptr<Ledger>> ledger = Ledger::in_memory();
  if (!ledger) return std::move(ledger).error();
  Row row;
  row.id = report.id;
  row.time_s = report.time_s;
  row.signal = report.signal;
  row.body = report.body;
  row.findings = report.findings;
  row.decl = to_json(report.fields);
  row.destination = sinks.front()->destination().url;
  Result<std::int64_t> seq = (*ledger)->append(row);
  if (!seq) return std::move(seq).error();
  return deliver(**ledger, std::move(sinks), *seq, std::move(options), std::move(stop));
}

}  // namespace ktel::delivery
