// Where a run's objects come from: the snapshot or the cluster that the options name.
#pragma once

#include <memory>
#include <stop_token>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "app/host_impl.hpp"
#include "base/clock.hpp"
#include "base/env.hpp"
#include "cluster/api_client.hpp"
#include "cluster/source.hpp"

namespace ktel::app {

// For requests of other kinds than a source makes; as open_source() without a snapshot.
Result<std::shared_ptr<cluster::ApiClient>> open_client(Host::Impl& host,
                                                        const ClusterOptions& options,
                                                        const Env& env, const Clock& clock);

// Nobody is connected to yet. Warns in the Host's log. bad_input, not_found: a kubeconfig or a
// snapshot that cannot be used; stopped.
Result<std::shared_ptr<cluster::Source>> open_source(Host::Impl& host,
                                                     const ClusterOptions& options, const Env& env,
                                                     const Clock& clock,
                                                     const std::stop_token& stop);

}  // namespace ktel::app
