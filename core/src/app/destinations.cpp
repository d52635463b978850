// Destinations: see the header.
#include "app/destinations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "app/stdout.hpp"
#include "app/token.hpp"
#include "delivery/stdout_sink.hpp"

namespace ktel::app {
namespace {

constexpr std::chrono::milliseconds start_limit{10'000};  // of a backend's plugin

Error unknown_scheme(const plugin::Catalog& catalog, const std::string& scheme) {
  std::set<std::string> known = {"stdout:"};
  for (const plugin::CatalogPlugin& plugin : catalog.plugins()) {
    for (const plugin::Backend& backend : plugin.declared.backends) {
      for (const std::string& one : backend.schemes) known.insert(one + "://");
    }
  }
  std::string list;
  for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
  return {Errc::bad_input, fmt::format("no backend takes {}:// URLs; there are {}", scheme, list)};
}

// Is there a backend for it? Where two claim it, opening says so.
bool knows(const Host::Impl& host, const std::string& scheme) {
  const auto found = host.catalog.find_backend(scheme);
  return scheme == "stdout" || (found && found.value());
}

}  // namespace

Result<delivery::Sinks> open_destination(Host::Impl& host, const ReportServer& server,
                                         const std::filesystem::path& ca_file, const Env& env,
                                         const std::stop_token& stop) {
  Result<std::vector<delivery::Destination>> endpoints =
      delivery::parse_endpoints(server.url, {.ca_file = ca_file});
  if (!endpoints) return endpoints.error();
  const std::string& scheme = endpoints->front().scheme;
  const bool has_token = !server.token.empty() || !server.token_file.empty();
  if (has_token && !takes_secret(host, scheme) && knows(host, scheme)) {
    return Error{Errc::bad_input,
                 fmt::format("{} takes no token: --token-file stands behind the --report-server it "
                             "is for",
                             endpoints->front().url)};
  }
  if (scheme == "stdout") {
    return delivery::Sinks{delivery::make_stdout_sink(std::move(endpoints->front()), write_stdout)};
  }
  const auto found = host.catalog.find_backend(scheme);
  if (!found) return found.error();
  if (!found.value()) return unknown_scheme(host.catalog, scheme);
  const plugin::BackendRef& ref = *found.value();

  auto secrets = secret_params(server, env, *host.secrets, host.log);
  if (!secrets) return secrets.error();
  const auto runtime = host.runtimes().get_started(*ref.plugin, start_limit, stop);
  if (!runtime) return runtime.error();
  const delivery::LoadedBackend loaded{.declaration = &ref.backend(),
                                       .backend = runtime.value()->backend(ref.index),
                                       .self = runtime.value()->self(),
                                       .exclusion = runtime.value()->exclusion};
  delivery::Sinks sinks;
  for (delivery::Destination& endpoint : *endpoints) {
    auto sink = delivery::open_sink(loaded, std::move(endpoint), *secrets,
                                    {.http = host.http(),
                                     .secrets = host.secrets,
                                     .log = host.log.named(ref.backend().name),
                                     .ktel_version = version(),
                                     .env = env});
    if (!sink) return sink.error();
    sinks.push_back(std::move(sink).value());
  }
  return sinks;
}

Result<std::vector<delivery::Sinks>> open_destinations(Host::Impl& host,
                                                       const DeliveryOptions& options,
                                                       const Env& env,
                                                       const std::stop_token& stop) {
  if (auto told = check_tokens(host, options.report_servers, env); !told) return told.error();
  std::vector<delivery::Sinks> all;
  std::set<std::string> seen;
  for (const ReportServer& server : options.report_servers) {
    auto sinks = open_destination(host, server, options.ca_file, env, stop);
    if (!sinks) return sinks.error();
    const std::string& shown = sinks->front()->destination().url;
    if (!seen.insert(shown).second) {
      return Error{Errc::bad_input,
                   fmt::format("the report server {} is named twice: name each once", shown)};
    }
    all.push_back(std::move(sinks).value());
  }
  return all;
}

bool takes_secret(const Host::Impl& host, const std::string& scheme) {
  const auto found = host.catalog.find_backend(scheme);
  if (!found || !found.value()) return false;
  const auto& params = found.value()->backend().params;
  return std::any_of(params.begin(), params.end(), [](const auto& param) { return param.secret; });
}

Result<void> check_tokens(const Host::Impl& host, const std::vector<ReportServer>& servers,
                          const Env& env) {
  std::vector<std::string> alike;
  for (const ReportServer& server : servers) {
    const auto endpoints = delivery::parse_endpoints(server.url, {});
    if (!endpoints) continue;  // opening it says what is wrong, and holds up no other
    if (takes_secret(host, endpoints->front().scheme) && token_from_environment(server, env)) {
      alike.push_back(endpoints->front().url);
    }
  }
  if (alike.size() < 2) return {};
  return Error{Errc::bad_input,
               fmt::format("one token in the environment is not for several report servers ({}): "
                           "give each its own, with --token-file behind its --report-server",
                           fmt::join(alike, ", "))};
}

}  // namespace ktel::app
