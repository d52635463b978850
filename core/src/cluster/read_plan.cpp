// Merges reads: versions first, then reads of the same objects, then their paths.
#include "cluster/read_plan.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "cluster/finding.hpp"

namespace ktel::cluster {
namespace {

using plugin::Read;

// What makes two reads ask for the same objects.
using Key =
    std::tuple<Fetch::Kind, std::string, std::string, std::string, bool, std::string, std::string,
               std::string, std::string, std::string, std::vector<std::string>>;

struct Member {
  std::size_t job;
  std::size_t read;
};

Fetch::Kind kind_of(const Read& read) {
  switch (read.verb) {
    case KTEL_READ_RAW:
      return Fetch::Kind::raw;
    case KTEL_READ_METRICS:
      return Fetch::Kind::metrics;
    case KTEL_READ_SERVED:
      return Fetch::Kind::served;
    default:
      return Fetch::Kind::list;  // counts are told apart once it is known what is listed
  }
}

// The version to read, or how the read ends without one.
struct Version {
  std::string version{};
  std::optional<ReadResult> ended{};
};

Version version_of(const Read& read, const std::optional<Result<Discovery>>& discovery) {
  const bool one = read.versions.size() == 1 && read.versions[0] != "*";
  const std::string what = resource_name(read.resource, read.group);
  Resolution resolved{Resolution::State::unknown, {}};
  if (discovery && *discovery) {
    resolved = (*discovery)->resolve(read.group, read.versions, read.resource);
  }
  switch (resolved.state) {
    case Resolution::State::served:
      return {resolved.version};
    case Resolution::State::absent:
      return {{}, not_served(what)};
    case Resolution::State::stale:
      return {{},
              failed(Errc::no_result,
                     fmt::format("whether the cluster has {} is unknown: the server of {}/{} does "
                                 "not answer",
                                 what, read.group, resolved.version),
                     fmt::format("look at the APIService {}.{}", resolved.version, read.group))};
    case Resolution::State::unknown:
      break;
  }
  if (one)
    return {read.versions[0]};  // asked for without knowing: a 404 will say that it is absent
  if (discovery && !*discovery) {
    return {{},
            failed(discovery->error().code,
                   fmt::format("{} cannot be read without knowing which versions are served: {}",
                               what, discovery->error().message))};
  }
  return {{},
          failed(Errc::no_result,
                 fmt::format("which version of {} to read is unknown: the API server is older than "
                             "1.26 and has no aggregated discovery",
                             what),
                 "upgrade the cluster")};
}

bool metadata_alone(const std::vector<json::Path>& paths) {
  return std::all_of(paths.begin(), paths.end(), [](const json::Path& path) {
    return path.steps.size() > 1 &&
           path.steps[0] == json::Step{json::Step::Kind::member, "metadata"};
  });
}

std::uint32_t index_of(std::vector<json::Path>& paths, const json::Path& path) {
  const auto known = std::find(paths.begin(), paths.end(), path);
  if (known != paths.end()) return static_cast<std::uint32_t>(known - paths.begin());
  paths.push_back(path);
  return static_cast<std::uint32_t>(paths.size() - 1);
}

Consumer consumer_of(const JobReads& job, const Member& member, Fetch& fetch) {
  const Read& read = job.reads[member.read];
  Consumer consumer{.job = member.job, .read = member.read};
  consumer.count_only = read.verb == KTEL_READ_COUNT;
  consumer.get = read.verb == KTEL_READ_GET;
  if (!consumer.count_only) {
    for (const json::Path& path : read.paths)
      consumer.columns.push_back(index_of(fetch.paths, path));
  }
  if (!read.when_read.empty()) {
    for (std::size_t i = 0; i < member.read; ++i) {
      if (job.reads[i].id == read.when_read) consumer.when = i;
    }
    consumer.when_absent = read.when_absent;
  }
  return consumer;
}

Fetch fetch_of(const Key& key, const std::vector<std::string>& namespaces) {
  Fetch fetch;
  std::string ns;
  std::tie(fetch.kind, fetch.group, fetch.version, fetch.resource, fetch.cluster_scoped, ns,
           fetch.name, fetch.label_selector, fetch.field_selector, fetch.url, fetch.versions) = key;
  if (fetch.cluster_scoped || (ns.empty() && namespaces.empty())) {
    fetch.namespaces = {""};
  } else if (ns.empty()) {
    for (const std::string& name : namespaces) {
      if (std::find(fetch.namespaces.begin(), fetch.namespaces.end(), name) ==
          fetch.namespaces.end()) {
        fetch.namespaces.push_back(name);
      }
    }
  } else {
    fetch.namespaces = {ns};
  }
  return fetch;
}

class Planner {
 public:
  Planner(const std::vector<JobReads>& jobs, const std::vector<std::string>& namespaces)
      : jobs_(jobs), namespaces_(namespaces) {}

  // The fetches of one group of reads that ask for the same objects. Reads that list them share
  // one; counts join it for free, unless it may never happen and a count must.
  void add(const Key& key, const std::vector<Member>& members, ReadPlan& plan) const {
    const auto read = [this](const Member& m) -> const Read& { return jobs_[m.job].reads[m.read]; };
    const auto is_count = [&](const Member& m) { return read(m).verb == KTEL_READ_COUNT; };
    const auto waits = [&](const Member& m) { return !read(m).when_read.empty(); };
    std::vector<Member> lists;
    std::vector<Member> counts;
    for (const Member& m : members) (is_count(m) ? counts : lists).push_back(m);
    const bool apart = std::all_of(lists.begin(), lists.end(), waits) &&
                       !std::all_of(counts.begin(), counts.end(), waits);
    if (lists.empty() || !apart) {
      lists.insert(lists.end(), counts.begin(), counts.end());
      counts.clear();
    }
    for (const auto& group : {lists, counts}) {
      if (!group.empty()) plan.fetches.push_back(make(key, group, is_count));
    }
  }

 private:
  template <class IsCount>
  Fetch make(const Key& key, const std::vector<Member>& members, IsCount is_count) const {
    Fetch fetch = fetch_of(key, namespaces_);
    for (const Member& m : members) {
      fetch.consumers.push_back(consumer_of(jobs_[m.job], m, fetch));
    }
    if (fetch.kind != Fetch::Kind::list) return fetch;
    if (std::all_of(members.begin(), members.end(), is_count)) {
      fetch.kind = Fetch::Kind::count;
      fetch.representation = Representation::table;
    } else if (metadata_alone(fetch.paths)) {
      fetch.representation = Representation::metadata;
    }
    return fetch;
  }

  const std::vector<JobReads>& jobs_;
  const std::vector<std::string>& namespaces_;
};

}  // namespace

bool Fetch::unconditional() const noexcept {
  return std::any_of(consumers.begin(), consumers.end(),
                     [](const Consumer& consumer) { return !consumer.when; });
}

std::string Fetch::what() const {
  switch (kind) {
    case Kind::raw:
    case Kind::metrics:
      return url;
    case Kind::served:
      return group == "*" ? "the served API groups" : fmt::format("the API group {}", group);
    default:
      return resource_name(resource, group);
  }
}

DiscoveryNeed discovery_need(const std::vector<JobReads>& jobs) {
  DiscoveryNeed need;
  for (const JobReads& job : jobs) {
    for (std::size_t i = 0; i < job.reads.size(); ++i) {
      const Read& read = job.reads[i];
      if (!job.wanted[i] || !needs_discovery(read)) continue;
      if (read.group.empty() || read.group == "*") need.core = true;
      if (!read.group.empty()) need.groups = true;
    }
  }
  return need;
}

ReadPlan plan_reads(const std::vector<JobReads>& jobs, const std::vector<std::string>& namespaces,
                    const std::optional<Result<Discovery>>& discovery) {
  ReadPlan plan;
  std::map<Key, std::vector<Member>> groups;
  std::vector<Key> order;  // fetches go out in the order in which jobs declare them
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    for (std::size_t r = 0; r < jobs[j].reads.size(); ++r) {
      const Read& read = jobs[j].reads[r];
      if (!jobs[j].wanted[r]) {
        plan.settled.push_back({j, r, skipped()});
        continue;
      }
      Key key{kind_of(read), {}, {}, {}, false, {}, {}, {}, {}, {}, {}};
      const Fetch::Kind kind = std::get<0>(key);
      if (kind == Fetch::Kind::raw || kind == Fetch::Kind::metrics) {
        std::get<9>(key) = read.url;
      } else if (kind == Fetch::Kind::served) {
        if (discovery && !*discovery) {
          plan.settled.push_back(
              {j, r,
               failed(discovery->error().code, fmt::format("what the cluster serves is unknown: {}",
                                                           discovery->error().message))});
          continue;
        }
        key = {kind, read.group, {}, read.resource, true, {}, {}, {}, {}, {}, read.versions};
      } else {
        const Version version = version_of(read, discovery);
        if (version.ended) {
          ReadResult ended = *version.ended;
          // That a kind is not there is worth a note only where it was to be read in any case.
          if (ended.state == ReadState::absent && !read.when_read.empty()) ended.finding.reset();
          plan.settled.push_back({j, r, std::move(ended)});
          continue;
        }
        key = {kind,    read.group, version.version,     read.resource,       read.cluster_scoped,
               read.ns, read.name,  read.label_selector, read.field_selector, {},
               {}};
      }
      std::vector<Member>& members = groups[key];
      if (members.empty()) order.push_back(key);
      members.push_back({j, r});
    }
  }
  const Planner planner(jobs, namespaces);
  for (const Key& key : order) planner.add(key, groups[key], plan);
  return plan;
}

}  // namespace ktel::cluster
