// Acknowledgement ids, as an indexer keeps them: per channel, from 0, forgotten once told.
//
// One table is one indexer process; a server with two nodes has two, whose ids know nothing of each
// other. Not thread-safe: the server's one thread owns it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace ktel::test::hec {

// How queries are answered; faults change it.
enum class AckMode { honest, never, always };

class AckTable {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // An id for an accepted request; nothing if the channel is full (code 27).
  std::optional<std::uint64_t> issue(const std::string& channel, Time now);

  // True at most once, and only `delay` and `polls` refusals after the id was issued. Unknown ids
  // are false, as are those told before.
  bool query(const std::string& channel, std::uint64_t id, Time now, AckMode mode = AckMode::honest,
             unsigned polls = 0);

  void forget_idle(Time now);
  void clear() { channels_.clear(); }

  std::chrono::milliseconds delay = {};                // from issue to true
  std::optional<std::chrono::milliseconds> idle = {};  // channels silent this long are dropped
  std::size_t max_pending = 1'000'000;

 private:
  struct Pending {
    Time issued;
    unsigned asked = 0;
  };
  struct Channel {
    std::uint64_t next = 0;
    Time used = {};
    std::map<std::uint64_t, Pending> pending = {};
  };
  std::map<std::string, Channel> channels_;
};

}  // namespace ktel::test::hec
