// The files of a snapshot: which there are, and their bytes in chunks.
//
// Used by snapshot_source.cpp. A file is read anew each time, so a large snapshot costs no memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

#include "cluster/snapshot_source.hpp"

namespace ktel::cluster {

class SnapshotFile {
 public:
  explicit SnapshotFile(SnapshotDocument document);
  SnapshotFile(std::string name, std::filesystem::path path);

  // Relative to the snapshot: "pods.json", "_reads/version.json".
  const std::string& name() const noexcept { return name_; }

  // Gives all bytes to `take`, in chunks; fails with its error, or if the file cannot be read.
  Result<void> read(const std::function<Result<void>(std::string_view chunk)>& take) const;

 private:
  std::string name_;
  std::filesystem::path path_;
  std::optional<std::string> text_;  // of one in memory
};

struct SnapshotFiles {
  std::vector<SnapshotFile> files;
  std::int64_t newest_us = 0;  // Unix time of the file that was changed last
};

// All *.json below a directory and the *.txt of its _reads, or a single file of any name.
Result<SnapshotFiles> list_snapshot_files(const std::filesystem::path& path);

}  // namespace ktel::cluster
