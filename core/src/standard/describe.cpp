// One tree, built once; YAML is a way of writing it.
#include "standard/describe.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <cmath>
#include <set>

#include "json/canonical.hpp"
#include "standard/access.hpp"
#include "standard/names.hpp"
#include "standard/yaml.hpp"

namespace ktel::standard {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

boost::json::string text(std::string_view s) { return boost::json::string(s); }

void add_text(object& to, std::string_view key, std::string_view s) {
  if (!s.empty()) to[key] = text(s);
}

array words(const std::vector<std::string>& list) {
  array out;
  for (const std::string& word : list) out.push_back(text(word));
  return out;
}

array words(const std::vector<json::Path>& list) {
  array out;
  for (const json::Path& path : list) out.push_back(text(path.text));
  return out;
}

template <class List>
void add_words(object& to, std::string_view key, const List& list) {
  if (!list.empty()) to[key] = words(list);
}

object labels(const std::vector<plugin::Label>& list) {
  object out;
  for (const plugin::Label& label : list) out[label.value] = text(label.label);
  return out;
}

std::string duration(std::uint32_t ms) {
  return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

value bound(double n) {
  const bool whole = std::abs(n) < 9e15 && n == std::floor(n);
  return whole ? value(static_cast<std::int64_t>(n)) : value(n);
}

bool is_text(const plugin::Field& field) {
  return field.type == KTEL_T_ENUM || field.type == KTEL_T_SEMVER || field.type == KTEL_T_TIME ||
         field.type == KTEL_T_TOKEN;
}

object describe(const plugin::Read& read) {
  object out;
  out["verb"] = text(verb_name(read.verb));
  add_text(out, "group", read.group);
  add_words(out, "versions", read.versions);
  add_text(out, "resource", read.resource);
  if (read.cluster_scoped) out["scope"] = "cluster";
  add_text(out, "namespace", read.ns);
  add_text(out, "name", read.name);
  add_text(out, "label_selector", read.label_selector);
  add_text(out, "field_selector", read.field_selector);
  add_text(out, "path", read.url);
  add_words(out, "metrics", read.metrics);
  add_words(out, "paths", read.paths);
  if (!read.when_read.empty()) out["when"] = text((read.when_absent ? "!" : "") + read.when_read);
  if (read.max_age_s > 0) out["max_age"] = text(fmt::format("{}s", read.max_age_s));
  if (read.optional) out["optional"] = true;
  add_text(out, "why", read.why);
  return out;
}

object describe(const AccessRule& rule) {
  object out;
  if (!rule.non_resource_url.empty()) {
    out["nonResourceURLs"] = array{text(rule.non_resource_url)};
  } else {
    out["apiGroups"] = array{text(rule.api_group)};
    out["resources"] = array{text(rule.resource)};
    if (!rule.object.empty()) out["resourceNames"] = array{text(rule.object)};
  }
  out["verbs"] = array{text(rule.verb())};
  add_text(out, "namespace", rule.ns);
  out["for"] = words(rule.fields);
  return out;
}

object describe(const plugin::Need& need) {
  object out;
  out["paths"] = words(need.paths);
  if (need.optional) out["optional"] = true;
  return out;
}

object describe(const plugin::Param& param) {
  object out;
  out["type"] = text(type_name(param.type));
  if (!param.values.empty()) out["values"] = labels(param.values);
  if (param.required) out["required"] = true;
  if (param.secret) out["secret"] = true;
  if (param.has_default) out["default"] = text(param.default_text);
  add_text(out, "env", param.env);
  add_text(out, "description", param.description);
  return out;
}

object describe(const plugin::Field& field, const plugin::Job& job) {
  object out;
  out["type"] = text(type_name(field.type));
  if (field.item != 0) out["item"] = text(type_name(field.item));
  if (!field.values.empty()) {
    out[field.type == KTEL_T_MAP ? "keys" : "values"] = labels(field.values);
  }
  add_text(out, "other", field.other);
  add_text(out, "pattern", field.pattern);
  if (field.max_length > 0) out["max_length"] = field.max_length;
  if (field.max_items > 0) out["max_items"] = field.max_items;
  if (field.min != 0 || field.max != 0) {
    out["min"] = bound(field.min);
    out["max"] = bound(field.max);
  }
  add_text(out, "unit", field.unit);
  out["sensitivity"] = text(sensitivity_name(field.sensitivity));
  const std::uint32_t scalar = field.item != 0 ? field.item : field.type;
  add_text(out, "granularity", granularity_name(effective_granularity(scalar, field.granularity)));
  out["from"] = words(field.from);
  out["description"] = text(field.description);
  out["example"] = example_json(field);
  out["absent_when"] = text(field.absent_when);
  add_text(out, "alias", field.alias);
  if (field.metric == KTEL_M_GAUGE) out["metric"] = "gauge";
  add_text(out, "replaced_by", field.replaced_by);
  // From here on only what the job does not say already.
  if (field.question != job.question) add_text(out, "question", field.question);
  if (field.benefit != job.benefit) add_text(out, "benefit", field.benefit);
  if (field.owner != job.owner) add_text(out, "owner", field.owner);
  if (field.since != job.since) add_text(out, "since", field.since);
  if (field.expires != job.expires) add_text(out, "expires", field.expires);
  if (field.stability != job.stability) add_text(out, "stability", stability_name(field.stability));
  return out;
}

object describe_job(const plugin::Job& job) {
  object out;
  out["standard"] = standard_number;
  out["job"] = text(job.name);
  add_text(out, "title", job.title);
  add_text(out, "summary", job.summary);
  add_text(out, "question", job.question);
  add_text(out, "benefit", job.benefit);
  add_text(out, "owner", job.owner);
  add_text(out, "contact", job.contact);
  add_text(out, "since", job.since);
  add_text(out, "expires", job.expires);
  add_text(out, "stability", stability_name(job.stability));
  if (job.timeout_ms > 0) out["timeout"] = text(duration(job.timeout_ms));
  if (job.partial_ok) out["partial_ok"] = true;

  object params, needs, reads, fields;
  array access;
  for (const plugin::Param& param : job.params) params[param.name] = describe(param);
  for (const plugin::Need& need : job.needs) needs[need.job] = describe(need);
  for (const plugin::Read& read : job.reads) reads[read.id] = describe(read);
  for (const AccessRule& rule : access_rules(job)) access.push_back(describe(rule));
  for (const plugin::Field& field : job.fields) fields[field.name] = describe(field, job);
  if (!params.empty()) out["params"] = std::move(params);
  if (!needs.empty()) out["needs"] = std::move(needs);
  if (!reads.empty()) out["reads"] = std::move(reads);
  if (!access.empty()) out["access"] = std::move(access);
  out["fields"] = std::move(fields);
  return out;
}

std::string member(std::string_view key, const value& v, std::size_t indent) {
  const std::string begun = fmt::format("{}{}: ", std::string(indent, ' '), yaml_text(key));
  // A date has one form here and is written as it is.
  if (key == "expires") return fmt::format("{}{}\n", begun, std::string_view(v.get_string()));
  return yaml_line(begun, v, indent + 2);
}

// `fields` has a block a field, the other collections a line an element.
std::string section(std::string_view key, const value& content) {
  if (const auto* rules = content.if_array()) {
    std::string out = fmt::format("{}:  # derived from reads, never written by hand\n", key);
    for (const value& rule : *rules) out += yaml_line("  - ", rule, 6);
    return out;
  }
  std::string out = fmt::format("{}:\n", key);
  for (const auto& element : content.get_object()) {
    if (key != "fields") {
      out += member(element.key(), element.value(), 2);
      continue;
    }
    out += fmt::format("  {}:\n", yaml_text(element.key()));
    for (const auto& part : element.value().get_object())
      out += member(part.key(), part.value(), 4);
  }
  return out;
}

}  // namespace

value describe_json(const plugin::Job& job) { return describe_job(job); }

// An example is JSON; a string may stand without its quotes.
value example_json(const plugin::Field& field) {
  const bool quoted = !field.example.empty() && field.example.front() == '"';
  if (is_text(field) && !quoted) return text(field.example);
  Result<value> parsed = json::parse_strict(field.example);
  return parsed ? std::move(parsed).value() : value(text(field.example));
}

std::string describe_yaml(const plugin::Job& job) {
  std::string out;
  for (const auto& entry : describe_job(job)) {
    const bool collection = entry.value().is_object() || entry.value().is_array();
    out += collection ? section(entry.key(), entry.value()) : member(entry.key(), entry.value(), 0);
  }
  return out;
}

}  // namespace ktel::standard
