// Source: see the header.
#include "app/source.hpp"

#include <utility>

#include "cluster/access.hpp"
#include "cluster/api_source.hpp"
#include "cluster/snapshot_source.hpp"

namespace ktel::app {

Result<std::shared_ptr<cluster::ApiClient>> open_client(Host::Impl& host,
                                                        const ClusterOptions& options,
                                                        const Env& env, const Clock& clock) {
  auto access =
      cluster::find_access({.kubeconfig = options.kubeconfig, .context = options.context}, env);
  if (!access) return access.error();
  for (const std::string& warning : access->warnings) host.log.warn(warning);
  return std::make_shared<cluster::ApiClient>(*host.http(), std::move(access).value(), host.secrets,
                                              clock);
}

Result<std::shared_ptr<cluster::Source>> open_source(Host::Impl& host,
                                                     const ClusterOptions& options, const Env& env,
                                                     const Clock& clock,
                                                     const std::stop_token& stop) {
  if (!options.snapshot.empty()) {
    auto snapshot = cluster::SnapshotSource::open(options.snapshot, stop);
    if (!snapshot) return snapshot.error();
    return std::shared_ptr<cluster::Source>(std::move(snapshot).value());
  }
  auto client = open_client(host, options, env, clock);
  if (!client) return client.error();
  return std::shared_ptr<cluster::Source>(
      std::make_shared<cluster::ApiSource>(std::move(client).value(), host.discoveries));
}

}  // namespace ktel::app
