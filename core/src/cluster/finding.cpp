// The sentences of reads that end without rows.
#include "cluster/finding.hpp"

#include <fmt/format.h>

#include "cluster/read_plan.hpp"

namespace ktel::cluster {
namespace {

Finding finding(std::string id, FindingLevel level, std::string text, std::string next = {}) {
  return {std::move(id), level, {}, {}, std::move(text), std::move(next)};
}

std::string id_of(Errc cause) {
  switch (cause) {
    case Errc::forbidden:
      return "unauthorized";
    case Errc::unreachable:
    case Errc::timed_out:
      return "unreachable";
    case Errc::stopped:
      return "stopped";
    default:
      return "read-failed";
  }
}

}  // namespace

std::string resource_name(std::string_view resource, std::string_view group) {
  return group.empty() ? std::string(resource) : fmt::format("{}.{}", resource, group);
}

ReadResult skipped() {
  ReadResult result;
  result.state = ReadState::skipped;
  return result;
}

ReadResult not_served(std::string_view what) {
  ReadResult result;
  result.state = ReadState::absent;
  result.finding =
      finding("not-served", FindingLevel::note, fmt::format("the cluster does not serve {}", what));
  return result;
}

ReadResult no_such_object(const Fetch& fetch) {
  ReadResult result;
  result.state = ReadState::absent;
  const bool everywhere = fetch.namespaces == std::vector<std::string>{""};
  result.finding = finding(
      "no-such-object", FindingLevel::note,
      fmt::format("there is no {} named {}{}", fetch.what(), fetch.name,
                  everywhere ? std::string()
                             : fmt::format(" in namespace {}", fmt::join(fetch.namespaces, ", "))));
  return result;
}

ReadResult failed(Errc cause, std::string text, std::string next) {
  ReadResult result;
  result.state = ReadState::failed;
  result.cause = cause;
  result.finding = finding(id_of(cause), FindingLevel::warn, std::move(text), std::move(next));
  return result;
}

ReadResult denied(const Fetch& fetch, std::string_view ns) {
  ReadResult result;
  result.state = ReadState::denied;
  result.cause = Errc::forbidden;
  if (fetch.kind == Fetch::Kind::raw || fetch.kind == Fetch::Kind::metrics) {
    result.finding = finding(
        "forbidden", FindingLevel::warn,
        fmt::format("the API server forbids to get {}: the rule {{nonResourceURLs: [\"{}\"], "
                    "verbs: [\"get\"]}} is missing",
                    fetch.url, fetch.url),
        "add it to a ClusterRole that is bound to this identity");
    return result;
  }
  const std::string where = fetch.cluster_scoped ? std::string()
                            : ns.empty()         ? std::string(" in all namespaces")
                                                 : fmt::format(" in namespace {}", ns);
  result.finding = finding(
      "forbidden", FindingLevel::warn,
      fmt::format("the API server forbids to list {}{}: the rule {{apiGroups: [\"{}\"], resources: "
                  "[\"{}\"], verbs: [\"list\"]}} is missing",
                  fetch.what(), where, fetch.group, fetch.resource),
      where.empty() || ns.empty()
          ? std::string("add it to a ClusterRole that is bound to this identity")
          : fmt::format("add it to a Role in namespace {} that is bound to this identity", ns));
  return result;
}

}  // namespace ktel::cluster
