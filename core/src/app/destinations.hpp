// From a report server's URL to an open sink: backend found, loaded, started, parameters bound.
#pragma once

#include <stop_token>
#include <string>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "app/host_impl.hpp"
#include "base/env.hpp"
#include "delivery/courier.hpp"

namespace ktel::app {

// A sink for each host of the URL, at least one. No network. bad_input: the URL, its scheme or
// parameters, the token, the backend's plugin. stopped: while that plugin started.
Result<delivery::Sinks> open_destination(Host::Impl& host, const std::string& url,
                                         const DeliveryOptions& options, const Env& env,
                                         const std::stop_token& stop);

// Does the backend of this URL take a secret? False where there is none.
bool takes_secret(const Host::Impl& host, const std::string& url);

}  // namespace ktel::app
