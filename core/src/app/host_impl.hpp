// What a `Host` holds: plugins, pool, HTTP client, secrets, what clusters served. Threads start
// when a run first needs them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include <ktel/host.hpp>

#include "base/http.hpp"
#include "base/logger.hpp"
#include "base/secrets.hpp"
#include "cluster/discovery_cache.hpp"
#include "plugin/catalog.hpp"
#include "workflow/plugin_runtimes.hpp"
#include "workflow/pool.hpp"

namespace ktel {

struct Host::Impl {
  Impl(HostOptions given, plugin::Catalog scanned, std::shared_ptr<Secrets> known)
      : options(std::move(given)),
        secrets(std::move(known)),
        log(options.log, secrets),
        catalog(std::move(scanned)) {}

  workflow::Pool& pool();
  workflow::PluginRuntimes& runtimes();
  std::shared_ptr<HttpClient> http();

  const HostOptions options;
  const std::shared_ptr<Secrets> secrets;
  const Logger log;
  const std::shared_ptr<cluster::DiscoveryCache> discoveries =
      std::make_shared<cluster::DiscoveryCache>();
  plugin::Catalog catalog;
  std::atomic<bool> sealed{false};  // a Workflow was made: the catalog stays as it is

 private:
  std::mutex mutex_;
  std::unique_ptr<workflow::Pool> pool_;
  std::unique_ptr<workflow::PluginRuntimes> runtimes_;
  std::shared_ptr<HttpClient> http_;
};

// For the rest of app.
Host::Impl& implementation(const Host& host);

}  // namespace ktel
