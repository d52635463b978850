// Destinations: see the header.
#include "app/destinations.hpp"

#include <fmt/format.h>

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

}  // namespace

Result<delivery::Sinks> open_destination(Host::Impl& host, const std::string& url,
                                         const DeliveryOptions& options, const Env& env,
                                         const std::stop_token& stop) {
  Result<std::vector<delivery::Destination>> endpoints =
      delivery::parse_endpoints(url, {.ca_file = options.ca_file});
  if (!endpoints) return endpoints.error();
  const std::string& scheme = endpoints->front().scheme;
  if (scheme == "stdout") {
    return delivery::Sinks{delivery::make_stdout_sink(std::move(endpoints->front()), write_stdout)};
  }
  const auto found = host.catalog.find_backend(scheme);
  if (!found) return found.error();
  if (!found.value()) return unknown_scheme(host.catalog, scheme);
  const plugin::BackendRef& ref = *found.value();

  auto secrets = secret_params(options, env, *host.secrets, host.log);
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

bool takes_secret(const Host::Impl& host, const std::string& url) {
  const auto found = host.catalog.find_backend(url.substr(0, url.find(':')));
  if (!found || !found.value()) return false;
  const auto& params = found.value()->backend().params;
  return std::any_of(params.begin(), params.end(), [](const auto& param) { return param.secret; });
}

}  // namespace ktel::app
