// Answers fetches from files: the objects of a type, filtered as a server would.
#include "cluster/snapshot_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "cluster/finding.hpp"
#include "cluster/selector.hpp"
#include "cluster/snapshot_index.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {
namespace {

using json::Cell;
using json::Path;
using json::Step;

// What is read of each object beside the paths of the fetch, to know whether it is wanted.
enum : std::size_t { api_version, kind, ns, name, first_requirement };

std::optional<std::string_view> value_of(const Cell& cell) {
  if (cell.type == Cell::Type::text) return cell.text;
  if (cell.type == Cell::Type::boolean) return cell.integer != 0 ? "true" : "false";
  return std::nullopt;
}

// Is an object one of the fetch's? Its own paths come after those of the fetch.
class Filter {
 public:
  static Result<Filter> make(const Fetch& fetch) {
    Filter filter(fetch);
    auto labels = parse_label_selector(fetch.label_selector);
    if (!labels) return labels.error();
    auto fields = parse_field_selector(fetch.field_selector);
    if (!fields) return fields.error();
    if (!fetch.name.empty()) {
      fields->push_back({"metadata.name", Requirement::Op::in, {fetch.name}});
    }
    for (Requirement& requirement : *labels) {
      const Path path{{},
                      {{Step::Kind::member, "metadata"},
                       {Step::Kind::member, "labels"},
                       {Step::Kind::member, requirement.key}}};
      filter.add(path, std::move(requirement), true);
    }
    for (Requirement& requirement : *fields) {
      const Result<Path> path = json::parse_path(requirement.key);
      if (!path) return path.error();
      filter.add(*path, std::move(requirement), false);
    }
    return filter;
  }

  const std::vector<Path>& paths() const noexcept { return paths_; }

  // The type the object says, or the one its file implies.
  static ObjectType type(std::span<const Cell> own, const ObjectType& implied) {
    if (own[kind].text.empty()) return implied;
    return {own[api_version].text, own[kind].text};
  }

  bool wants(std::span<const Cell> own) const {
    const std::vector<std::string>& namespaces = fetch_.namespaces;
    const bool everywhere = fetch_.cluster_scoped || namespaces.front().empty();
    if (!everywhere &&
        std::find(namespaces.begin(), namespaces.end(), own[ns].text) == namespaces.end()) {
      return false;
    }
    for (std::size_t i = 0; i < requirements_.size(); ++i) {
      std::optional<std::string_view> value = value_of(own[first_requirement + i]);
      // A field that is not there is empty; a label that is not there is not there.
      if (!value && !labels_[i]) value = std::string_view();
      if (!requirements_[i].matches(value)) return false;
    }
    return true;
  }

 private:
  explicit Filter(const Fetch& fetch)
      : fetch_(fetch),
        paths_(json::parse_paths("apiVersion kind metadata.namespace metadata.name").value()) {}

  void add(const Path& path, Requirement requirement, bool label) {
    paths_.push_back(path);
    requirements_.push_back(std::move(requirement));
    labels_.push_back(label);
  }

  const Fetch& fetch_;
  std::vector<Path> paths_;
  std::vector<Requirement> requirements_;
  std::vector<bool> labels_;
};

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

FetchEnd read_objects(const SnapshotIndex& index, const FetchRequest& request,
                      const std::stop_token& stop) {
  const Fetch& fetch = *request.fetch;
  const auto fail = [&fetch](const Error& error) {
    return end_of(failed(error.code, fmt::format("reading {}: {}", fetch.what(), error.message)));
  };
  // A version nobody asked discovery for may still not be there.
  const Resolution served =
      index.discovery().resolve(fetch.group, std::span(&fetch.version, 1), fetch.resource);
  if (served.state != Resolution::State::served) return end_of(not_served(fetch.what()));
  const Result<Filter> filter = Filter::make(fetch);
  if (!filter) return fail(filter.error());

  std::vector<Path> paths = fetch.paths;
  paths.insert(paths.end(), filter->paths().begin(), filter->paths().end());
  const auto trie = std::make_shared<const json::PathTrie>(paths);
  std::unordered_set<std::string> seen;  // an object may lie in several files
  std::uint64_t count = 0;
  for (const ObjectFile& file : index.files()) {
    if (stop.stop_requested()) return end_of(failed(Errc::stopped, "stopped"));
    const bool has = std::any_of(file.types.begin(), file.types.end(), [&](const ObjectType& type) {
      return index.is(type, fetch.group, fetch.version, fetch.resource);
    });
    if (!has) continue;
    const auto take = [&](std::span<const Cell> cells) -> Result<void> {
      const auto own = cells.subspan(fetch.paths.size());
      const ObjectType type = Filter::type(own, file.implied);
      if (!index.is(type, fetch.group, fetch.version, fetch.resource) || !filter->wants(own)) {
        return {};
      }
      if (!own[name].text.empty() && !seen.insert(own[ns].text + "/" + own[name].text).second) {
        return {};
      }
      ++count;
      if (fetch.kind != Fetch::Kind::list) return {};
      return request.rows->row(fetch.version, cells.first(fetch.paths.size()));
    };
    json::Projection projection(trie, json::Shape::either, take);
    Result<void> done =
        file.file.read([&projection](std::string_view chunk) { return projection.feed(chunk); });
    if (done) done = projection.finish();
    if (!done) return fail(std::move(done).context(file.file.name()).error());
  }
  return end_with(count);
}

FetchEnd read_answer(const SnapshotIndex& index, const FetchRequest& request) {
  const Fetch& fetch = *request.fetch;
  const SnapshotFile* file = index.answer(fetch.url);
  if (file == nullptr) {
    return end_of(failed(
        Errc::no_result, fmt::format("the snapshot does not hold what {} answered", fetch.url),
        fmt::format("save it with `kubectl get --raw {}` as _reads{}.json", fetch.url, fetch.url)));
  }
  json::Projection projection(
      std::make_shared<const json::PathTrie>(fetch.paths), json::Shape::document,
      [&request](std::span<const Cell> cells) { return request.rows->row({}, cells); });
  Result<void> done =
      file->read([&projection](std::string_view chunk) { return projection.feed(chunk); });
  if (done) done = projection.finish();
  if (done) return end_with(1);
  return end_of(failed(done.error().code, fmt::format("reading {}: {}: {}", fetch.url, file->name(),
                                                      done.error().message)));
}

}  // namespace

SnapshotSource::SnapshotSource(std::unique_ptr<const SnapshotIndex> index)
    : index_(std::move(index)) {}
SnapshotSource::~SnapshotSource() = default;

Result<std::shared_ptr<SnapshotSource>> SnapshotSource::open(const std::filesystem::path& path) {
  Result<SnapshotFiles> files = list_snapshot_files(path);
  if (!files) return files.error();
  return index(path.string(), std::move(*files));
}

Result<std::shared_ptr<SnapshotSource>> SnapshotSource::from_documents(
    std::string name, std::vector<SnapshotDocument> documents) {
  SnapshotFiles files;
  for (SnapshotDocument& document : documents) files.files.emplace_back(std::move(document));
  return index(std::move(name), std::move(files));
}

Result<std::shared_ptr<SnapshotSource>> SnapshotSource::index(std::string name,
                                                              SnapshotFiles files) {
  Result<SnapshotIndex> made = SnapshotIndex::make(std::move(name), std::move(files));
  if (!made) return made.error();
  auto index = std::make_unique<const SnapshotIndex>(std::move(*made));
  return std::shared_ptr<SnapshotSource>(new SnapshotSource(std::move(index)));
}

std::string SnapshotSource::description() const { return "snapshot " + index_->name(); }
std::int64_t SnapshotSource::time_us() const { return index_->time_us(); }

void SnapshotSource::discover(DiscoveryNeed, std::stop_token,
                              std::function<void(DiscoveryEnd)> done) {
  done({index_->discovery(), {}});
}

void SnapshotSource::fetch(FetchRequest request, std::stop_token stop,
                           std::function<void(FetchEnd)> done) {
  switch (request.fetch->kind) {
    case Fetch::Kind::list:
    case Fetch::Kind::count:
      return done(read_objects(*index_, request, stop));
    case Fetch::Kind::raw:
      return done(read_answer(*index_, request));
    case Fetch::Kind::metrics:
    case Fetch::Kind::served:
      break;
  }
  done(end_of(failed(
      Errc::no_result,
      fmt::format("{}: this version of ktel does not read metrics yet", request.fetch->what()))));
}

}  // namespace ktel::cluster
