// The rules of a read, in the order of its members. See check.hpp.
#pragma once

#include <ktel/abi/job.h>

#include <cstdint>
#include <string_view>

#include <ktel/sdk/detail/check_parts.hpp>

namespace ktel::sdk::detail {

// Every ${name} is a parameter of the job. How many there are.
constexpr int placeholders(const ktel_job& job, std::string_view text) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find("${", at)) != text.npos; ++found) {
    const std::size_t end = text.find('}', at);
    require(end != text.npos, "a ${ is not closed by }");
    bool known = false;
    for (std::uint32_t i = 0; i < job.param_count; ++i) {
      known = known || text.substr(at + 2, end - at - 2) == detail::text(job.params[i].name);
    }
    require(known, "a ${param} names no parameter of the job");
    at = end;
  }
  return found;
}

constexpr void check_label_selector(const ktel_job& job, std::string_view selector) {
  const int found = placeholders(job, selector);
  if (found == 0) return;
  const std::size_t begin = selector.find("${");
  const std::size_t after = selector.find('}', begin) + 1;
  require(found == 1 && begin > 0 && selector[begin - 1] == '=' &&
              (after == selector.size() || selector[after] == ','),
          "in a label_selector ${param} stands once, as one whole value");
}

constexpr void check_versions(std::string_view versions) {
  std::string_view word;
  while (next_word(versions, word)) {
    require(name(word, "-_") || (word == "*" && words(versions) == 0),
            "versions are API versions, \"v1 v1beta1\"; a * stands last");
  }
}

constexpr void check_when(const ktel_job& job, std::uint32_t index) {
  std::string_view when = text(job.reads[index].when);
  if (when.empty()) return;
  if (when.starts_with('!')) when.remove_prefix(1);
  bool known = false;
  for (std::uint32_t i = 0; i < index; ++i) known = known || when == job.reads[i].id;
  require(known, "`when` must name an earlier read of the job");
}

// A member that the verb does not use would mislead who reads the declaration.
constexpr void check_use_of_members(const ktel_read& read) {
  const std::uint32_t verb = read.verb;
  const bool many = verb == KTEL_READ_COUNT || verb == KTEL_READ_LIST;
  const bool objects = many || verb == KTEL_READ_GET;
  const bool served = verb == KTEL_READ_SERVED;
  const bool by_url = verb == KTEL_READ_RAW || verb == KTEL_READ_METRICS;
  require(objects || served ||
              (read.group == nullptr && read.versions == nullptr && read.resource == nullptr),
          "group, versions and resource are for COUNT, LIST, GET and SERVED");
  require(objects || read.ns == nullptr, "`ns` is for COUNT, LIST and GET");
  require(many || (read.label_selector == nullptr && read.field_selector == nullptr),
          "selectors are for COUNT and LIST");
  require(verb == KTEL_READ_GET ? given(read.name) : read.name == nullptr,
          "`name` belongs to GET, and GET needs it");
  require(by_url ? given(read.url) : read.url == nullptr,
          "`url` belongs to RAW and METRICS, and they need it");
  require(verb == KTEL_READ_METRICS ? words(text(read.metrics)) > 0 : read.metrics == nullptr,
          "`metrics` belongs to METRICS, and METRICS needs it");
  require(words(text(read.metrics)) <= 64, "64 metrics are the most");
  require(verb != KTEL_READ_COUNT || read.paths == nullptr, "a COUNT has no paths");
  require(!objects || given(read.versions), "COUNT, LIST and GET need versions, best first");
  require(!objects || given(read.resource), "COUNT, LIST and GET need a resource: the plural");
}

constexpr void check_read(const ktel_job& job, std::uint32_t index) {
  const ktel_read& read = job.reads[index];
  const std::string_view group = text(read.group);
  const std::string_view resource = text(read.resource);
  require(name(text(read.id), "-_"),
          "a read needs an id: lower-case words joined by '-' or '_', 40 characters at most");
  for (std::uint32_t i = 0; i < index; ++i) {
    require(text(job.reads[i].id) != read.id, "two reads have one id");
  }
  require(read.verb >= KTEL_READ_COUNT && read.verb <= KTEL_READ_SERVED,
          "a read's verb is unknown");
  require(read.scope <= KTEL_CLUSTER, "a read's scope is unknown");
  check_flags(read.flags, 0);
  check_use_of_members(read);
  require(
      group.empty() || name(group, "-.", 1, 253) || (read.verb == KTEL_READ_SERVED && group == "*"),
      "`group` is an API group: \"apps\"");
  check_versions(text(read.versions));
  require(resource != "*" && (resource != "secrets" || read.verb == KTEL_READ_SERVED),
          "Secrets, and every resource, cannot be read");
  require(resource.empty() || name(resource, "-.", 1, 253),
          "`resource` is a plural in lower case: \"pods\"");
  require(!given(read.ns) || read.scope != KTEL_CLUSTER, "`ns` is given for a CLUSTER scope");
  placeholders(job, text(read.ns));
  placeholders(job, text(read.name));
  check_label_selector(job, text(read.label_selector));
  require(text(read.field_selector).find("${") == std::string_view::npos,
          "in a field_selector no ${param} can stand");
  require(read.url == nullptr || url(read.url),
          "`url` is an absolute path of [A-Za-z0-9._/-], without // or .. and not below /api or "
          "/apis");
  check_paths(read.paths);
  check_when(job, index);
  check_required(read.why, "a read needs `why`: one sentence for the operator");
  for (const char* member : {read.group, read.versions, read.resource, read.ns, read.name,
                             read.label_selector, read.field_selector, read.metrics}) {
    check_text(member);
  }
}

}  // namespace ktel::sdk::detail
