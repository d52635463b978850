// A map per channel.
#include "support/hec_strictd/acks.hpp"

namespace ktel::test::hec {

std::optional<std::uint64_t> AckTable::issue(const std::string& name, Time now) {
  forget_idle(now);
  Channel& channel = channels_[name];
  channel.used = now;
  if (channel.pending.size() >= max_pending) return std::nullopt;
  channel.pending.emplace(channel.next, Pending{now});
  return channel.next++;
}

bool AckTable::query(const std::string& name, std::uint64_t id, Time now, AckMode mode,
                     unsigned polls) {
  forget_idle(now);
  if (mode == AckMode::always) return true;
  const auto channel = channels_.find(name);
  if (channel == channels_.end()) return false;
  channel->second.used = now;
  const auto pending = channel->second.pending.find(id);
  if (pending == channel->second.pending.end() || mode == AckMode::never) return false;
  if (pending->second.asked++ < polls || now - pending->second.issued < delay) return false;
  channel->second.pending.erase(pending);
  return true;
}

void AckTable::forget_idle(Time now) {
  if (!idle) return;
  std::erase_if(channels_, [&](const auto& entry) { return now - entry.second.used > *idle; });
}

}  // namespace ktel::test::hec
