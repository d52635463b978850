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
      return "forbidden";
    case Errc::unreachable:
    case Errc::timed_out:
      return "unreachable";
    case Errc::stopped:
      return "stopped";
    default:
      return "read-failed";
  }
}

// Whom the server refused, as it says itself: `pods is forbidden: User "me" cannot list ...`.
std::string identity_of(std::string_view told) {
  constexpr std::string_view before = "User \"";
  const auto begin = told.find(before);
  if (begin == told.npos) return {};
  const std::string_view rest = told.substr(begin + before.size());
  const auto end = rest.find("\" cannot ");
  return end == rest.npos ? std::string() : std::string(rest.substr(0, end));
}

ReadResult denied(std::string_view what, std::string_view rule, std::string_view role,
                  std::string_view told) {
  const std::string who = identity_of(told);
  const std::string quoted = who.empty() && !told.empty() ? fmt::format(" (\"{}\")", told) : "";
  ReadResult result;
  result.state = ReadState::denied;
  result.cause = Errc::forbidden;
  result.finding = finding(
      "forbidden", FindingLevel::warn,
      fmt::format("the API server forbids to {}{}: the rule {{{}}} is missing", what, quoted, rule),
      fmt::format("add it to a {} that is bound to {}", role,
                  who.empty() ? "this identity" : fmt::format("\"{}\"", who)));
  return result;
}

}  // namespace

std::string resource_name(std::string_view resource, std::string_view group) {
  return group.empty() ? std::string(resource) : fmt::format("{}.{}", resource, group);
}

std::string how_to_save(std::string_view url, std::string_view extension) {
  return fmt::format("save it with `kubectl get --raw {}` as _reads{}{}", url, url, extension);
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

ReadResult not_in_snapshot(const Fetch& fetch) {
  // "deployments.v1.apps": kubectl may prefer another version.
  const std::string resource =
      fetch.group.empty() ? fetch.resource
                          : fmt::format("{}.{}.{}", fetch.resource, fetch.version, fetch.group);
  return failed(
      Errc::no_result,
      fmt::format("the snapshot holds no {}: save them with `kubectl get {}{} -o json > "
                  "{}.json`",
                  fetch.what(), resource, fetch.cluster_scoped ? "" : " -A", fetch.what()));
}

ReadResult not_saved(std::string_view what) {
  return failed(
      Errc::no_result,
      fmt::format("the snapshot was saved without what is asked of it now: {}", what),
      "save it again with the same --jobs, --namespace and --param: `ktel snapshot save DIR`");
}

ReadResult failed(Errc cause, std::string text, std::string next) {
  ReadResult result;
  result.state = ReadState::failed;
  result.cause = cause;
  result.finding = finding(id_of(cause), FindingLevel::warn, std::move(text), std::move(next));
  return result;
}

std::string does_not_answer(std::string_view group, std::string_view version) {
  return fmt::format(
      "the server of the API group {}/{} does not answer, so what it serves is unknown: look at "
      "the "
      "APIService {}.{}",
      group, version, version, group);
}

Finding too_large(std::string_view what, std::uint64_t rows, std::string_view paths) {
  return finding(
      "too-large", FindingLevel::warn,
      fmt::format("{}: {} left out, with more than a cell holds (4 KiB of text, 256 list "
                  "items) at {}",
                  what, rows == 1 ? "1 object is" : fmt::format("{} objects are", rows), paths));
}

ReadResult unauthorized(std::string text) {
  ReadResult result = failed(Errc::forbidden, std::move(text));
  result.finding->id = "unauthorized";
  return result;
}

ReadResult denied(const Fetch& fetch, std::string_view ns, std::string_view told) {
  if (fetch.kind == Fetch::Kind::raw || fetch.kind == Fetch::Kind::metrics) {
    return denied_url(fetch.url, told);
  }
  const bool in_one = !fetch.cluster_scoped && !ns.empty();
  const std::string where = fetch.cluster_scoped ? std::string()
                            : in_one             ? fmt::format(" in namespace {}", ns)
                                                 : std::string(" in all namespaces");
  const bool one = !fetch.name.empty();
  const std::string named = one ? fmt::format(" named {}", fetch.name) : "";
  const std::string only = one ? fmt::format(", resourceNames: [\"{}\"]", fetch.name) : "";
  return denied(fmt::format("list {}{}{}", fetch.what(), named, where),
                fmt::format("apiGroups: [\"{}\"], resources: [\"{}\"]{}, verbs: [\"list\"]",
                            fetch.group, fetch.resource, only),
                in_one ? fmt::format("Role in namespace {}", ns) : std::string("ClusterRole"),
                told);
}

ReadResult denied_url(std::string_view url, std::string_view told) {
  return denied(fmt::format("get {}", url),
                fmt::format("nonResourceURLs: [\"{}\"], verbs: [\"get\"]", url), "ClusterRole",
                told);
}

}  // namespace ktel::cluster
