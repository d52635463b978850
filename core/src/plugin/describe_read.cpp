// A read: what a job asks of the cluster.
#include <fmt/format.h>

#include <algorithm>

#include "plugin/describe_parts.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::plugin {
namespace {

constexpr std::size_t most_words = 64;

bool of_objects(std::uint32_t verb) {
  return verb == KTEL_READ_COUNT || verb == KTEL_READ_LIST || verb == KTEL_READ_GET;
}
bool of_url(std::uint32_t verb) { return verb == KTEL_READ_RAW || verb == KTEL_READ_METRICS; }

// A member that the verb does not use would mislead who reads the declaration.
void only_for(Inspection& in, const char* given, bool used, std::string_view member) {
  if (given != nullptr && !used) in.refuse(fmt::format("{} has no meaning for this verb", member));
}

// Every ${name} must be a parameter of the job. Gives the number of them.
int placeholders(Inspection& in, const std::string& text, std::string_view member, const Job& job) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find("${", at)) != text.npos; ++found) {
    const std::size_t end = text.find('}', at);
    if (end == text.npos) {
      in.refuse(fmt::format("{}: the ${{ at byte {} is not closed", member, at + 1));
      return found;
    }
    const std::string name = text.substr(at + 2, end - at - 2);
    const bool known = std::any_of(job.params.begin(), job.params.end(),
                                   [&](const Param& param) { return param.name == name; });
    if (!known) in.refuse(fmt::format("{} names ${{{}}}, which is no parameter", member, name));
    at = end;
  }
  return found;
}

// In a label selector ${param} may be one whole value: "app=${name},tier=web".
void check_label_selector(Inspection& in, const std::string& text, const Job& job) {
  const int found = placeholders(in, text, "label_selector", job);
  if (found == 0) return;
  const std::size_t begin = text.find("${");
  const std::size_t after = text.find('}', begin) + 1;
  const bool whole = begin > 0 && text[begin - 1] == '=' && after > 0 &&
                     (after >= text.size() || text[after] == ',');
  if (found > 1 || !whole) {
    in.refuse("label_selector: ${param} may stand once, as one whole value");
  }
}

// Paths that hold an object in every kind that has them: a cell is a value or a list of values.
bool ends_on_object(std::uint32_t verb, const json::Path& path) {
  static constexpr std::string_view of_kinds[] = {"metadata",
                                                  "metadata.labels",
                                                  "metadata.annotations",
                                                  "metadata.ownerReferences[*]",
                                                  "metadata.managedFields[*]",
                                                  "spec",
                                                  "spec.selector",
                                                  "spec.selector.matchLabels",
                                                  "spec.template",
                                                  "spec.template.metadata",
                                                  "spec.template.metadata.labels",
                                                  "spec.template.metadata.annotations",
                                                  "spec.template.spec",
                                                  "spec.containers[*]",
                                                  "spec.initContainers[*]",
                                                  "spec.volumes[*]",
                                                  "spec.template.spec.containers[*]",
                                                  "spec.ports[*]",
                                                  "spec.rules[*]",
                                                  "spec.nodeSelector",
                                                  "status",
                                                  "status.conditions[*]",
                                                  "status.containerStatuses[*]",
                                                  "status.nodeInfo",
                                                  "status.capacity",
                                                  "status.allocatable"};
  std::string plain;
  for (const json::Step& step : path.steps) {
    if (step.kind == json::Step::Kind::prefix) return false;
    if (step.kind == json::Step::Kind::each) {
      plain += "[*]";
    } else {
      plain += (plain.empty() ? "" : ".") + step.name;
    }
  }
  if (verb == KTEL_READ_METRICS) return plain == "labels";
  if (verb != KTEL_READ_LIST && verb != KTEL_READ_GET) return false;
  return std::find(std::begin(of_kinds), std::end(of_kinds), plain) != std::end(of_kinds);
}

void describe_objects(Inspection& in, const ktel_read& given, Read& read, const Job& job) {
  const bool objects = of_objects(read.verb);
  const bool served = read.verb == KTEL_READ_SERVED;
  only_for(in, given.group, objects || served, "group");
  only_for(in, given.versions, objects || served, "versions");
  only_for(in, given.resource, objects || served, "resource");
  only_for(in, given.ns, objects, "ns");
  only_for(in, given.label_selector, read.verb == KTEL_READ_COUNT || read.verb == KTEL_READ_LIST,
           "label_selector");
  only_for(in, given.field_selector, read.verb == KTEL_READ_COUNT || read.verb == KTEL_READ_LIST,
           "field_selector");
  only_for(in, given.name, read.verb == KTEL_READ_GET, "name");

  read.group = in.text(given.group, "group");
  if (!read.group.empty() && !is_group(read.group) && !(served && read.group == "*")) {
    in.refuse(fmt::format("group \"{}\" must be an API group, like apps", read.group));
  }
  read.versions =
      objects || served ? in.words(given.versions, "versions") : std::vector<std::string>{};
  for (std::size_t i = 0; i < read.versions.size(); ++i) {
    const bool any = read.versions[i] == "*" && i + 1 == read.versions.size();
    if (!any && !is_read_id(read.versions[i])) {
      in.refuse(fmt::format("versions: \"{}\" must be an API version, like v1; a * stands last",
                            read.versions[i]));
    }
  }
  if (objects && read.versions.empty()) in.refuse("versions is missing");

  read.resource =
      objects ? in.required(given.resource, "resource") : in.text(given.resource, "resource");
  // Whoever may list Secrets has them all, and whoever may list everything has them too.
  if (objects && read.resource == "secrets") in.refuse("resource secrets cannot be read");
  if (read.resource == "*") {
    in.refuse("resource * cannot be read: name what is needed");
  } else if (!read.resource.empty() && !is_resource(read.resource)) {
    in.refuse(
        fmt::format("resource \"{}\" must be a plural in lower case, like pods", read.resource));
  }
  read.ns = in.text(given.ns, "ns");
  placeholders(in, read.ns, "ns", job);
  if (!read.ns.empty() && read.cluster_scoped) in.refuse("ns is given for a CLUSTER scope");
  read.name = read.verb == KTEL_READ_GET ? in.required(given.name, "name") : std::string{};
  placeholders(in, read.name, "name", job);
  read.label_selector = in.text(given.label_selector, "label_selector");
  check_label_selector(in, read.label_selector, job);
  read.field_selector = in.text(given.field_selector, "field_selector");
  if (read.field_selector.find("${") != std::string::npos) {
    in.refuse("field_selector: ${param} cannot stand here");
  }
}

void describe_when(Inspection& in, const ktel_read& given, Read& read, const Job& job) {
  std::string when = in.text(given.when, "when");
  if (when.empty()) return;
  read.when_absent = when.front() == '!';
  read.when_read = read.when_absent ? when.substr(1) : when;
  const bool earlier = std::any_of(job.reads.begin(), job.reads.end(),
                                   [&](const Read& other) { return other.id == read.when_read; });
  if (!earlier) {
    in.refuse(
        fmt::format("when names \"{}\", which is no earlier read of this job", read.when_read));
  }
}

}  // namespace

Read describe_read(Inspection& in, const ktel_read& given, const Job& job) {
  Read read;
  read.id = in.required(given.id, "id");
  if (!read.id.empty() && !is_read_id(read.id)) {
    in.refuse(fmt::format("id \"{}\" must be lower-case words joined by - or _", read.id));
  }
  for (const Read& other : job.reads) {
    if (other.id == read.id) in.refuse("stands there twice");
  }
  in.code(given.verb, KTEL_READ_COUNT, KTEL_READ_SERVED, "verb");
  read.verb = given.verb;
  if (given.scope > KTEL_CLUSTER) in.code(given.scope, KTEL_NAMESPACED, KTEL_CLUSTER, "scope");
  read.cluster_scoped = given.scope == KTEL_CLUSTER;
  in.flags(given.flags, 0);
  read.optional = (given.flags & KTEL_READ_OPTIONAL) != 0;
  read.max_age_s = given.max_age_s;
  describe_objects(in, given, read, job);

  only_for(in, given.url, of_url(read.verb), "url");
  if (of_url(read.verb)) {
    read.url = in.required(given.url, "url");
    if (!read.url.empty()) {
      if (const auto fits = check_read_url(read.url); !fits) in.refuse(fits.error().message);
    }
  }
  only_for(in, given.metrics, read.verb == KTEL_READ_METRICS, "metrics");
  if (read.verb == KTEL_READ_METRICS) {
    read.metrics = in.words(given.metrics, "metrics");
    if (read.metrics.empty()) in.refuse("metrics is missing");
    if (read.metrics.size() > most_words) {
      in.refuse(
          fmt::format("{} metrics are declared, {} is the most", read.metrics.size(), most_words));
    }
  }
  only_for(in, given.paths, read.verb != KTEL_READ_COUNT, "paths");
  read.paths = describe_paths(in, given.paths);
  for (const json::Path& path : read.paths) {
    if (ends_on_object(read.verb, path)) {
      in.refuse(
          fmt::format("path {} ends on an object: name the member that is needed", path.text));
    }
  }
  describe_when(in, given, read, job);
  read.why = in.required(given.why, "why");
  return read;
}

}  // namespace ktel::plugin
