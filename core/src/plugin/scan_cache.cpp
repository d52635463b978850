// Small JSON files, written whole and read with suspicion.
#include "plugin/scan_cache.hpp"

#include <fmt/format.h>
#include <ktel/abi/types.h>
#include <unistd.h>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "json/canonical.hpp"
#include "plugin/scan_messages.hpp"

namespace ktel::plugin {
namespace {

namespace js = boost::json;

constexpr json::Limits limits{.bytes = 64u << 20, .depth = 16};

// A change within the clock's grain of the last look could go unseen: such a file is hashed again.
constexpr std::time_t settled_after_s = 2;

std::string stamp_of(const struct stat& status) {
  return fmt::format("{} {} {} {}.{:09} {}.{:09}", status.st_size, status.st_ino, status.st_dev,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

bool is_ours_alone(const std::filesystem::path& directory) {
  struct stat status {};
  return ::lstat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::optional<js::object> read_object(const std::filesystem::path& file) {
  const Result<std::string> text = read_file(file, limits.bytes);
  if (!text) return std::nullopt;
  Result<js::value> value = json::parse_strict(text.value(), limits);
  if (!value || !value.value().is_object()) return std::nullopt;
  return std::move(value.value().get_object());
}

void write_object(const std::filesystem::path& file, js::object object) {
  // A cache that cannot be written costs time, nothing else.
  static_cast<void>(write_file_atomic(file, json::canonical(js::value(std::move(object)))));
}

}  // namespace

ScanCache::ScanCache(const std::filesystem::path& directory, std::string host_version)
    : host_version_(std::move(host_version)) {
  if (directory.empty()) return;
  std::error_code error;
  if (std::filesystem::create_directories(directory, error)) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  if (!is_ours_alone(directory)) return;
  directory_ = directory;

  const auto index = read_object(directory_ / "files.json");
  if (!index) return;
  for (const auto& [path, entry] : *index) {
    const js::object* known = entry.if_object();
    const js::value* stamp = known == nullptr ? nullptr : known->if_contains("stamp");
    const js::value* sha256 = known == nullptr ? nullptr : known->if_contains("sha256");
    if (stamp == nullptr || sha256 == nullptr || !stamp->is_string() || !sha256->is_string()) {
      continue;
    }
    files_[std::string(path)] = {std::string(stamp->get_string()),
                                 std::string(sha256->get_string())};
  }
}

std::optional<std::string> ScanCache::sha256(const std::filesystem::path& file,
                                             const struct stat& status) const {
  const auto found = files_.find(file.string());
  if (found == files_.end() || found->second.stamp != stamp_of(status)) return std::nullopt;
  return found->second.sha256;
}

void ScanCache::remember(const std::filesystem::path& file, const struct stat& status,
                         std::string sha256) {
  const std::time_t newest = std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
  if (directory_.empty() || std::time(nullptr) - newest < settled_after_s) return;
  files_[file.string()] = {stamp_of(status), std::move(sha256)};
  changed_ = true;
}

std::filesystem::path ScanCache::answer_file(const std::string& sha256) const {
  return directory_ /
         fmt::format("{}-{}.{}-{}.json", sha256, KTEL_ABI_MAJOR, KTEL_ABI_MINOR, host_version_);
}

std::optional<Description> ScanCache::find(const std::string& sha256) const {
  if (directory_.empty()) return std::nullopt;
  auto object = read_object(answer_file(sha256));
  if (!object) return std::nullopt;
  Result<Description> description = description_from_json(js::value(std::move(*object)));
  if (!description) return std::nullopt;
  return std::move(description).value();
}

void ScanCache::keep(const std::string& sha256, const Description& description) const {
  if (directory_.empty()) return;
  write_object(answer_file(sha256), description_json(description).get_object());
}

void ScanCache::save() const {
  if (directory_.empty() || !changed_) return;
  js::object index;
  for (const auto& [path, known] : files_) {
    index[path] = js::object{{"stamp", known.stamp}, {"sha256", known.sha256}};
  }
  write_object(directory_ / "files.json", std::move(index));
}

}  // namespace ktel::plugin
