// `SnapshotIndex`: what lies in which file of a snapshot, and what is known of what the cluster
// served.
//
// Made once by snapshot_source.cpp, by streaming each file; immutable.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ktel/result.hpp>

#include "cluster/discovery.hpp"
#include "cluster/kinds.hpp"
#include "cluster/saved_reads.hpp"
#include "cluster/snapshot_files.hpp"

namespace ktel::cluster {

// As objects name their type: "apps/v1", "Deployment".
using ObjectType = std::pair<std::string, std::string>;

struct ObjectFile {
  SnapshotFile file;
  ObjectType implied;          // of items that do not say: those of a PodList are Pods
  std::set<ObjectType> types;  // that it holds
};

class SnapshotIndex {
 public:
  // In the order of the files' names. Errors name the file; a stop is one.
  static Result<SnapshotIndex> make(std::string name, SnapshotFiles files,
                                    const std::stop_token& stop);

  const std::string& name() const noexcept { return name_; }
  std::int64_t time_us() const noexcept { return time_us_; }
  const std::vector<ObjectFile>& files() const noexcept { return files_; }
  const Discovery& discovery() const noexcept { return discovery_; }

  // The file that holds what a URL answered, as JSON or as text; nullptr: none does.
  const SnapshotFile* answer(std::string_view url) const;
  const SnapshotFile* text_answer(std::string_view url) const;

  // Does it hold the objects of this resource, be they none?
  bool holds(std::string_view group, std::string_view version, std::string_view resource) const;

  // Of a snapshot that ktel saved: the reads it answers, and it answers no other. The file with the
  // rows of one. nullptr: nobody knows what was meant to be in it.
  const SavedReads* saved() const noexcept { return saved_ ? &*saved_ : nullptr; }
  const SnapshotFile& rows_of(const SavedRead& read) const { return saved_files_.at(read.file); }

  // Is it the type of this resource?
  bool is(const ObjectType& type, std::string_view group, std::string_view version,
          std::string_view resource) const;

 private:
  Result<void> add_objects(SnapshotFile file, const std::stop_token& stop);
  Result<void> add_time(const SnapshotFile& file);
  Result<bool> add_saved(const std::vector<SnapshotFile>& files);
  Result<void> add_served(const SnapshotFile& file);
  Result<void> add_discovery(const SnapshotFile& file, const std::string& url);
  void serve(const GroupVersion& at, std::string_view resource, std::string_view kind);
  std::string resource(const GroupVersion& at, std::string_view kind) const;

  std::string name_;
  std::int64_t time_us_ = 0;
  std::vector<ObjectFile> files_;
  std::map<std::string, SnapshotFile, std::less<>> answers_;            // by URL
  std::map<std::string, SnapshotFile, std::less<>> text_answers_;       // by URL
  std::map<std::pair<std::string, std::string>, std::string> defined_;  // (group, kind): resource
  std::set<std::string, std::less<>> empty_;  // "pods", "deployments.apps": lists without an item
  Discovery discovery_;
  std::optional<SavedReads> saved_;
  std::map<std::string, SnapshotFile> saved_files_;  // by name
  bool complete_ = false;  // served.json is there: what it lists was saved
};

}  // namespace ktel::cluster
