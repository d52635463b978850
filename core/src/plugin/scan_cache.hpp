// `ScanCache`: what plugin files declared when they were last looked at, so that an unchanged
// directory costs one stat a file and no child process.
//
// One file an answer, named by the plugin's SHA-256 and by this ktel's version and ABI; and an
// index from a file's size, times and inode to its SHA-256. Everything here can be lost: what is
// missing, damaged or not ours is as if it were not there. Only answers that were good are kept.
// One thread; several processes may use one directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <sys/stat.h>

#include "plugin/scan.hpp"

namespace ktel::plugin {

class ScanCache {
 public:
  // Makes the directory if it is not there. Empty, or not this user's alone: nothing is kept.
  ScanCache(const std::filesystem::path& directory, std::string host_version);

  // Of a file that has not changed since remember() was called for it.
  std::optional<std::string> sha256(const std::filesystem::path& file,
                                    const struct stat& status) const;
  void remember(const std::filesystem::path& file, const struct stat& status, std::string sha256);

  std::optional<Description> find(const std::string& sha256) const;
  void keep(const std::string& sha256, const Description& description) const;

  // Writes the index if it changed.
  void save() const;

 private:
  std::filesystem::path answer_file(const std::string& sha256) const;

  std::filesystem::path directory_;  // empty: there is no cache
  std::string host_version_;
  // "size inode device mtime ctime" and the SHA-256.
  struct Known {
    std::string stamp;
    std::string sha256;
  };
  std::map<std::string, Known> files_;  // by path
  bool changed_ = false;
};

}  // namespace ktel::plugin
