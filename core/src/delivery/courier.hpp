// The courier: takes queued reports out of the ledger and to their destination.
//
// One session at a time sends to a destination (courier_lock.hpp); others watch their row and take
// over when the lock is free. It sends the oldest first, all that is queued for that destination,
// retries as retry_policy.hpp says, and notes each outcome before it sends more; reports that are
// taken but not acknowledged are asked after as ack_policy.hpp says. It runs on the caller's thread
// and may block for `wait`: neither a pool thread nor the HTTP client's.
//
// Fed by the pipeline after `Ledger::append`, and by `ktel reports send`.
#pragma once

#include <ktel/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/clock.hpp"
#include "base/logger.hpp"
#include "delivery/ledger.hpp"
#include "delivery/retry_policy.hpp"
#include "delivery/sink.hpp"

namespace ktel::delivery {

struct CourierOptions {
  // For delivery, retries included; then the ledger keeps it.
  std::chrono::milliseconds wait{30'000};
  Clock clock;                     // stamps in the ledger; empty: the system's
  std::function<double()> random;  // from 0 to 1; empty: the standard library's
  unsigned in_flight = 4;
  bool in_order = false;  // one report at a time, and none while the one before it has to wait
  Logger log;

  // How time passes; both empty: as usual. Tests put in a clock of theirs, and what to do instead
  // of waiting for an answer or for `until`, whichever comes first.
  std::function<SteadyTime()> steady;
  std::function<void(SteadyTime until)> wait_until;
};

struct DeliveryResult {
  State state = State::queued;  // of the row watched; of a drain: delivered if nothing is left
  Attempt last = {};            // of the row watched, or why there was none: its text is the reason
  std::uint32_t attempts = 0;   // of the row watched, by all processes; of a drain: made by it
  std::size_t others_delivered = 0;
  std::size_t others_dead = 0;  // less those that were put back in the queue
};

// The endpoints of one destination, at least one: they take turns, and one that is down leaves its
// share to the others.
using Sinks = std::vector<std::shared_ptr<Sink>>;

// Sends what is queued for the sinks' destination until the row `seq` is no longer queued. With
// state queued it stays in the ledger: the wait is over, a stop was asked for, or the next attempt
// would come too late. A destination that asked an earlier session to stay away (Retry-After) is
// left alone until then. One that refuses us is asked again ever more rarely, from every 30 s on.
// Attempts get no more time than is left of the wait, or half a second.
//
// undelivered: the ledger cannot be written.
Result<DeliveryResult> deliver(Ledger& ledger, Sinks sinks, std::int64_t seq,
                               CourierOptions options, std::stop_token stop);

// The same until nothing is queued for that destination; at once, for an operator asks for it.
Result<DeliveryResult> drain(Ledger& ledger, Sinks sinks, CourierOptions options,
                             std::stop_token stop);

// One report from memory, by the same rules. What is not delivered when it returns is lost.
Result<DeliveryResult> send_unrecorded(Sinks sinks, const Outgoing& report, CourierOptions options,
                                       std::stop_token stop);

}  // namespace ktel::delivery
