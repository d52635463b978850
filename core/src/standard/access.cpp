// From reads to rules: equal ones become one.
#include "standard/access.hpp"

#include <ktel/abi/job.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace ktel::standard {
namespace {

// Fields made from the read, or from one that is made only because of what it found.
std::set<std::string> fields_of(const plugin::Job& job, const plugin::Read& read) {
  std::set<std::string> fields;
  for (const plugin::Field& field : job.fields) {
    if (std::find(field.from.begin(), field.from.end(), read.id) != field.from.end()) {
      fields.insert(field.name);
    }
  }
  // `when` names an earlier read, so this ends.
  for (auto later = job.reads.begin() + (&read - job.reads.data()) + 1; later != job.reads.end();
       ++later) {
    if (later->when_read == read.id) fields.merge(fields_of(job, *later));
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

}  // namespace

std::vector<AccessRule> access_rules(const plugin::Job& job) {
  std::vector<AccessRule> rules;
  for (const plugin::Read& read : job.reads) {
    if (read.verb == KTEL_READ_SERVED) continue;
    AccessRule rule = rule_for(read);
    std::set<std::string> fields = fields_of(job, read);
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

}  // namespace ktel::standard
