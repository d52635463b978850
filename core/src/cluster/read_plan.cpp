// Merges reads: versions first, then reads of the same objects, then their paths.
#include "cluster/read_plan.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "cluster/finding.hpp"
#include "cluster/list_body.hpp"

namespace ktel::cluster {
namespace {

using plugin::Read;

// What makes two reads ask for the same objects.
using Key =
    std::tuple<Fetch::Kind, std::string, std::string, std::string, bool, std::string, std::string,
               std::string, std::string, std::string, std::vector<std::string>>;

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

Version version_of(const Read& read, const Discovery& discovery) {
  const std::string what = resource_name(read.resource, read.group);
  const bool any = read.versions.empty() || read.versions[0] == "*";
  const bool one = read.versions.size() == 1 && !any;
  const Resolution resolved = discovery.resolve(read.group, read.versions, read.resource);
  switch (resolved.state) {
    case Resolution::State::served:
      return {resolved.version};
    case Resolution::State::absent:
      return {{}, not_served(what)};
    case Resolution::State::stale:
      return {{}, failed(Errc::no_result, does_not_answer(read.group, resolved.version))};
    case Resolution::State::unknown:
      break;
  }
  if (discovery.failed && !one) return {{}, *discovery.failed};
  // Asked for without knowing: the answer will say whether it is there.
  return {any ? "v1" : read.versions[0]};
}

bool metadata_alone(const std::vector<json::Path>& paths) {
  return std::all_of(paths.begin(), paths.end(), [](const json::Path& path) {
    return path.steps.size() > 1 &&
           path.steps[0] == json::Step{json::Step::Kind::member, "metadata"};
  });
}

// Where it is among `all`, where each is once.
template <class T>
std::uint32_t index_of(std::vector<T>& all, const T& one) {
  const auto known = std::find(all.begin(), all.end(), one);
  if (known != all.end()) return static_cast<std::uint32_t>(known - all.begin());
  all.push_back(one);
  return static_cast<std::uint32_t>(all.size() - 1);
}

Condition condition_of(const JobReads& job, std::size_t index) {
  const Read& read = job.reads[index];
  Condition condition;
  if (read.when_read.empty()) return condition;
  for (std::size_t i = 0; i < index; ++i) {
    if (job.reads[i].id == read.when_read) condition.read = i;
  }
  condition.absent = read.when_absent;
  return condition;
}

Consumer consumer_of(const JobReads& job, const ReadAt& at, Fetch& fetch) {
  const Read& read = job.reads[at.read];
  Consumer consumer{.at = at, .when = condition_of(job, at.read)};
  consumer.count_only = read.verb == KTEL_READ_COUNT;
  consumer.get = read.verb == KTEL_READ_GET;
  if (!consumer.count_only) {
    for (const json::Path& path : read.paths)
      consumer.columns.push_back(index_of(fetch.paths, path));
  }
  consumer.metrics = read.metrics;
  for (const std::string& name : read.metrics) index_of(fetch.metrics, name);
  return consumer;
}

Fetch fetch_of(const Key& key, const std::vector<std::string>& namespaces) {
  Fetch fetch;
  std::string ns;
  std::tie(fetch.kind, fetch.group, fetch.version, fetch.resource, fetch.cluster_scoped, ns,
           fetch.name, fetch.label_selector, fetch.field_selector, fetch.url, fetch.versions) = key;
  if (fetch.cluster_scoped) {
    fetch.namespaces = {""};
  } else if (!ns.empty()) {
    fetch.namespaces = {ns};
  } else {
    for (const std::string& name : namespaces) {
      // The empty name is that of all namespaces, which would count the others again.
      const bool known = std::find(fetch.namespaces.begin(), fetch.namespaces.end(), name) !=
                         fetch.namespaces.end();
      if (!name.empty() && !known) fetch.namespaces.push_back(name);
    }
    if (fetch.namespaces.empty()) fetch.namespaces = {""};
  }
  return fetch;
}

// The cheapest form that gives all consumers what they want.
void choose_form(Fetch& fetch) {
  if (fetch.kind != Fetch::Kind::list) return;
  const bool counts_alone =
      std::all_of(fetch.consumers.begin(), fetch.consumers.end(),
                  [](const Consumer& consumer) { return consumer.count_only; });
  if (counts_alone) {
    fetch.kind = Fetch::Kind::count;
    fetch.representation = Representation::table;
  } else if (metadata_alone(fetch.paths)) {
    fetch.representation = Representation::metadata;
  }
  fetch.protobuf = readable_as_protobuf(fetch, fetch.representation);
}

class Planner {
 public:
  Planner(const std::vector<JobReads>& jobs, const std::vector<std::string>& namespaces)
      : jobs_(jobs), namespaces_(namespaces) {}

  // The fetches of one group of reads that ask for the same objects. Reads that list them share
  // one; counts join it for free. Where it may never happen and a count must, they have one of
  // their own to fall back on.
  void add(const Key& key, const std::vector<ReadAt>& members, ReadPlan& plan) const {
    const auto read = [this](const ReadAt& m) -> const Read& { return jobs_[m.job].reads[m.read]; };
    const auto is_count = [&](const ReadAt& m) { return read(m).verb == KTEL_READ_COUNT; };
    const auto waits = [&](const ReadAt& m) { return !read(m).when_read.empty(); };
    std::vector<ReadAt> lists;
    std::vector<ReadAt> counts;
    for (const ReadAt& m : members) (is_count(m) ? counts : lists).push_back(m);
    const bool apart = std::all_of(lists.begin(), lists.end(), waits) &&
                       !std::all_of(counts.begin(), counts.end(), waits);
    if (lists.empty() || !apart) {
      lists.insert(lists.end(), counts.begin(), counts.end());
      counts.clear();
    }
    for (const auto& group : {lists, counts}) {
      if (!group.empty()) plan.fetches.push_back(make(key, group));
    }
    const bool both = !lists.empty() && !counts.empty();
    if (both && !wait_for_a_count(lists)) {
      plan.fetches.back().instead_of = plan.fetches.size() - 2;
    }
  }

 private:
  // Is there a count among the reads that decide on these? It must not wait for them in turn.
  bool wait_for_a_count(const std::vector<ReadAt>& members) const {
    return std::any_of(members.begin(), members.end(), [this](const ReadAt& member) {
      const JobReads& job = jobs_[member.job];
      for (auto when = condition_of(job, member.read).read; when;
           when = condition_of(job, *when).read) {
        if (job.reads[*when].verb == KTEL_READ_COUNT) return true;
      }
      return false;
    });
  }

  Fetch make(const Key& key, const std::vector<ReadAt>& members) const {
    Fetch fetch = fetch_of(key, namespaces_);
    if (fetch.kind == Fetch::Kind::metrics) fetch.paths = {json::parse_path("name").value()};
    for (const ReadAt& m : members) {
      fetch.consumers.push_back(consumer_of(jobs_[m.job], m, fetch));
    }
    choose_form(fetch);
    return fetch;
  }

  const std::vector<JobReads>& jobs_;
  const std::vector<std::string>& namespaces_;
};

}  // namespace

bool Fetch::unconditional() const noexcept {
  return std::any_of(consumers.begin(), consumers.end(),
                     [](const Consumer& consumer) { return !consumer.when.read; });
}

Fetch narrowed(Fetch fetch, const std::vector<bool>& refused) {
  const std::vector<json::Path> paths = std::exchange(fetch.paths, {});
  if (fetch.kind == Fetch::Kind::metrics) fetch.paths = {paths.front()};  // the name
  for (std::size_t i = 0; i < fetch.consumers.size(); ++i) {
    Consumer& consumer = fetch.consumers[i];
    if (refused[i]) {
      consumer.columns.clear();
      consumer.count_only = true;  // it wants no rows
    }
    for (std::uint32_t& column : consumer.columns) column = index_of(fetch.paths, paths[column]);
  }
  choose_form(fetch);
  return fetch;
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

ReadOrder order_reads(const std::vector<JobReads>& jobs) {
  ReadOrder order;
  std::set<std::pair<std::string, std::string>> asked_after;  // group and resource to be read
  const auto each = [&](auto&& take) {
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      for (std::size_t r = 0; r < jobs[j].reads.size(); ++r) {
        take(ReadAt{j, r}, jobs[j].reads[r], jobs[j].wanted[r]);
      }
    }
  };
  each([&](const ReadAt&, const Read& read, bool wanted) {
    if (!wanted || !needs_discovery(read)) return;
    const bool served = read.verb == KTEL_READ_SERVED;
    if (!served) asked_after.emplace(read.group, read.resource);
    if (read.group.empty() || read.group == "*") order.need.core = true;
    if (!read.group.empty()) order.need.groups = true;
    order.need.questions.push_back({read.group, read.versions, read.resource, served});
  });
  each([&](const ReadAt& at, const Read& read, bool wanted) {
    const bool listed = read.verb != KTEL_READ_RAW && read.verb != KTEL_READ_METRICS;
    const bool shares = listed && asked_after.contains({read.group, read.resource});
    const bool waits = wanted && (needs_discovery(read) || shares);
    (waits ? order.after_discovery : order.at_once).push_back(at);
  });
  return order;
}

ReadPlan plan_reads(const std::vector<JobReads>& jobs, const std::vector<ReadAt>& reads,
                    const std::vector<std::string>& namespaces, const Discovery& discovery) {
  ReadPlan plan;
  std::map<Key, std::vector<ReadAt>> groups;
  std::vector<Key> order;  // fetches go out in the order in which jobs declare them
  for (const ReadAt& at : reads) {
    const Read& read = jobs[at.job].reads[at.read];
    const auto settle = [&](ReadResult result) {
      plan.settled.push_back({at, condition_of(jobs[at.job], at.read), std::move(result)});
    };
    if (!jobs[at.job].wanted[at.read]) {
      plan.settled.push_back({at, {}, skipped()});
      continue;
    }
    Key key{kind_of(read), {}, {}, {}, false, {}, {}, {}, {}, {}, {}};
    const Fetch::Kind kind = std::get<0>(key);
    if (kind == Fetch::Kind::raw || kind == Fetch::Kind::metrics) {
      std::get<9>(key) = read.url;
    } else if (kind == Fetch::Kind::served) {
      if (discovery.failed && !discovery.knows(read.group)) {
        settle(*discovery.failed);
        continue;
      }
      key = {kind, read.group, {}, read.resource, true, {}, {}, {}, {}, {}, read.versions};
    } else {
      Version version = version_of(read, discovery);
      if (version.ended) {
        settle(*std::move(version.ended));
        continue;
      }
      key = {kind,    read.group, version.version,     read.resource,       read.cluster_scoped,
             read.ns, read.name,  read.label_selector, read.field_selector, {},
             {}};
    }
    std::vector<ReadAt>& members = groups[key];
    if (members.empty()) order.push_back(key);
    members.push_back(at);
  }
  const Planner planner(jobs, namespaces);
  for (const Key& key : order) planner.add(key, groups[key], plan);
  return plan;
}

}  // namespace ktel::cluster
