// `SnapshotSource`: objects from files, for the demo, tests, offline review and air-gapped sites.
//
// A snapshot is a file, or a directory with subdirectories, of JSON as `kubectl get -o json` and
// the API server write it: `List`, `PodList` and the like, or single objects, any number of kinds
// in a file. In a directory only *.json is read. Beside the objects a directory may hold:
//   _snapshot.json         {"time": "2026-11-25T00:41:00Z"}, when it was taken; else the newest
//                          file's time counts
//   _reads/PATH.json       what the API server answered at the URL /PATH: _reads/version.json
//   _reads/served.json     [{"group", "version", "resource", "kind"}, ...], what the cluster
//   served;
//                          else what the objects and custom resource definitions show
// A kind built into Kubernetes of which there is no object has 0 of them, unless served.json says
// that it was not served; a custom kind without an object and without a definition is ABSENT. An
// object that two files hold counts once.
//
// open() indexes what lies where; each fetch streams the files it needs through the same projection
// as an API server's answers, on the caller's thread. Immutable, thread-safe.
#pragma once

#include <filesystem>
#include <memory>
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
  // not_found if there is nothing there; bad_input, naming the file, if it cannot be understood.
  static Result<std::shared_ptr<SnapshotSource>> open(const std::filesystem::path& path);
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
  static Result<std::shared_ptr<SnapshotSource>> index(std::string name, SnapshotFiles files);
  explicit SnapshotSource(std::unique_ptr<const SnapshotIndex> index);
  std::unique_ptr<const SnapshotIndex> index_;
};

}  // namespace ktel::cluster
