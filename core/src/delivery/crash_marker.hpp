// `CrashMarker`: which report a backend is at work on, for whoever comes after a crash of it.
//
// Eight bytes of the courier's lock file, mapped: a mark is one store, and outlives the process
// whatever ends it. It is made for encode and decode alone, so who finds one knows that the process
// did not die of waiting for a network. Of the courier that holds the lock; one thread.
#pragma once

#include <cstdint>
#include <optional>

namespace ktel::delivery {

class CrashMarker {
 public:
  // `fd` is open for writing. Nothing: the disk is full, or its file system cannot map it; there
  // are no marks then.
  static std::optional<CrashMarker> in(int fd);

  CrashMarker(CrashMarker&& other) noexcept;
  CrashMarker& operator=(CrashMarker&& other) noexcept;
  ~CrashMarker();

  std::int64_t left() const noexcept { return *mark_; }  // the seq of a delivery; 0: none
  void set(std::int64_t seq) noexcept { *mark_ = seq; }

 private:
  explicit CrashMarker(volatile std::int64_t* mark) noexcept : mark_(mark) {}

  volatile std::int64_t* mark_;
};

// So often may the process end at work on one report; then it is not touched again.
inline constexpr std::uint32_t most_crashes = 3;

}  // namespace ktel::delivery
