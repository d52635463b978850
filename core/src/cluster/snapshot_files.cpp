// Walks a snapshot's directory, reads its files.
#include "cluster/snapshot_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

namespace ktel::cluster {
namespace fs = std::filesystem;
namespace {

std::int64_t unix_us(fs::file_time_type time) {
  const auto system = std::chrono::file_clock::to_sys(time);
  return std::chrono::duration_cast<std::chrono::microseconds>(system.time_since_epoch()).count();
}

// "nodes.json", "_reads/metrics.txt".
bool belongs_to_snapshot(const fs::path& name) {
  return name.extension() == ".json" || (name.extension() == ".txt" && *name.begin() == "_reads");
}

}  // namespace

SnapshotFile::SnapshotFile(SnapshotDocument document)
    : name_(std::move(document.name)), text_(std::move(document.text)) {}

SnapshotFile::SnapshotFile(std::string name, fs::path path)
    : name_(std::move(name)), path_(std::move(path)) {}

Result<void> SnapshotFile::read(
    const std::function<Result<void>(std::string_view chunk)>& take) const {
  if (text_) return take(*text_);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path_.c_str(), "rbe"),
                                                             &std::fclose);
  if (!file) {
    return Error{Errc::bad_input, fmt::format("{}: {}", path_.string(), std::strerror(errno))};
  }
  std::array<char, 64 * 1024> buffer;
  for (;;) {
    const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (n > 0) {
      if (Result<void> taken = take({buffer.data(), n}); !taken) return taken;
    }
    if (n < buffer.size()) break;
  }
  if (std::ferror(file.get()) != 0) {
    return Error{Errc::bad_input, fmt::format("{}: {}", path_.string(), std::strerror(errno))};
  }
  return {};
}

Result<SnapshotFiles> list_snapshot_files(const fs::path& path) {
  SnapshotFiles found;
  const auto add = [&found](const std::string& name, const fs::path& file) {
    found.files.emplace_back(name, file);
    found.newest_us = std::max(found.newest_us, unix_us(fs::last_write_time(file)));
  };
  try {
    if (!fs::exists(path)) {
      return Error{Errc::not_found,
                   fmt::format("snapshot {}: there is no such file or directory", path.string())};
    }
    if (!fs::is_directory(path)) {
      add(path.filename().string(), path);
      return found;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
      const fs::path name = entry.path().lexically_relative(path);
      if (!entry.is_regular_file() || !belongs_to_snapshot(name)) continue;
      add(name.generic_string(), entry.path());
    }
  } catch (const fs::filesystem_error& e) {
    return Error{Errc::bad_input, fmt::format("snapshot {}: {}: {}", path.string(),
                                              e.path1().string(), e.code().message())};
  }
  if (found.files.empty()) {
    return Error{Errc::not_found,
                 fmt::format("snapshot {}: no *.json file is in it: save some with `kubectl get "
                             "nodes -o json > {}/nodes.json`",
                             path.string(), path.string())};
  }
  return found;
}

}  // namespace ktel::cluster
