// openat and fstat: what was checked is what is used.
#include "plugin/ownership.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace ktel::plugin {
namespace {

Error refuse(std::string why) { return {Errc::bad_input, std::move(why)}; }

std::string words(int number) { return std::generic_category().message(number); }

Error cannot_use(const std::filesystem::path& directory, int number) {
  return refuse(fmt::format("{}: {}; name a directory that this user can read", directory.string(),
                            words(number)));
}

Result<void> check(const std::filesystem::path& path, int fd, Place place) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return cannot_use(path, errno);
  Result<void> trusted = may_be_trusted(path, status, place, ::geteuid());
  if (trusted) return {};
  return refuse(fmt::format("{} {}", path.string(), trusted.error().message));
}

}  // namespace

Result<void> may_be_trusted(const std::filesystem::path& path, const struct stat& status,
                            Place place, uid_t user) {
  const auto refuse_with = [&](std::string_view what, std::string_view step) {
    return refuse(fmt::format("{} (owner {}, mode {:04o}): {}", what, status.st_uid,
                              status.st_mode & 07777u, step));
  };
  if (status.st_uid != 0 && status.st_uid != user) {
    return refuse_with("belongs to another user",
                       fmt::format("only plugins of root and of user {} are loaded", user));
  }
  const bool others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool sticky = place == Place::parent && (status.st_mode & S_ISVTX) != 0;
  if (others_write && !sticky) {
    return refuse_with("is writable by others", fmt::format("run chmod go-w {}", path.string()));
  }
  return {};
}

Result<PluginDirectory> open_directory(const std::filesystem::path& path) {
  std::error_code error;
  PluginDirectory directory{std::filesystem::canonical(path, error), Descriptor(), {}};
  if (error) return cannot_use(path, error.value());
  directory.fd =
      Descriptor(::open(directory.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (directory.fd.get() < 0) return cannot_use(directory.path, errno);
  if (auto trusted = check(directory.path, directory.fd.get(), Place::directory); !trusted) {
    return trusted.error();
  }
  for (auto parent = directory.path; parent != parent.root_path();) {
    parent = parent.parent_path();
    const Descriptor fd(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return cannot_use(parent, errno);
    if (auto trusted = check(parent, fd.get(), Place::parent); !trusted) return trusted.error();
  }

  const int listed = ::openat(directory.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listed < 0) return cannot_use(directory.path, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(listed), &::closedir);
  if (!entries) {
    ::close(listed);
    return cannot_use(directory.path, errno);
  }
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name.size() > 3 && name.ends_with(".so")) directory.names.push_back(name);
  }
  if (errno != 0) return cannot_use(directory.path, errno);
  std::sort(directory.names.begin(), directory.names.end());
  return directory;
}

Result<Descriptor> open_plugin(const PluginDirectory& directory, const std::string& name) {
  const auto unreadable = [&](int number) {
    return refuse(
        fmt::format("cannot be opened ({}): make it readable for this user, or take it "
                    "out of {}",
                    words(number), directory.path.string()));
  };
  // O_NONBLOCK: opening a pipe that bears such a name must not wait for a writer.
  Descriptor file(
      ::openat(directory.fd.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0 && errno == ELOOP)
    return refuse("is a symbolic link: put the file itself there");
  if (file.get() < 0 && errno == ENOENT) {
    return refuse("is not there any more: put it back, and start the program anew");
  }
  if (file.get() < 0) return unreadable(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return unreadable(errno);
  if (!S_ISREG(status.st_mode)) {
    return refuse(fmt::format("is not a regular file: take it out of {}", directory.path.string()));
  }
  const auto trusted = may_be_trusted(directory.path / name, status, Place::file, ::geteuid());
  if (!trusted) return trusted.error();
  return file;
}

}  // namespace ktel::plugin
