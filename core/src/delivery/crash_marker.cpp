// CrashMarker: see the header.
#include "delivery/crash_marker.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace ktel::delivery {

std::optional<CrashMarker> CrashMarker::in(int fd) {
  // A store into a hole of a full disk would be SIGBUS. What was there stays.
  if (::posix_fallocate(fd, 0, sizeof(std::int64_t)) != 0) return std::nullopt;
  void* mapped = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return std::nullopt;
  return CrashMarker(static_cast<std::int64_t*>(mapped));
}

CrashMarker::CrashMarker(CrashMarker&& other) noexcept
    : mark_(std::exchange(other.mark_, nullptr)) {}

CrashMarker& CrashMarker::operator=(CrashMarker&& other) noexcept {
  std::swap(mark_, other.mark_);
  return *this;
}

CrashMarker::~CrashMarker() {
  if (mark_ == nullptr) return;
  ::munmap(const_cast<std::int64_t*>(mark_), sizeof(std::int64_t));
}

}  // namespace ktel::delivery
