// `find_proxy`: the proxy on the way to a server, as the environment names it; and what a proxy's
// address must be.
//
// Pure: the environment is a function. The rules are Go's, kubectl's and the API server's clients':
// HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case, no ALL_PROXY, never for this machine itself.
// Used for API servers and report servers alike.
#pragma once

#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "base/env.hpp"

namespace ktel {

// For `HttpRequest::proxy`; empty: none. `url` is the server's, http or https. bad_input, naming
// the variable and never a password, if its proxy is none that can be used.
Result<std::string> find_proxy(std::string_view url, const Env& env);

// Has it the form of a URL with a scheme and a host? The scheme may be any.
bool is_proxy_url(const std::string& text);

}  // namespace ktel
