// flock, wrapped.
#include "delivery/courier_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/hash.hpp"

namespace ktel::delivery {

Result<std::optional<CourierLock>> CourierLock::try_take(const std::filesystem::path& ledger,
                                                         const std::string& destination) {
  std::error_code ignored;
  std::filesystem::path real = std::filesystem::weakly_canonical(ledger, ignored);
  if (real.empty()) real = ledger;
  const std::filesystem::path file =
      fmt::format("{}.courier-{}.lock", real.string(), sha256_hex(destination).substr(0, 16));
  CourierLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.fd_ >= 0 && ::flock(lock.fd_, LOCK_EX | LOCK_NB) == 0)
    return std::optional(std::move(lock));
  if (lock.fd_ >= 0 && errno == EWOULDBLOCK) return std::optional<CourierLock>();
  return Error{
      Errc::bad_input,
      fmt::format("lock file {} cannot be taken ({}): make the ledger's directory writable, "
                  "or name another ledger with --ledger",
                  file.string(), std::strerror(errno))};
}

CourierLock::CourierLock(CourierLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

CourierLock& CourierLock::operator=(CourierLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

CourierLock::~CourierLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace ktel::delivery
