// One pass over each file with a handful of paths.
#include "cluster/snapshot_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "cluster/finding.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {
namespace {

using json::Cell;

constexpr std::string_view reads_folder = "_reads/";
constexpr std::string_view time_file = "_snapshot.json";
constexpr std::string_view served_file = "_reads/served.json";

// Streams `file` through a projection of `paths`; errors name the file.
Result<json::Envelope> stream(const SnapshotFile& file, std::string_view paths, json::Shape shape,
                              const json::RowSink& sink, const std::stop_token& stop = {}) {
  const json::CellLimits limits = {.text_bytes = 4096, .list_items = 100'000};
  const auto trie = std::make_shared<const json::PathTrie>(json::parse_paths(paths).value());
  const auto checked = [&](std::span<const Cell> cells) -> Result<void> {
    if (Result<void> whole = json::check_sizes(cells, *trie); !whole) return whole;
    return sink(cells);
  };
  json::Projection projection(trie, shape, checked, limits);
  Result<void> done = file.read([&](std::string_view chunk) -> Result<void> {
    if (stop.stop_requested()) return Error{Errc::stopped, "stopped while it was read"};
    return projection.feed(chunk);
  });
  if (done) done = projection.finish();
  if (done) return projection.envelope();
  if (done.error().code == Errc::stopped) return done.error().context(file.name());
  return Error{Errc::bad_input, fmt::format("{}: {}; save it again, or take it out of the snapshot",
                                            file.name(), done.error().message)};
}

// "/metrics" and ".txt" of "_reads/metrics.txt".
std::pair<std::string, std::string> url_of(const std::string& name) {
  const std::string extension = std::filesystem::path(name).extension().string();
  const std::size_t begin = reads_folder.size() - 1;
  return {name.substr(begin, name.size() - begin - extension.size()), extension};
}

// "2026-11-25T00:41:00Z", with a fraction and an offset if you like.
std::optional<std::int64_t> parse_rfc3339(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6) {
    return std::nullopt;
  }
  std::string_view rest = std::string_view(text).substr(static_cast<std::size_t>(used));
  if (rest.starts_with('.')) {
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  }
  std::chrono::minutes offset{0};
  if (rest != "Z") {
    int hours = 0, minutes = 0;
    char sign = '+';
    const std::string zone(rest);
    if (std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 || zone.size() != 6 ||
        (sign != '+' && sign != '-')) {
      return std::nullopt;
    }
    offset = std::chrono::minutes((sign == '-' ? -1 : 1) * (60 * hours + minutes));
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second) - offset;
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

}  // namespace

Result<SnapshotIndex> SnapshotIndex::make(std::string name, SnapshotFiles files,
                                          const std::stop_token& stop) {
  SnapshotIndex index;
  index.name_ = std::move(name);
  index.time_us_ = files.newest_us;
  const auto named = [&index](Result<void> result) {
    return std::move(result).context("snapshot " + index.name_);
  };
  std::sort(files.files.begin(), files.files.end(),
            [](const SnapshotFile& a, const SnapshotFile& b) { return a.name() < b.name(); });
  const Result<bool> saved = index.add_saved(files.files);
  if (!saved) return named(saved.error()).error();
  if (*saved) return index;
  for (SnapshotFile& file : files.files) {
    Result<void> added;
    if (file.name() == time_file) {
      added = index.add_time(file);
    } else if (file.name() == served_file) {
      added = index.add_served(file);
    } else if (file.name().starts_with(reads_folder)) {
      const auto [url, extension] = url_of(file.name());
      if (extension == ".txt") {
        index.text_answers_.emplace(url, std::move(file));
        continue;
      }
      const bool discovery =
          url == "/api" || url == "/apis" || url.starts_with("/api/") || url.starts_with("/apis/");
      if (discovery) added = index.add_discovery(file, url);
      index.answers_.emplace(url, std::move(file));
    } else {
      added = index.add_objects(std::move(file), stop);
    }
    if (!added) return named(added).error();
  }
  for (const ObjectFile& file : index.files_) {
    for (const auto& [api_version, kind] : file.types) {
      const GroupVersion at = split_api_version(api_version);
      index.serve(at, index.resource(at, kind), kind);
    }
  }
  return index;
}

Result<void> SnapshotIndex::add_objects(SnapshotFile file, const std::stop_token& stop) {
  std::set<ObjectType> types;
  const auto take = [&](std::span<const Cell> cells) -> Result<void> {
    types.insert({cells[0].text, cells[1].text});
    if (cells[1].text != "CustomResourceDefinition") return {};
    const std::string& group = cells[2].text;
    defined_[{group, cells[4].text}] = cells[3].text;
    for (const Cell& version : cells[5].items) {
      serve({group, version.text}, cells[3].text, cells[4].text);
    }
    return {};
  };
  const auto read = stream(file,
                           "apiVersion kind spec.group spec.names.plural spec.names.kind "
                           "spec.versions[*].name",
                           json::Shape::either, take, stop);
  if (!read) return read.error();
  if (read->kind == "Table") {
    return Error{Errc::bad_input, file.name() + " is a table for eyes: save objects, with -o json"};
  }
  ObjectType implied{read->api_version, read->kind};
  if (read->list && implied.second.ends_with("List")) {
    implied.second.resize(implied.second.size() - std::string_view("List").size());
  }
  // An item of a PodList does not say that it is a Pod.
  std::set<ObjectType> known;
  for (const ObjectType& type : types) known.insert(type.second.empty() ? implied : type);
  for (const ObjectType& type : known) {
    if (type.second.empty()) {
      return Error{Errc::bad_input,
                   fmt::format("{} holds an object without kind: what a URL answered belongs into "
                               "{}",
                               file.name(), reads_folder)};
    }
    if (type.second.starts_with("PartialObjectMetadata")) {
      return Error{Errc::bad_input,
                   file.name() + " holds metadata alone: save whole objects, with -o json"};
    }
  }
  // An empty PodList says that there are no pods; of an empty List only its file's name does.
  if (read->list && known.empty()) {
    if (implied.second.empty()) {
      empty_.insert(std::filesystem::path(file.name()).stem().string());
    } else {
      known.insert(implied);
    }
  }
  files_.push_back({std::move(file), std::move(implied), std::move(known)});
  return {};
}

Result<void> SnapshotIndex::add_time(const SnapshotFile& file) {
  std::string text;
  const auto read = stream(file, "time", json::Shape::document, [&](std::span<const Cell> cells) {
    text = cells[0].text;
    return Result<void>();
  });
  if (!read) return read.error();
  const std::optional<std::int64_t> time = parse_rfc3339(text);
  if (!time) {
    return Error{Errc::bad_input,
                 fmt::format("{}: \"time\" must be like \"2026-11-25T00:41:00Z\"", file.name())};
  }
  time_us_ = *time;
  return {};
}

// False: it is no snapshot that ktel saved.
Result<bool> SnapshotIndex::add_saved(const std::vector<SnapshotFile>& files) {
  const auto find = [&files](const std::string& name) {
    return std::find_if(files.begin(), files.end(),
                        [&](const SnapshotFile& file) { return file.name() == name; });
  };
  const auto manifest = find(std::string(time_file));
  if (manifest == files.end()) return false;
  if (Result<void> time = add_time(*manifest); !time) return time.error();
  std::string text;
  const Result<void> read = manifest->read([&text](std::string_view chunk) {
    text += chunk;
    return Result<void>();
  });
  if (!read) return read.error();
  if (text.find("\"reads\"") == text.npos) return false;
  Result<SavedReads> saved = parse_saved_reads(text);
  if (!saved) {
    return Error{Errc::bad_input,
                 fmt::format("{}: {}; save it again", time_file, saved.error().message)};
  }
  for (const SavedRead& one : saved->reads) {
    if (one.file.empty()) continue;
    const auto file = find(one.file);
    if (file == files.end()) {
      return Error{Errc::bad_input, fmt::format("{} is not there, which {} names; save it again",
                                                one.file, time_file)};
    }
    saved_files_.emplace(one.file, *file);
  }
  saved_ = *std::move(saved);
  return true;
}

Result<void> SnapshotIndex::add_served(const SnapshotFile& file) {
  complete_ = true;
  discovery_.known = {.groups = true, .core = true};
  const auto take = [this](std::span<const Cell> cells) {
    for (std::size_t i = 0; i < cells[0].items.size(); ++i) {
      serve({cells[0].items[i].text, cells[1].items[i].text}, cells[2].items[i].text,
            cells[3].items[i].text);
    }
    return Result<void>();
  };
  const auto read =
      stream(file, "[*].group [*].version [*].resource [*].kind", json::Shape::document, take);
  if (!read) return read.error();
  return {};
}

Result<void> SnapshotIndex::add_discovery(const SnapshotFile& file, const std::string& url) {
  DiscoveryParser parser(url);
  Result<void> done = file.read([&parser](std::string_view chunk) { return parser.feed(chunk); });
  if (done) done = parser.finish(discovery_);
  if (done) return done;
  return Error{Errc::bad_input,
               fmt::format("{}: {}; {}", file.name(), done.error().message, how_to_save(url))};
}

void SnapshotIndex::serve(const GroupVersion& at, std::string_view resource,
                          std::string_view kind) {
  if (resource.empty() || (at.group.empty() && kind == "List")) return;
  auto& groups = discovery_.groups;
  auto group = std::find_if(groups.begin(), groups.end(),
                            [&](const ServedGroup& g) { return g.name == at.group; });
  if (group == groups.end()) group = groups.insert(groups.end(), {at.group, {}});
  auto& versions = group->versions;
  auto version = std::find_if(versions.begin(), versions.end(),
                              [&](const ServedVersion& v) { return v.version == at.version; });
  if (version == versions.end()) version = versions.insert(versions.end(), {at.version, false, {}});
  auto& resources = version->resources;
  const bool known = std::any_of(resources.begin(), resources.end(),
                                 [&](const ServedResource& r) { return r.resource == resource; });
  if (!known) resources.push_back({std::string(resource), std::string(kind)});
}

std::string SnapshotIndex::resource(const GroupVersion& at, std::string_view kind) const {
  const auto defined = defined_.find({at.group, std::string(kind)});
  return defined != defined_.end() ? defined->second : resource_of(kind);
}

bool SnapshotIndex::is(const ObjectType& type, std::string_view group, std::string_view version,
                       std::string_view resource_name) const {
  const GroupVersion at = split_api_version(type.first);
  return at.group == group && at.version == version && resource(at, type.second) == resource_name;
}

bool SnapshotIndex::holds(std::string_view group, std::string_view version,
                          std::string_view resource_name) const {
  if (complete_) return true;
  // "pods.json" can be a built-in kind only.
  if (built_in_group(group) && empty_.contains(resource_name)) return true;
  if (empty_.contains(cluster::resource_name(resource_name, group))) return true;
  return std::any_of(files_.begin(), files_.end(), [&](const ObjectFile& file) {
    return std::any_of(file.types.begin(), file.types.end(), [&](const ObjectType& type) {
      return is(type, group, version, resource_name);
    });
  });
}

const SnapshotFile* SnapshotIndex::answer(std::string_view url) const {
  const auto found = answers_.find(url);
  return found == answers_.end() ? nullptr : &found->second;
}

const SnapshotFile* SnapshotIndex::text_answer(std::string_view url) const {
  const auto found = text_answers_.find(url);
  return found == text_answers_.end() ? nullptr : &found->second;
}

}  // namespace ktel::cluster
