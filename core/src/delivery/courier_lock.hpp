// `CourierLock`: who may send to a destination from a ledger.
//
// A flock on `LEDGER.courier-HASH.lock`, beside the ledger's file by whatever name it was reached:
// one file a destination, so that one which is down holds up no other. The kernel lets go of it
// when its process ends, however it ends. Taken by the courier; move-only; excludes other sessions
// of the same process too.
#pragma once

#include <ktel/result.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace ktel::delivery {

class CourierLock {
 public:
  // Empty if somebody else holds it; never waits. bad_input: the file cannot be made or locked.
  static Result<std::optional<CourierLock>> try_take(const std::filesystem::path& ledger,
                                                     const std::string& destination);

  // Of the file; open for as long as the lock is held.
  int fd() const noexcept { return fd_; }

  CourierLock(CourierLock&& other) noexcept;
  CourierLock& operator=(CourierLock&& other) noexcept;
  ~CourierLock();

 private:
  explicit CourierLock(int fd) noexcept : fd_(fd) {}

  int fd_;
};

}  // namespace ktel::delivery
