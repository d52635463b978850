// From a report server's URL to an open sink: backend found, loaded, started, parameters bound.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "app/host_impl.hpp"
#include "base/env.hpp"
#include "delivery/sink.hpp"

namespace ktel::app {

// No network. bad_input: the URL, its scheme or parameters, the token.
Result<std::shared_ptr<delivery::Sink>> open_destination(Host::Impl& host, const std::string& url,
                                                         const DeliveryOptions& options,
                                                         const Env& env);

}  // namespace ktel::app
