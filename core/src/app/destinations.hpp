// From report servers' URLs to open sinks: backend found, loaded, started, parameters bound.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "app/host_impl.hpp"
#include "base/env.hpp"
#include "delivery/courier.hpp"

namespace ktel::app {

// A sink for each host of the URL, at least one. No network. bad_input: the URL, its scheme or
// parameters, the token, the backend's plugin. stopped: while that plugin started.
Result<delivery::Sinks> open_destination(Host::Impl& host, const ReportServer& server,
                                         const std::filesystem::path& ca_file, const Env& env,
                                         const std::stop_token& stop);

// The same of each, in order. bad_input too: one is named twice, and as check_tokens().
Result<std::vector<delivery::Sinks>> open_destinations(Host::Impl& host,
                                                       const DeliveryOptions& options,
                                                       const Env& env, const std::stop_token& stop);

// Does the backend of this scheme take a secret? False where there is none.
bool takes_secret(const Host::Impl& host, const std::string& scheme);

// A token is one destination's and must not be shown to another. bad_input: the environment's would
// be, to several that take one.
Result<void> check_tokens(const Host::Impl& host, const std::vector<ReportServer>& servers,
                          const Env& env);

}  // namespace ktel::app
