// `RecordingSource`: another source's answers, kept in files as they pass by: `ktel snapshot save`.
//
// Of each object only what the paths of its fetch found is written (json/pruned.hpp), as a list of
// objects a fetch; of a count the number. What was denied or failed is not kept. The files make a
// snapshot once finish() has written _snapshot.json. Thread-safe as a source is.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "cluster/source.hpp"

namespace ktel::cluster {

class RecordingSource final : public Source {
 public:
  // `dir` exists and is empty.
  RecordingSource(std::shared_ptr<Source> source, std::filesystem::path dir);
  ~RecordingSource() override;

  std::string description() const override;
  std::int64_t time_us() const override;
  void discover(DiscoveryNeed need, std::stop_token stop,
                std::function<void(DiscoveryEnd)> done) override;
  void fetch(FetchRequest request, std::stop_token stop,
             std::function<void(FetchEnd)> done) override;

  // Once, when all fetches have ended: how many reads the snapshot holds. Fails if something could
  // not be written, naming the file.
  Result<std::size_t> finish(const std::string& time);

 private:
  struct State;
  class Recorder;
  std::shared_ptr<State> state_;
};

}  // namespace ktel::cluster
