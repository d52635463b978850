// Answers fetches from files: the objects of a type, filtered as a server would.
#include "cluster/snapshot_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>

#include "base/quiet_thread.hpp"
#include "cluster/finding.hpp"
#include "cluster/metrics_parser.hpp"
#include "cluster/metrics_rows.hpp"
#include "cluster/snapshot_filter.hpp"
#include "cluster/snapshot_index.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {
namespace {

using json::Cell;
using json::Path;

FetchEnd end_of(ReadResult result) {
  FetchEnd end;
  end.state = result.state;
  end.cause = result.cause;
  end.finding = std::move(result.finding);
  return end;
}

FetchEnd end_with(std::uint64_t count) {
  FetchEnd end;
  end.state = ReadState::ok;
  end.count = count;
  return end;
}

// The whole file into a json::Projection or a MetricsParser, unless a stop comes.
template <class Parser>
Result<void> stream(const SnapshotFile& file, Parser&& parser, const std::stop_token& stop) {
  Result<void> done = file.read([&](std::string_view chunk) -> Result<void> {
    if (stop.stop_requested()) return Error{Errc::stopped, "stopped"};
    return parser.feed(chunk);
  });
  if (done) done = parser.finish();
  return std::move(done).context(file.name());
}

FetchEnd read_objects(const SnapshotIndex& index, const FetchRequest& request,
                      const std::stop_token& stop) {
  const Fetch& fetch = *request.fetch;
  const auto fail = [&fetch](const Error& error) {
    return end_of(failed(error.code, fmt::format("reading {}: {}", fetch.what(), error.message)));
  };
  // A version nobody asked discovery for may still not be there.
  const Resolution served =
      index.discovery().resolve(fetch.group, std::span(&fetch.version, 1), fetch.resource);
  if (served.state == Resolution::State::absent) return end_of(not_served(fetch.what()));
  if (!index.holds(fetch.group, fetch.version, fetch.resource)) {
    return end_of(not_in_snapshot(fetch));
  }
  const Result<SnapshotFilter> filter = SnapshotFilter::make(fetch);
  if (!filter) return fail(filter.error());

  std::vector<Path> paths = fetch.paths;
  paths.insert(paths.end(), filter->paths().begin(), filter->paths().end());
  const auto trie = std::make_shared<const json::PathTrie>(paths);
  std::unordered_set<std::string> seen;  // an object may lie in several files
  std::uint64_t count = 0;
  for (const ObjectFile& file : index.files()) {
    const bool has = std::any_of(file.types.begin(), file.types.end(), [&](const ObjectType& type) {
      return index.is(type, fetch.group, fetch.version, fetch.resource);
    });
    if (!has) continue;
    const auto take = [&](std::span<const Cell> cells) -> Result<void> {
      const auto own = cells.subspan(fetch.paths.size());
      const ObjectType type = SnapshotFilter::type(own, file.implied);
      if (!index.is(type, fetch.group, fetch.version, fetch.resource) || !filter->wants(own)) {
        return {};
      }
      std::string key = SnapshotFilter::key(own);
      if (!key.empty() && !seen.insert(std::move(key)).second) return {};
      ++count;
      if (fetch.kind != Fetch::Kind::list) return {};
      return request.rows->row(fetch.version, cells.first(fetch.paths.size()));
    };
    json::Projection projection(trie, json::Shape::either, take);
    if (Result<void> done = stream(file.file, projection, stop); !done) return fail(done.error());
  }
  return end_with(count);
}

// A document, or metrics: as kubectl saves their text, which is asked first, or as documents.
FetchEnd read_answer(const SnapshotIndex& index, const FetchRequest& request,
                     const std::stop_token& stop) {
  const Fetch& fetch = *request.fetch;
  const bool metrics = fetch.kind == Fetch::Kind::metrics;
  const SnapshotFile* const text = metrics ? index.text_answer(fetch.url) : nullptr;
  const SnapshotFile* const json = index.answer(fetch.url);
  const std::string next = how_to_save(fetch.url, metrics ? ".txt" : ".json");
  if (text == nullptr && json == nullptr) {
    return end_of(failed(Errc::no_result,
                         fmt::format("the snapshot does not hold what {} answered", fetch.url),
                         next));
  }
  const auto paths = std::make_shared<const json::PathTrie>(fetch.paths);
  std::uint64_t rows = 0;
  const json::RowSink take = [&](std::span<const Cell> cells) {
    ++rows;
    return request.rows->row({}, cells);
  };
  const json::Shape shape = metrics ? json::Shape::array : json::Shape::document;
  const Result<void> done =
      text != nullptr
          ? stream(*text, MetricsParser(fetch.metrics, rows_of_samples(paths, take)), stop)
          : stream(*json, json::Projection(paths, shape, take), stop);
  if (done) return end_with(rows);
  return end_of(failed(done.error().code,
                       fmt::format("reading {}: {}", fetch.url, done.error().message),
                       done.error().code == Errc::stopped ? "" : next));
}

// As ktel saved it.
FetchEnd read_saved(const SnapshotIndex& index, const FetchRequest& request,
                    const std::stop_token& stop) {
  const Fetch& fetch = *request.fetch;
  const SavedRead* const saved = index.saved()->find(fetch);
  if (saved == nullptr) return end_of(not_saved(fetch.what()));
  if (saved->absent) return end_of(not_served(fetch.what()));
  if (fetch.kind == Fetch::Kind::count) return end_with(saved->count);
  const json::Shape shape = fetch.kind == Fetch::Kind::raw       ? json::Shape::document
                            : fetch.kind == Fetch::Kind::metrics ? json::Shape::array
                                                                 : json::Shape::list;
  std::uint64_t rows = 0;
  std::vector<Cell> row;
  const auto take = [&](std::span<const Cell> cells) {
    row.assign(cells.begin(), cells.end());
    for (const auto& [at, path] : saved->too_large) {
      if (at != rows) continue;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (fetch.paths[i] == path) row[i].type = Cell::Type::too_large;
      }
    }
    ++rows;
    return request.rows->row(fetch.version, row);
  };
  json::Projection projection(std::make_shared<const json::PathTrie>(fetch.paths), shape, take);
  const Result<void> done = stream(index.rows_of(*saved), projection, stop);
  if (done) return end_with(rows);
  return end_of(
      failed(done.error().code, fmt::format("reading {}: {}", fetch.what(), done.error().message)));
}

FetchEnd perform(const SnapshotIndex& index, const FetchRequest& request,
                 const std::stop_token& stop) {
  if (stop.stop_requested()) return end_of(failed(Errc::stopped, "stopped"));
  if (index.saved() != nullptr) return read_saved(index, request, stop);
  switch (request.fetch->kind) {
    case Fetch::Kind::list:
    case Fetch::Kind::count:
      return read_objects(index, request, stop);
    case Fetch::Kind::raw:
    case Fetch::Kind::metrics:
      return read_answer(index, request, stop);
    case Fetch::Kind::served:
      break;  // `collect` answers it from discovery
  }
  return end_of(failed(Errc::internal, request.fetch->what() + ": what is served is not fetched"));
}

}  // namespace

// The thread of fetches. What it runs may hold the last reference to the source, and so end the
// worker on its own thread: that is why the queue belongs to the thread as well.
class SnapshotSource::Worker {
 public:
  Worker() : thread_(quiet_thread([queue = queue_] { run(*queue); })) {}

  ~Worker() {
    {
      const std::lock_guard lock(queue_->mutex);
      queue_->closed = true;
    }
    queue_->changed.notify_one();
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }

  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(queue_->mutex);
      queue_->tasks.push_back(std::move(task));
    }
    queue_->changed.notify_one();
  }

 private:
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> tasks;
    bool closed = false;
  };

  // All tasks have been run when it is closed: each holds the run that holds the source.
  static void run(Queue& queue) {
    std::unique_lock lock(queue.mutex);
    for (;;) {
      queue.changed.wait(lock, [&queue] { return queue.closed || !queue.tasks.empty(); });
      if (queue.tasks.empty()) return;
      std::function<void()> task = std::move(queue.tasks.front());
      queue.tasks.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }

  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::thread thread_;
};

SnapshotSource::SnapshotSource(std::shared_ptr<const SnapshotIndex> index)
    : index_(std::move(index)), worker_(std::make_unique<Worker>()) {}
SnapshotSource::~SnapshotSource() = default;

Result<std::shared_ptr<SnapshotSource>> SnapshotSource::open(const std::filesystem::path& path,
                                                             const std::stop_token& stop) {
  Result<SnapshotFiles> files = list_snapshot_files(path);
  if (!files) return files.error();
  return index(path.string(), std::move(*files), stop);
}

Result<std::shared_ptr<SnapshotSource>> SnapshotSource::from_documents(
    std::string name, std::vector<SnapshotDocument> documents) {
  SnapshotFiles files;
  for (SnapshotDocument& document : documents) files.files.emplace_back(std::move(document));
  return index(std::move(name), std::move(files), {});
}

Result<std::shared_ptr<SnapshotSource>> SnapshotSource::index(std::string name, SnapshotFiles files,
                                                              const std::stop_token& stop) {
  Result<SnapshotIndex> made = SnapshotIndex::make(std::move(name), std::move(files), stop);
  if (!made) return made.error();
  try {
    return std::shared_ptr<SnapshotSource>(
        new SnapshotSource(std::make_shared<const SnapshotIndex>(std::move(*made))));
  } catch (const std::system_error& e) {
    return Error{Errc::internal,
                 fmt::format("a thread to read the snapshot cannot be started: {}", e.what())};
  }
}

std::string SnapshotSource::description() const { return "snapshot " + index_->name(); }
std::int64_t SnapshotSource::time_us() const { return index_->time_us(); }

void SnapshotSource::discover(DiscoveryNeed need, std::stop_token,
                              std::function<void(DiscoveryEnd)> done) {
  const SavedReads* const saved = index_->saved();
  done({saved != nullptr ? saved->discovery(need.questions) : index_->discovery(), {}});
}

void SnapshotSource::fetch(FetchRequest request, std::stop_token stop,
                           std::function<void(FetchEnd)> done) {
  worker_->post([index = index_, request = std::move(request), stop = std::move(stop),
                 done = std::move(done)] { done(perform(*index, request, stop)); });
}

}  // namespace ktel::cluster
