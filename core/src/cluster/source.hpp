// `Source`: where a run's objects come from. Two of them: api_source.hpp, snapshot_source.hpp.
#pragma once

#include <cstdint>
#include <string>

#include <ktel/result.hpp>

namespace ktel::cluster {

class Source {
 public:
  virtual ~Source() = default;

  // For the run record and messages: "https://10.0.0.1:6443", "snapshot DIR". No user info.
  virtual std::string description() const = 0;

  // A snapshot's own time in Unix microseconds; 0: the clock's.
  virtual std::int64_t time_us() const { return 0; }

  // The owner of this header adds what collect() needs: discovery and fetch, as callbacks.
};

}  // namespace ktel::cluster
