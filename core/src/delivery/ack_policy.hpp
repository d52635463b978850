// When a destination is asked after reports that are pending, and when it is too late. Pure.
//
// A destination that acknowledges takes a report first and says later that it is safe. The courier
// keeps one `AckClock` while it sends.
#pragma once

#include <chrono>
#include <cstddef>

#include "delivery/retry_policy.hpp"

namespace ktel::delivery {

// So many may be pending, and be asked after at once; then no more are sent.
inline constexpr std::size_t most_pending = 1000;

// What is not acknowledged by then is sent again: it was lost, or what said so was.
inline constexpr std::chrono::minutes ack_timeout{5};

class AckClock {
 public:
  // A report became pending.
  void sent(SteadyTime now);

  // It was asked; `news`: something was acknowledged.
  void asked(SteadyTime now, bool news);

  // Not before.
  SteadyTime next() const noexcept { return next_; }

 private:
  unsigned in_vain_ = 0;
  SteadyTime next_{};
};

}  // namespace ktel::delivery
