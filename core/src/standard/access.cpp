// From reads to rules: equal ones become one.
#include "standard/access.hpp"

#include <ktel/abi/job.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

namespace ktel::standard {
namespace {

std::set<std::string> collect_fields(const plugin::Job& job, std::size_t at) {
  const std::string& id = job.reads[at].id;
  std::set<std::string> fields;
  for (const plugin::Field& field : job.fields) {
    if (std::find(field.from.begin(), field.from.end(), id) != field.from.end()) {
      fields.insert(field.name);
    }
  }
  // `when` names an earlier read, so this ends.
  for (std::size_t later = at + 1; later < job.reads.size(); ++later) {
    if (job.reads[later].when_read == id) fields.merge(collect_fields(job, later));
  }
  return fields;
}

// A name that only a parameter completes is not known here.
std::string constant(const std::string& text) {
  return text.find("${") == std::string::npos ? text : std::string();
}

AccessRule rule_for(const plugin::Read& read) {
  AccessRule rule;
  rule.optional = read.optional;
  if (read.verb == KTEL_READ_RAW || read.verb == KTEL_READ_METRICS) {
    rule.non_resource_url = read.url;
    return rule;
  }
  rule.api_group = read.group;
  rule.resource = read.resource;
  rule.cluster_scoped = read.cluster_scoped;
  if (read.verb == KTEL_READ_GET) rule.object = constant(read.name);
  rule.ns = constant(read.ns);
  return rule;
}

bool same_thing(const AccessRule& a, const AccessRule& b) {
  return std::tie(a.non_resource_url, a.api_group, a.resource, a.object, a.ns, a.cluster_scoped) ==
         std::tie(b.non_resource_url, b.api_group, b.resource, b.object, b.ns, b.cluster_scoped);
}

// Who may do what `wide` says may do what `rule` says.
bool covers(const AccessRule& wide, const AccessRule& rule) {
  return wide.non_resource_url == rule.non_resource_url && wide.api_group == rule.api_group &&
         wide.resource == rule.resource && (wide.ns.empty() || wide.ns == rule.ns) &&
         (wide.object.empty() || wide.object == rule.object) && (!wide.optional || rule.optional);
}

}  // namespace

std::string AccessRule::what() const {
  if (!non_resource_url.empty()) return non_resource_url;
  std::string text = resource;
  if (!api_group.empty()) text += "." + api_group;
  if (!object.empty()) text += " named " + object;
  if (!ns.empty()) text += " in namespace " + ns;
  return text;
}

std::vector<std::string> fields_of(const plugin::Job& job, std::size_t read) {
  const std::set<std::string> fields = collect_fields(job, read);
  return {fields.begin(), fields.end()};
}

std::vector<AccessRule> access_rules(const plugin::Job& job) {
  std::vector<AccessRule> rules;
  for (std::size_t i = 0; i < job.reads.size(); ++i) {
    const plugin::Read& read = job.reads[i];
    if (read.verb == KTEL_READ_SERVED) continue;
    AccessRule rule = rule_for(read);
    std::set<std::string> fields = collect_fields(job, i);
    const auto known = std::find_if(rules.begin(), rules.end(), [&](const AccessRule& other) {
      return same_thing(rule, other);
    });
    if (known == rules.end()) {
      rule.fields.assign(fields.begin(), fields.end());
      rules.push_back(std::move(rule));
      continue;
    }
    fields.insert(known->fields.begin(), known->fields.end());
    known->fields.assign(fields.begin(), fields.end());
    known->optional = known->optional && rule.optional;
  }
  return rules;
}

std::vector<SharedRule> shared_rules(std::span<const plugin::Job> jobs) {
  std::vector<SharedRule> all;
  for (const plugin::Job& job : jobs) {
    for (AccessRule& rule : access_rules(job)) {
      SharedRule shared{.rule = {}, .fields = {{job.name, std::move(rule.fields)}}};
      rule.fields.clear();
      shared.rule = std::move(rule);
      all.push_back(std::move(shared));
    }
  }
  // The wide ones first, so that each finds the one that covers it; of equal ones the required.
  const auto order = [](const SharedRule& shared) {
    const AccessRule& rule = shared.rule;
    return std::tie(rule.non_resource_url, rule.api_group, rule.resource, rule.ns, rule.object,
                    rule.optional);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const SharedRule& a, const SharedRule& b) { return order(a) < order(b); });
  std::vector<SharedRule> kept;
  for (SharedRule& shared : all) {
    const auto cover = std::find_if(kept.begin(), kept.end(), [&](const SharedRule& other) {
      return covers(other.rule, shared.rule);
    });
    if (cover == kept.end()) {
      kept.push_back(std::move(shared));
      continue;
    }
    for (const auto& [job, fields] : shared.fields) {
      std::vector<std::string>& to = cover->fields[job];
      std::vector<std::string> joined;
      std::set_union(to.begin(), to.end(), fields.begin(), fields.end(),
                     std::back_inserter(joined));
      to = std::move(joined);
    }
  }
  return kept;
}

}  // namespace ktel::standard
