// Namespaces, names, label and field selectors, over cells.
#include "cluster/snapshot_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace ktel::cluster {
namespace {

using json::Cell;
using json::Path;
using json::Step;

// What is read of each object, whatever is asked for.
struct At {
  enum : std::size_t { api_version, kind, ns, name };
};

// The fields by which an API server selects objects of a kind; all kinds have the first two.
struct Field {
  std::string_view resource;
  std::string_view label;
  std::string_view path;  // empty: the label
  std::string_view absent;
  std::string_view or_path = {};  // where `path` leads to nothing
};
constexpr Field fields[] = {
    {"", "metadata.name", "", ""},
    {"", "metadata.namespace", "", ""},
    {"certificatesigningrequests.certificates.k8s.io", "spec.signerName", "", ""},
    {"events", "involvedObject.apiVersion", "", ""},
    {"events", "involvedObject.fieldPath", "", ""},
    {"events", "involvedObject.kind", "", ""},
    {"events", "involvedObject.name", "", ""},
    {"events", "involvedObject.namespace", "", ""},
    {"events", "involvedObject.resourceVersion", "", ""},
    {"events", "involvedObject.uid", "", ""},
    {"events", "reason", "", ""},
    {"events", "reportingComponent", "", ""},
    {"events", "source", "source.component", "", "reportingComponent"},
    {"events", "type", "", ""},
    // The same objects by the names of the other API, which has no source.
    {"events.events.k8s.io", "reason", "", ""},
    {"events.events.k8s.io", "regarding.apiVersion", "", ""},
    {"events.events.k8s.io", "regarding.fieldPath", "", ""},
    {"events.events.k8s.io", "regarding.kind", "", ""},
    {"events.events.k8s.io", "regarding.name", "", ""},
    {"events.events.k8s.io", "regarding.namespace", "", ""},
    {"events.events.k8s.io", "regarding.resourceVersion", "", ""},
    {"events.events.k8s.io", "regarding.uid", "", ""},
    {"events.events.k8s.io", "reportingController", "", ""},
    {"events.events.k8s.io", "type", "", ""},
    {"jobs.batch", "status.successful", "status.succeeded", "0"},
    {"namespaces", "status.phase", "", ""},
    {"nodes", "spec.unschedulable", "", "false"},
    {"pods", "spec.hostNetwork", "", "false"},
    {"pods", "spec.nodeName", "", ""},
    {"pods", "spec.restartPolicy", "", ""},
    {"pods", "spec.schedulerName", "", ""},
    {"pods", "spec.serviceAccountName", "", ""},
    {"pods", "status.nominatedNodeName", "", ""},
    {"pods", "status.phase", "", ""},
    {"pods", "status.podIP", "", ""},
    {"replicasets.apps", "status.replicas", "", "0"},
    {"replicationcontrollers", "status.replicas", "", "0"},
    {"secrets", "type", "", ""},
};

std::optional<std::string> value_of(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::text:
      return cell.text;
    case Cell::Type::boolean:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Type::integer:
      return std::to_string(cell.integer);
    default:
      return std::nullopt;
  }
}

bool is_of(const Field& field, const Fetch& fetch) {
  return field.resource.empty() || field.resource == fetch.what();
}

const Field* find_field(const Fetch& fetch, std::string_view label) {
  const auto* const found =
      std::find_if(std::begin(fields), std::end(fields),
                   [&](const Field& field) { return field.label == label && is_of(field, fetch); });
  return found == std::end(fields) ? nullptr : found;
}

Error no_such_field(const Fetch& fetch, std::string_view label) {
  std::string known;
  for (const Field& field : fields) {
    if (!is_of(field, fetch)) continue;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", field.label);
  }
  return {Errc::bad_input,
          fmt::format("selector \"{}\": {} cannot be selected by {}: use one of {}",
                      fetch.field_selector, fetch.what(), label, known)};
}

}  // namespace

SnapshotFilter::SnapshotFilter(const Fetch& fetch)
    : fetch_(&fetch),
      paths_(json::parse_paths("apiVersion kind metadata.namespace metadata.name").value()) {}

Result<SnapshotFilter> SnapshotFilter::make(const Fetch& fetch) {
  SnapshotFilter filter(fetch);
  if (Result<void> added = filter.add_labels(); !added) return added.error();
  if (Result<void> added = filter.add_fields(); !added) return added.error();
  return filter;
}

Result<void> SnapshotFilter::add_labels() {
  auto labels = parse_label_selector(fetch_->label_selector);
  if (!labels) return labels.error();
  for (Requirement& requirement : *labels) {
    const std::size_t cell = add_path({{},
                                       {{Step::Kind::member, "metadata"},
                                        {Step::Kind::member, "labels"},
                                        {Step::Kind::member, requirement.key}}});
    tests_.push_back({.requirement = std::move(requirement), .cell = cell, .label = true});
  }
  return {};
}

Result<void> SnapshotFilter::add_fields() {
  auto requirements = parse_field_selector(fetch_->field_selector);
  if (!requirements) return requirements.error();
  if (!fetch_->name.empty()) {
    requirements->push_back({"metadata.name", Requirement::Op::in, {fetch_->name}});
  }
  for (Requirement& requirement : *requirements) {
    const Field* const field = find_field(*fetch_, requirement.key);
    if (field == nullptr) return no_such_field(*fetch_, requirement.key);
    Test test{.requirement = std::move(requirement), .absent = std::string(field->absent)};
    const std::string_view path = field->path.empty() ? field->label : field->path;
    test.cell = add_path(json::parse_path(path).value());
    if (!field->or_path.empty()) test.or_cell = add_path(json::parse_path(field->or_path).value());
    tests_.push_back(std::move(test));
  }
  return {};
}

std::size_t SnapshotFilter::add_path(Path path) {
  paths_.push_back(std::move(path));
  return paths_.size() - 1;
}

ObjectType SnapshotFilter::type(std::span<const Cell> own, const ObjectType& implied) {
  if (own[At::kind].text.empty()) return implied;
  return {own[At::api_version].text, own[At::kind].text};
}

std::string SnapshotFilter::key(std::span<const Cell> own) {
  return own[At::name].text.empty() ? "" : own[At::ns].text + "/" + own[At::name].text;
}

bool SnapshotFilter::wants(std::span<const Cell> own) const {
  const std::vector<std::string>& namespaces = fetch_->namespaces;
  const bool everywhere = fetch_->cluster_scoped || namespaces.front().empty();
  if (!everywhere &&
      std::find(namespaces.begin(), namespaces.end(), own[At::ns].text) == namespaces.end()) {
    return false;
  }
  for (const Test& test : tests_) {
    std::optional<std::string> value = value_of(own[test.cell]);
    if (test.or_cell && value.value_or("").empty()) value = value_of(own[*test.or_cell]);
    if (!value && !test.label) value = test.absent;
    if (!test.requirement.matches(value)) return false;
  }
  return true;
}

}  // namespace ktel::cluster
