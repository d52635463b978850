// Endpoint: see the header.
#include "delivery/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktel::delivery {

Endpoint::Endpoint(std::shared_ptr<Sink> sink, std::size_t index, std::shared_ptr<Mailbox> mailbox,
                   std::stop_token hang_up)
    : sink_(std::move(sink)),
      index_(index),
      mailbox_(std::move(mailbox)),
      hang_up_(std::move(hang_up)) {}

std::string Endpoint::name() const {
  const Destination& destination = sink_->destination();
  return destination.authority.empty() ? destination.url : destination.authority;
}

bool Endpoint::has_room() const noexcept {
  return !begins_anew_ && in_flight_.size() < breaker.width && pending_.size() < most_pending;
}

void Endpoint::send(Row row, Outgoing report, SteadyTime now) {
  const std::int64_t seq = row.seq;
  in_flight_[seq] = {std::move(row), now};
  sink_->send(std::move(report), hang_up_,
              [mailbox = mailbox_, index = index_, seq](Answer answer) {
                mailbox->put({index, seq, std::move(answer)});
              });
}

std::optional<Endpoint::InFlight> Endpoint::answered(std::int64_t seq) {
  auto sent = in_flight_.extract(seq);
  if (sent.empty()) return std::nullopt;
  return std::move(sent.mapped());
}

std::vector<Endpoint::InFlight> Endpoint::give_up() {
  std::vector<InFlight> all;
  for (auto& [seq, sent] : std::exchange(in_flight_, {})) all.push_back(std::move(sent));
  return all;
}

void Endpoint::taken(Row row, std::uint64_t token, SteadyTime now) {
  const std::int64_t seq = row.seq;
  pending_[seq] = {std::move(row), token, now};
  clock_.sent(now);
}

void Endpoint::poll(SteadyTime now) {
  if (pending_.empty() || !asked_.empty() || clock_.next() > now) return;
  std::vector<std::uint64_t> tokens;
  for (const auto& [seq, pending] : pending_) {
    asked_.push_back(seq);
    tokens.push_back(pending.token);
  }
  asked_at_ = now;
  sink_->poll(std::move(tokens), hang_up_, [mailbox = mailbox_, index = index_](PollAnswer answer) {
    mailbox->put({index, 0, std::move(answer)});
  });
}

std::optional<SteadyTime> Endpoint::next_poll() const {
  if (pending_.empty() || begins_anew_) return std::nullopt;
  SteadyTime oldest = SteadyTime::max();
  for (const auto& [seq, pending] : pending_) oldest = std::min(oldest, pending.since);
  const SteadyTime too_late = oldest + ack_timeout;
  return asked_.empty() ? std::min(clock_.next(), too_late) : too_late;
}

std::vector<Endpoint::News> Endpoint::polled(const Polled& polled, SteadyTime now, double random,
                                             unsigned most_in_flight) {
  std::vector<News> news;
  const std::vector<std::int64_t> asked = std::exchange(asked_, {});
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const Attempt& attempt = polled.reports[i];
    const auto pending = pending_.find(asked[i]);
    if (attempt.outcome == Outcome::pending || pending == pending_.end()) continue;
    news.push_back({std::move(pending->second.row), attempt});
    pending_.erase(pending);
  }
  clock_.asked(now, !news.empty());
  if (polled.destination.verdict != Verdict::up) {
    breaker = next(breaker, {polled.destination, asked_at_, now}, random, most_in_flight);
  }
  return news;
}

std::vector<Endpoint::News> Endpoint::overdue(SteadyTime now) {
  begins_anew_ =
      begins_anew_ || std::any_of(pending_.begin(), pending_.end(), [&](const auto& entry) {
        return entry.second.since + ack_timeout <= now;
      });
  // What is on its way would get a token of what is given up here.
  if (!begins_anew_ || answers_awaited()) return {};
  begins_anew_ = false;
  Attempt again;
  again.verdict = Verdict::up;
  again.cause = Cause::timeout;
  again.text = fmt::format(
      "{} took the report and did not acknowledge it for {} min: it is sent again, under the same "
      "id, and may be there twice; check the indexers behind it",
      name(), ack_timeout.count());
  // Somebody there has forgotten what it took, which is true of all tokens alike.
  std::vector<News> news;
  for (auto& [seq, pending] : std::exchange(pending_, {})) {
    news.push_back({std::move(pending.row), again});
  }
  if (const Result<void> opened = sink_->reopen(); !opened) {
    Attempt blocked;
    blocked.verdict = Verdict::blocked;
    blocked.cause = Cause::config;
    blocked.text = opened.error().message;
    breaker = next(breaker, {blocked, now, now}, 1.0, breaker.width);
  }
  return news;
}

}  // namespace ktel::delivery
