// `Endpoint`: one host of a destination: its sink, its breaker, what is on its way there, and what
// it has taken but not acknowledged.
//
// The courier keeps one for each host of the URL, and tells the ledger what it learns here. Answers
// come to the courier's mailbox; everything else happens on the courier's thread. A token means
// something only to the sink that gave it, so reports that are pending stay with their endpoint.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "delivery/ack_policy.hpp"
#include "delivery/ledger.hpp"
#include "delivery/mailbox.hpp"
#include "delivery/retry_policy.hpp"
#include "delivery/sink.hpp"

namespace ktel::delivery {

class Endpoint {
 public:
  struct InFlight {
    Row row;
    SteadyTime started;
  };

  // What became of a report that was pending.
  struct News {
    Row row;
    Attempt attempt;
  };

  // `index`: which one it is in the mailbox. A stop of `hang_up` ends what is on its way.
  Endpoint(std::shared_ptr<Sink> sink, std::size_t index, std::shared_ptr<Mailbox> mailbox,
           std::stop_token hang_up);

  Breaker breaker;

  std::size_t index() const noexcept { return index_; }
  // For sentences: "splunk.example.com:8088".
  std::string name() const;

  bool has_room() const noexcept;
  bool answers_awaited() const noexcept { return !in_flight_.empty() || !asked_.empty(); }
  bool has(std::int64_t seq) const { return in_flight_.contains(seq) || pending_.contains(seq); }
  std::size_t busy_with() const noexcept { return in_flight_.size() + pending_.size(); }

  void send(Row row, Outgoing report, SteadyTime now);
  // The one whose answer came; nothing: it was given up.
  std::optional<InFlight> answered(std::int64_t seq);
  std::vector<InFlight> give_up();  // all that is on its way

  // It was taken, under this token.
  void taken(Row row, std::uint64_t token, SteadyTime now);

  // Asks after what is pending, when it is time. `next_poll`: when that is, or when it is too late
  // for a report; nothing: none is pending, or it depends on an answer.
  void poll(SteadyTime now);
  std::optional<SteadyTime> next_poll() const;

  // What the answer to a poll, or that time has passed, says of reports that are now no longer
  // pending. A poll's verdict moves the breaker.
  std::vector<News> polled(const Polled& polled, SteadyTime now, double random,
                           unsigned most_in_flight);
  std::vector<News> overdue(SteadyTime now);

 private:
  struct Pending {
    Row row;
    std::uint64_t token = 0;
    SteadyTime since;
  };

  const std::shared_ptr<Sink> sink_;
  const std::size_t index_;
  const std::shared_ptr<Mailbox> mailbox_;
  const std::stop_token hang_up_;
  std::map<std::int64_t, InFlight> in_flight_;
  std::map<std::int64_t, Pending> pending_;
  AckClock clock_;
  std::vector<std::int64_t> asked_;  // after these, in this order; empty: no poll is under way
  SteadyTime asked_at_{};
  bool begins_anew_ = false;  // as soon as nothing is on its way
};

}  // namespace ktel::delivery
