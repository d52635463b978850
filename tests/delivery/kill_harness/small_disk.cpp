// tmpfs in a mount namespace.
#include "delivery/kill_harness/small_disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace ktel::test::harness {
namespace {

// The same user inside as outside: programs look at who owns their files.
bool become_owner_of_a_namespace() {
  const std::string uid = fmt::format("{0} {0} 1\n", ::getuid());
  const std::string gid = fmt::format("{0} {0} 1\n", ::getgid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  for (const auto& [file, text] : std::array<std::pair<const char*, std::string>, 3>{
           {{"setgroups", "deny"}, {"uid_map", uid}, {"gid_map", gid}}}) {
    std::ofstream map(std::string("/proc/self/") + file);
    map << text << std::flush;
    if (!map) return false;
  }
  return true;
}

}  // namespace

std::string own_mounts() {
  const bool own = ::unshare(CLONE_NEWNS) == 0 || become_owner_of_a_namespace();
  if (own && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) return {};
  return fmt::format("no file system can be mounted here: {}", std::strerror(errno));
}

SmallDisk::SmallDisk(std::filesystem::path directory, std::size_t bytes)
    : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  const std::string size = fmt::format("size={},mode=0700", bytes);
  if (::mount("none", directory_.c_str(), "tmpfs", 0, size.c_str()) != 0) {
    throw std::runtime_error(
        fmt::format("mount {}: {}", directory_.string(), std::strerror(errno)));
  }
}

SmallDisk::~SmallDisk() { ::umount2(directory_.c_str(), MNT_DETACH); }

void SmallDisk::fill() {
  const int fd =
      ::open((directory_ / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;  // no room even for that
  const std::array<char, 4096> block = {};
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  ::close(fd);
}

void SmallDisk::make_room() {
  std::error_code ignored;
  std::filesystem::remove(directory_ / "filler", ignored);
}

}  // namespace ktel::test::harness
