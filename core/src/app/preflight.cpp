// Preflight: see the header.
#include "app/preflight.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace ktel::app {
namespace {

constexpr std::chrono::milliseconds connect_timeout{10'000};  // as of a report
constexpr std::size_t most_named = 5;

std::string rule_of(const standard::AccessRule& rule) {
  if (!rule.non_resource_url.empty()) {
    return fmt::format("{{nonResourceURLs: [\"{}\"], verbs: [\"{}\"]}}", rule.non_resource_url,
                       rule.verb());
  }
  const std::string only =
      rule.object.empty() ? "" : fmt::format(", resourceNames: [\"{}\"]", rule.object);
  return fmt::format("{{apiGroups: [\"{}\"], resources: [\"{}\"]{}, verbs: [\"{}\"]}}",
                     rule.api_group, rule.resource, only, rule.verb());
}

cluster::Permission asks(const standard::AccessRule& rule) {
  return {.verb = rule.verb(),
          .group = rule.api_group,
          .resource = rule.resource,
          .name = rule.object,
          .ns = rule.ns,
          .url = rule.non_resource_url};
}

void add_fields(const std::vector<std::string>& names, NeededRule& to) {
  for (const std::string& name : names) {
    const std::size_t dot = name.find('.');
    std::vector<std::string>& fields = to.fields[name.substr(0, dot)];
    const std::string field = name.substr(dot + 1);
    const auto at = std::lower_bound(fields.begin(), fields.end(), field);
    if (at == fields.end() || *at != field) fields.insert(at, field);
  }
}

// "list nodes, list pods and 3 more"
std::string list_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), most_named);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<long>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::optional<Error> missing(const std::vector<NeededRule>& rules) {
  std::vector<std::string> names;
  for (const NeededRule& rule : rules) {
    if (rule.verdict == NeededRule::Verdict::denied && !rule.optional) {
      names.push_back(rule.permission);
    }
  }
  if (names.empty()) return std::nullopt;
  return Error{Errc::forbidden,
               fmt::format("the API server forbids {} of {} permissions that the jobs need: {}; "
                           "add the rules shown, or the roles that `ktel jobs rbac` prints",
                           names.size(), rules.size(), list_of(names))};
}

}  // namespace

std::vector<NeededRule> needed_rules(const RunPlan& plan) {
  std::vector<NeededRule> rules;
  for (const PlannedRequest& request : plan.requests) {
    const standard::AccessRule& access = request.access;
    const std::string permission = fmt::format("{} {}", access.verb(), access.what());
    auto rule = std::find_if(rules.begin(), rules.end(), [&](const NeededRule& known) {
      return known.permission == permission;
    });
    if (rule == rules.end()) {
      rules.push_back({.permission = permission,
                       .optional = true,
                       .rule = rule_of(access),
                       .role = access.ns.empty() ? "ClusterRole" : "Role in namespace " + access.ns,
                       .asks = asks(access)});
      rule = rules.end() - 1;
    }
    rule->optional = rule->optional && access.optional;
    add_fields(request.fields, *rule);
  }
  return rules;
}

HttpRequest probe_request(const delivery::Preview& preview,
                          const delivery::Destination& destination, std::string proxy,
                          std::chrono::milliseconds limit) {
  HttpRequest request;
  request.method = "OPTIONS";
  request.url = preview.url.substr(0, preview.url.find_first_of("?#"));
  request.tls = std::make_shared<const TlsSettings>(destination.tls);
  request.proxy = std::move(proxy);
  request.http2 = false;
  request.total_timeout = limit;
  request.connect_timeout = std::min(connect_timeout, limit);
  request.idle_timeout = limit;
  request.on_body = [](std::string_view) { return true; };  // nobody reads it
  return request;
}

ProbedHost probed(const std::string& host, const HttpResponse& response, const Secrets& secrets) {
  ProbedHost result{.host = host};
  if (response.cause != HttpCause::none) {
    result.failed = response.cause == HttpCause::stopped   ? Errc::stopped
                    : response.cause == HttpCause::timeout ? Errc::timed_out
                                                           : Errc::unreachable;
    result.text = secrets.scrub(response.error);
    if (response.cause == HttpCause::tls) {
      result.text += " (whom to trust: --ca-file FILE, or ca=, server_name=, pin= in the URL)";
    }
    return result;
  }
  result.text = fmt::format("answers OPTIONS with HTTP {}", response.status);
  // What a proxy or a load balancer says that has nobody behind it.
  if (response.status >= 502 && response.status <= 504) {
    result.failed = Errc::unreachable;
    result.text += ": somebody is there, but takes no requests now; try again later";
  }
  return result;
}

std::vector<Error> problems(const Preflight& preflight) {
  std::vector<Error> all;
  if (preflight.cluster_error) all.push_back(*preflight.cluster_error);
  if (auto error = missing(preflight.rules)) all.push_back(*std::move(error));
  for (const CheckedServer& server : preflight.servers) {
    for (const ProbedHost& host : server.hosts) {
      if (host.failed) all.push_back({*host.failed, fmt::format("{}: {}", server.url, host.text)});
    }
  }
  return all;
}

}  // namespace ktel::app
