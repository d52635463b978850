// Two tables of members, out and in again; what covers what.
#include "cluster/saved_reads.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cluster/finding.hpp"
#include "json/canonical.hpp"

namespace ktel::cluster {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr json::Limits limits = {.bytes = 4u << 20, .depth = 16};

struct Verb {
  Fetch::Kind kind;
  std::string_view name;
};
constexpr Verb verbs[] = {{Fetch::Kind::list, "LIST"},
                          {Fetch::Kind::count, "COUNT"},
                          {Fetch::Kind::raw, "RAW"},
                          {Fetch::Kind::metrics, "METRICS"}};

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

template <class T>
bool all_in(const std::vector<T>& some, const std::vector<T>& all) {
  return std::all_of(some.begin(), some.end(), [&](const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  });
}

// A list has been counted.
bool answers_kind(Fetch::Kind saved, Fetch::Kind asked) {
  return saved == asked || (saved == Fetch::Kind::list && asked == Fetch::Kind::count);
}

bool same_objects(const Fetch& a, const Fetch& b) {
  return a.group == b.group && a.version == b.version && a.resource == b.resource &&
         a.name == b.name && a.label_selector == b.label_selector &&
         a.field_selector == b.field_selector && a.url == b.url &&
         all_in(a.namespaces, b.namespaces) && all_in(b.namespaces, a.namespaces);
}

bool covers(const DiscoveryQuestion& asked, const DiscoveryQuestion& question) {
  return (asked.group == "*" || asked.group == question.group) &&
         (asked.resource.empty() || asked.resource == question.resource);
}

// ---- out: what is empty or false is left out ----

void add(object& to, std::string_view key, const std::string& text) {
  if (!text.empty()) to[key] = text;
}
void add(object& to, std::string_view key, bool flag) {
  if (flag) to[key] = true;
}
void add(object& to, std::string_view key, const std::vector<std::string>& all) {
  if (!all.empty()) to[key] = array(all.begin(), all.end());
}

object written(const SavedRead& read) {
  const Fetch& fetch = read.fetch;
  object out;
  for (const Verb& verb : verbs) {
    if (verb.kind == fetch.kind) out["verb"] = verb.name;
  }
  add(out, "group", fetch.group);
  add(out, "version", fetch.version);
  add(out, "resource", fetch.resource);
  if (fetch.namespaces != std::vector<std::string>{""}) add(out, "namespaces", fetch.namespaces);
  add(out, "name", fetch.name);
  add(out, "label_selector", fetch.label_selector);
  add(out, "field_selector", fetch.field_selector);
  add(out, "url", fetch.url);
  add(out, "metrics", fetch.metrics);
  std::vector<std::string> paths;
  for (const json::Path& path : fetch.paths) paths.push_back(path.text);
  add(out, "paths", paths);
  add(out, "absent", read.absent);
  if (!read.absent) out["count"] = read.count;
  add(out, "file", read.file);
  array too_large;
  for (const auto& [row, path] : read.too_large) {
    too_large.push_back({{"row", row}, {"path", path.text}});
  }
  if (!too_large.empty()) out["too_large"] = std::move(too_large);
  return out;
}

object written(const DiscoveryQuestion& question) {
  object out = {{"group", question.group}};
  add(out, "resource", question.resource);
  return out;
}

object written(const ServedGroup& group) {
  array versions;
  for (const ServedVersion& v : group.versions) {
    object version = {{"version", v.version}};
    add(version, "stale", v.stale);
    add(version, "unlisted", !v.listed);
    array resources;
    for (const ServedResource& r : v.resources) {
      resources.push_back({{"resource", r.resource}, {"kind", r.kind}});
    }
    if (!resources.empty()) version["resources"] = std::move(resources);
    versions.push_back(std::move(version));
  }
  return {{"group", group.name}, {"versions", std::move(versions)}};
}

template <class List>
array written(const List& list) {
  array out;
  for (const auto& one : list) out.push_back(written(one));
  return out;
}

// ---- in: what does not fit throws ----

[[noreturn]] void misfit(std::string_view key) {
  throw std::invalid_argument(fmt::format("\"{}\" is not what it should be", key));
}

std::string text(const object& from, std::string_view key) {
  const value* const found = from.if_contains(key);
  if (found == nullptr) return {};
  if (!found->is_string()) misfit(key);
  return std::string(found->get_string());
}

bool flag(const object& from, std::string_view key) {
  const value* const found = from.if_contains(key);
  if (found != nullptr && !found->is_bool()) misfit(key);
  return found != nullptr && found->get_bool();
}

std::uint64_t number(const object& from, std::string_view key) {
  const value* const found = from.if_contains(key);
  if (found == nullptr) return 0;
  if (!found->is_int64() || found->get_int64() < 0) misfit(key);
  return static_cast<std::uint64_t>(found->get_int64());
}

template <class Take>
void each(const object& from, std::string_view key, Take take) {
  const value* const found = from.if_contains(key);
  if (found == nullptr) return;
  if (!found->is_array()) misfit(key);
  for (const value& one : found->get_array()) take(one);
}

std::vector<std::string> texts(const object& from, std::string_view key) {
  std::vector<std::string> all;
  each(from, key, [&](const value& one) {
    if (!one.is_string()) misfit(key);
    all.emplace_back(one.get_string());
  });
  return all;
}

template <class Take>
void each_object(const object& from, std::string_view key, Take take) {
  each(from, key, [&](const value& one) {
    if (!one.is_object()) misfit(key);
    take(one.get_object());
  });
}

json::Path path_of(const std::string& text) {
  Result<json::Path> parsed = json::parse_path(text);
  if (!parsed) throw std::invalid_argument(parsed.error().message);
  return *std::move(parsed);
}

SavedRead read_of(const object& from) {
  SavedRead read;
  Fetch& fetch = read.fetch;
  const auto verb = std::find_if(std::begin(verbs), std::end(verbs),
                                 [&](const Verb& v) { return v.name == text(from, "verb"); });
  if (verb == std::end(verbs)) misfit("verb");
  fetch.kind = verb->kind;
  fetch.group = text(from, "group");
  fetch.version = text(from, "version");
  fetch.resource = text(from, "resource");
  fetch.namespaces = texts(from, "namespaces");
  if (fetch.namespaces.empty()) fetch.namespaces = {""};
  fetch.name = text(from, "name");
  fetch.label_selector = text(from, "label_selector");
  fetch.field_selector = text(from, "field_selector");
  fetch.url = text(from, "url");
  fetch.metrics = texts(from, "metrics");
  for (const std::string& path : texts(from, "paths")) fetch.paths.push_back(path_of(path));
  read.absent = flag(from, "absent");
  read.count = number(from, "count");
  read.file = text(from, "file");
  each_object(from, "too_large", [&](const object& cell) {
    read.too_large.emplace_back(number(cell, "row"), path_of(text(cell, "path")));
  });
  if (fetch.kind != Fetch::Kind::count && !read.absent && read.file.empty()) misfit("file");
  return read;
}

ServedGroup group_of(const object& from) {
  ServedGroup group;
  group.name = text(from, "group");
  each_object(from, "versions", [&](const object& v) {
    ServedVersion& version = group.versions.emplace_back();
    version.version = text(v, "version");
    version.stale = flag(v, "stale");
    version.listed = !flag(v, "unlisted");
    each_object(v, "resources", [&](const object& r) {
      version.resources.push_back({text(r, "resource"), text(r, "kind")});
    });
  });
  return group;
}

}  // namespace

const SavedRead* SavedReads::find(const Fetch& fetch) const {
  const auto found = std::find_if(reads.begin(), reads.end(), [&](const SavedRead& read) {
    return answers_kind(read.fetch.kind, fetch.kind) && same_objects(read.fetch, fetch) &&
           (read.absent || all_in(fetch.paths, read.fetch.paths)) &&
           all_in(fetch.metrics, read.fetch.metrics);
  });
  return found == reads.end() ? nullptr : &*found;
}

Discovery SavedReads::discovery(const std::vector<DiscoveryQuestion>& questions) const {
  Discovery known;
  known.groups = served;
  known.known = {.groups = true, .core = true};
  for (const DiscoveryQuestion& question : questions) {
    const bool said = std::any_of(asked.begin(), asked.end(),
                                  [&](const DiscoveryQuestion& a) { return covers(a, question); });
    if (!said && !contains(known.unknown, question.group)) known.unknown.push_back(question.group);
  }
  if (known.unknown.empty()) return known;
  std::vector<std::string> names = known.unknown;
  std::replace(names.begin(), names.end(), std::string(), std::string("core"));
  known.failed =
      not_saved(fmt::format("what the API group{} {} serve{}", names.size() > 1 ? "s" : "",
                            fmt::join(names, ", "), names.size() > 1 ? "" : "s"));
  return known;
}

std::vector<ServedGroup> answers(const Discovery& discovery,
                                 const std::vector<DiscoveryQuestion>& asked) {
  std::vector<ServedGroup> groups;
  for (ServedGroup group : discovery.groups) {
    const auto wanted = [&](const std::string& resource) {
      return std::any_of(asked.begin(), asked.end(), [&](const DiscoveryQuestion& question) {
        return covers(question, {.group = group.name, .versions = {}, .resource = resource});
      });
    };
    const bool any = std::any_of(asked.begin(), asked.end(), [&](const DiscoveryQuestion& q) {
      return q.group == "*" || q.group == group.name;
    });
    if (!any) continue;
    for (ServedVersion& version : group.versions) {
      std::erase_if(version.resources,
                    [&](const ServedResource& r) { return !wanted(r.resource); });
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

std::string to_json(const SavedReads& saved) {
  return json::pretty(object{{"time", saved.time},
                             {"reads", written(saved.reads)},
                             {"asked", written(saved.asked)},
                             {"served", written(saved.served)}}) +
         "\n";
}

Result<SavedReads> parse_saved_reads(std::string_view json) {
  const Result<value> parsed = json::parse_strict(json, limits);
  if (!parsed) return parsed.error();
  try {
    if (!parsed->is_object()) misfit("reads");
    const object& from = parsed->get_object();
    SavedReads saved;
    saved.time = text(from, "time");
    each_object(from, "reads", [&](const object& o) { saved.reads.push_back(read_of(o)); });
    each_object(from, "asked", [&](const object& o) {
      saved.asked.push_back({text(o, "group"), {}, text(o, "resource")});
    });
    each_object(from, "served", [&](const object& o) { saved.served.push_back(group_of(o)); });
    return saved;
  } catch (const std::invalid_argument& e) {
    return Error{Errc::bad_input, e.what()};
  }
}

}  // namespace ktel::cluster
