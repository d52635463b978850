// Paths and queries of the API server's REST interface. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cluster/pager.hpp"
#include "cluster/read_plan.hpp"

namespace ktel::cluster {

// "/apis/apps/v1/namespaces/kong/deployments?limit=1000&..." of one page; ns "": all namespaces.
std::string list_url(const Fetch& fetch, std::string_view ns, const Pager::Request& page);

// The Accept header that asks for a representation, and takes what a server makes of it. protobuf:
// rather than JSON; a table comes as JSON only.
std::string_view accept_header(Representation representation, bool protobuf) noexcept;

}  // namespace ktel::cluster
