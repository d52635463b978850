// Every second where that brings news, else ever more rarely.
#include "delivery/ack_policy.hpp"

#include <algorithm>

namespace ktel::delivery {
namespace {

constexpr std::chrono::seconds first{1};
constexpr std::chrono::seconds longest{10};

}  // namespace

void AckClock::sent(SteadyTime now) {
  in_vain_ = 0;
  next_ = next_ > now ? std::min(next_, now + first) : now + first;
}

void AckClock::asked(SteadyTime now, bool news) {
  in_vain_ = news ? 0 : in_vain_ + 1;
  next_ = now + std::min(longest, first * (1 << std::min(in_vain_, 4u)));
}

}  // namespace ktel::delivery
