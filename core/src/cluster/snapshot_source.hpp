// `SnapshotSource`: objects from files, for the demo, tests, offline review and air-gapped sites.
//
// A snapshot is a file, or a directory with subdirectories, of JSON as `kubectl get -o json` and
// the API server write it: `List`, `PodList` and the like, or single objects, any number of kinds
// in a file. In a directory only *.json is read, and *.txt of its _reads. Beside the objects it may
// hold:
//   _snapshot.json     {"time": "2026-11-25T00:41:00Z"}, when it was taken; else the newest file's
//                      time counts
//   _reads/PATH.json   what the API server answered at the URL /PATH: _reads/version.json. Of
//                      _reads/apis.json, _reads/apis/GROUP/VERSION.json, _reads/api.json and
//                      _reads/api/v1.json it is learnt what was served
//   _reads/PATH.txt    metrics that /PATH answered, in Prometheus text: _reads/metrics.txt. Metrics
//                      may also be in PATH.json, as [{"name", "labels": {...}, "value"}, ...]
//   _reads/served.json [{"group", "version", "resource", "kind"}, ...], all that was served; what
//                      it lists was saved, if there were objects
// A snapshot that ktel saved (recording_source.hpp) says in its _snapshot.json which reads it
// answers and where; it answers those and no other. Of any other one:
//
// What a snapshot does not hold is not known: a kind is 0 if a list of it is empty (a `List` says
// of which kind by its file's name, pods.json) or if served.json lists it, and ABSENT if
// served.json or apis.json shows that it was not served; else reading it fails. An object that two
// files hold counts once.
//
// open() indexes what lies where, on the caller's thread; each fetch streams the files it needs
// through the same projection as an API server's answers, one fetch after the other on the source's
// own thread. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "cluster/source.hpp"

namespace ktel::cluster {

class SnapshotIndex;
struct SnapshotFiles;

// A document of a snapshot that lies in memory; `name` as it would be called in the directory.
struct SnapshotDocument {
  std::string name;
  std::string text;
};

class SnapshotSource final : public Source {
 public:
  // Reads each file once. not_found if there is nothing there; bad_input, naming the file, if it
  // cannot be understood; stopped.
  static Result<std::shared_ptr<SnapshotSource>> open(const std::filesystem::path& path,
                                                      const std::stop_token& stop = {});
  static Result<std::shared_ptr<SnapshotSource>> from_documents(
      std::string name, std::vector<SnapshotDocument> documents);

  ~SnapshotSource() override;

  std::string description() const override;
  std::int64_t time_us() const override;
  void discover(DiscoveryNeed need, std::stop_token stop,
                std::function<void(DiscoveryEnd)> done) override;
  void fetch(FetchRequest request, std::stop_token stop,
             std::function<void(FetchEnd)> done) override;

 private:
  class Worker;
  static Result<std::shared_ptr<SnapshotSource>> index(std::string name, SnapshotFiles files,
                                                       const std::stop_token& stop);
  explicit SnapshotSource(std::shared_ptr<const SnapshotIndex> index);

  std::shared_ptr<const SnapshotIndex> index_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace ktel::cluster
