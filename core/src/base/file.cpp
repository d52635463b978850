// Small files: see the header.
#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"

namespace ktel {
namespace {

Error system_error(const std::filesystem::path& file, int number = errno) {
  return {number == ENOENT ? Errc::not_found : Errc::bad_input,
          fmt::format("{}: {}", file.string(),
                      std::error_code(number, std::generic_category()).message())};
}

Result<void> write_all(int fd, std::string_view bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(file);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return system_error(file);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return system_error(file);
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(file);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return Error{Errc::bad_input, fmt::format("{}: larger than {} bytes; is this the right file?",
                                                file.string(), limit)};
    }
  }
}

Result<void> write_file_atomic(const std::filesystem::path& file, std::string_view bytes,
                               mode_t mode) {
  std::string beside = file.string() + ".XXXXXX";
  const Descriptor fd(::mkostemp(beside.data(), O_CLOEXEC));
  if (fd.get() < 0) return system_error(file);
  Result<void> written = write_all(fd.get(), bytes, file);
  if (written && ::fchmod(fd.get(), mode) != 0) written = system_error(file);
  if (written && ::rename(beside.c_str(), file.c_str()) != 0) written = system_error(file);
  if (!written) {
    ::unlink(beside.c_str());
    return written;
  }
  // The rename itself must last, too. Not every file system can sync a directory: best effort.
  const std::filesystem::path parent = file.has_parent_path() ? file.parent_path() : ".";
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) static_cast<void>(::fsync(directory.get()));
  return {};
}

}  // namespace ktel
