// `Wait`: how long one step of a delivery may take, and every wait in it.
//
// A step has a limit of its own, and no more than the delivery has left. Nothing waits for longer
// than 100 ms without asking whether the delivery is to end. On the thread of deliver().
#pragma once

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>

#include <ktel/sdk/backend.hpp>

namespace kong_tls {

// Why a report is not there. `text` is the operator's sentence.
struct Failure {
  std::uint32_t cause = KTEL_CAUSE_IO;
  std::string text;
};

class Wait {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds slice{100};

  Wait(ktel::sdk::Delivery host, std::chrono::seconds own)
      : host_(host), own_(own), end_(Clock::now() + own), whole_(host.remaining() > own) {}

  // For sentences: "5 s".
  std::string limit() const {
    return whole_ ? std::to_string(own_.count()) + " s" : "the time one delivery has";
  }

  // Throws Failure when the delivery is to end, which the host has answered already.
  bool over() const {
    const bool late = host_.remaining().count() == 0;
    if (!late && host_.cancelled()) throw Failure{KTEL_CAUSE_IO, "stopped while it was delivered"};
    return late || Clock::now() >= end_;
  }

  // What is left of it now, a slice at most.
  std::chrono::milliseconds next_slice() const {
    const auto left = std::min<std::chrono::nanoseconds>(host_.remaining(), end_ - Clock::now());
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left);
    return std::clamp(whole, std::chrono::milliseconds(0), slice);
  }

  // False: the time is over, and the socket is not ready.
  bool until_ready(int socket, short events) const {
    for (;;) {
      pollfd one{socket, events, 0};
      const int ready = ::poll(&one, 1, static_cast<int>(next_slice().count()));
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return true;  // the call that follows says what is wrong
      if (over()) return false;
    }
  }

 private:
  ktel::sdk::Delivery host_;
  std::chrono::seconds own_;
  Clock::time_point end_;
  bool whole_;
};

}  // namespace kong_tls
