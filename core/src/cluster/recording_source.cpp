// A recorder for each fetch, between the source and whoever takes the rows.
#include "cluster/recording_source.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "cluster/finding.hpp"
#include "cluster/saved_reads.hpp"
#include "json/pruned.hpp"

namespace ktel::cluster {
namespace {

constexpr std::string_view manifest = "_snapshot.json";

// "pods", "_reads/version".
std::string stem_of(const Fetch& fetch) {
  if (!fetch.url.empty()) return "_reads" + fetch.url;
  return resource_name(fetch.resource, fetch.group);
}

std::string opening(const Fetch& fetch) {
  if (fetch.kind == Fetch::Kind::raw) return "";
  if (fetch.kind == Fetch::Kind::metrics) return "[\n";
  const std::string at = fetch.group.empty() ? fetch.version : fetch.group + "/" + fetch.version;
  return fmt::format("{{\"apiVersion\":\"{}\",\"kind\":\"List\",\"items\":[\n", at);
}

std::string_view closing(const Fetch& fetch) {
  if (fetch.kind == Fetch::Kind::raw) return "\n";
  return fetch.kind == Fetch::Kind::metrics ? "\n]\n" : "\n]}\n";
}

}  // namespace

struct RecordingSource::State {
  std::shared_ptr<Source> source;
  std::filesystem::path dir;
  std::mutex mutex;
  std::set<std::string> names;  // of files, taken
  SavedReads saved;
  std::optional<Error> failed;  // the first file that could not be written

  std::string new_name(const Fetch& fetch) {
    const std::lock_guard lock(mutex);
    std::string name = stem_of(fetch) + ".json";
    for (int n = 2; !names.insert(name).second; ++n) {
      name = fmt::format("{}-{}.json", stem_of(fetch), n);
    }
    return name;
  }

  Error not_written(const std::string& name) {
    const std::error_code why(errno, std::generic_category());
    const Error error{Errc::undelivered,
                      fmt::format("cannot write {}: {}; free some space or name another directory",
                                  (dir / name).string(), why.message())};
    const std::lock_guard lock(mutex);
    if (!failed) failed = error;
    return error;
  }

  void keep(SavedRead read) {
    const std::lock_guard lock(mutex);
    saved.reads.push_back(std::move(read));
  }
};

// Takes the rows of one fetch; the source calls it on one thread at a time.
class RecordingSource::Recorder final : public RowReceiver {
 public:
  Recorder(std::shared_ptr<State> state, FetchRequest& request)
      : state_(std::move(state)), fetch_(*request.fetch), rows_(request.rows) {
    fetch_.consumers.clear();
    if (fetch_.kind != Fetch::Kind::count) begin();
  }

  Result<void> row(std::string_view version, std::span<const json::Cell> cells) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].type != json::Cell::Type::too_large) continue;
      too_large_.emplace_back(count_, fetch_.paths[i]);
    }
    if (count_++ > 0) out_ << ",\n";
    out_ << json::pruned(fetch_.paths, cells);
    if (!out_) return state_->not_written(name_);
    return rows_->row(version, cells);
  }

  void restart() override {
    if (!name_.empty()) begin();
    if (rows_) rows_->restart();
  }

  // Known before the rows are; a count may have been answered with it.
  void counted(std::uint64_t count) { counted_ = count; }

  void ended(const FetchEnd& end) {
    if (!name_.empty()) {
      out_ << closing(fetch_);
      out_.close();
      if (!out_) state_->not_written(name_);
    }
    const bool ok = end.state == ReadState::ok;
    if (ok || end.state == ReadState::absent) {
      state_->keep({.fetch = fetch_,
                    .absent = !ok,
                    .count = end.count,
                    .file = ok ? name_ : "",
                    .too_large = std::move(too_large_)});
    } else if (counted_) {
      fetch_.kind = Fetch::Kind::count;
      state_->keep({.fetch = fetch_, .absent = false, .count = *counted_, .file = ""});
    }
    if (ok || name_.empty()) return;
    std::error_code ignored;  // what is not named in the manifest counts for nothing
    std::filesystem::remove(state_->dir / name_, ignored);
  }

 private:
  void begin() {
    if (name_.empty()) name_ = state_->new_name(fetch_);
    const std::filesystem::path file = state_->dir / name_;
    std::error_code ignored;  // opening says why
    std::filesystem::create_directories(file.parent_path(), ignored);
    out_ = std::ofstream(file, std::ios::binary | std::ios::trunc);
    out_ << opening(fetch_);
    count_ = 0;
    too_large_.clear();
    if (!out_) state_->not_written(name_);
  }

  const std::shared_ptr<State> state_;
  Fetch fetch_;
  const std::shared_ptr<RowReceiver> rows_;
  std::string name_;
  std::ofstream out_;
  std::uint64_t count_ = 0;
  std::optional<std::uint64_t> counted_;
  std::vector<std::pair<std::uint64_t, json::Path>> too_large_;
};

RecordingSource::RecordingSource(std::shared_ptr<Source> source, std::filesystem::path dir)
    : state_(std::make_shared<State>()) {
  state_->source = std::move(source);
  state_->dir = std::move(dir);
}
RecordingSource::~RecordingSource() = default;

std::string RecordingSource::description() const { return state_->source->description(); }
std::int64_t RecordingSource::time_us() const { return state_->source->time_us(); }

void RecordingSource::discover(DiscoveryNeed need, std::stop_token stop,
                               std::function<void(DiscoveryEnd)> done) {
  auto asked = need.questions;
  state_->source->discover(
      std::move(need), std::move(stop),
      [state = state_, asked = std::move(asked), done = std::move(done)](DiscoveryEnd end) {
        // What could not be learnt was not asked, as far as the snapshot goes.
        std::vector<DiscoveryQuestion> answered = asked;
        std::erase_if(answered, [&](const DiscoveryQuestion& question) {
          return !end.discovery.knows(question.group);
        });
        {
          const std::lock_guard lock(state->mutex);
          state->saved.served = answers(end.discovery, answered);
          state->saved.asked = std::move(answered);
        }
        done(std::move(end));
      });
}

void RecordingSource::fetch(FetchRequest request, std::stop_token stop,
                            std::function<void(FetchEnd)> done) {
  const auto recorder = std::make_shared<Recorder>(state_, request);
  request.rows = recorder;
  if (request.counted) {
    request.counted = [recorder, counted = std::move(request.counted)](std::uint64_t count) {
      recorder->counted(count);
      counted(count);
    };
  }
  state_->source->fetch(std::move(request), std::move(stop),
                        [recorder, done = std::move(done)](FetchEnd end) {
                          recorder->ended(end);
                          done(std::move(end));
                        });
}

Result<std::size_t> RecordingSource::finish(const std::string& time) {
  const std::lock_guard lock(state_->mutex);
  if (state_->failed) return *state_->failed;
  state_->saved.time = time;
  const Result<void> written =
      write_file_atomic(state_->dir / std::string(manifest), to_json(state_->saved));
  if (!written) return written.error();
  return state_->saved.reads.size();
}

}  // namespace ktel::cluster
