// The address of an API server as a kubeconfig gives it, and the proxy on the way to it.
//
// Pure: the environment is a function. Both follow Go: net/url, client-go's DefaultServerURL, and
// httpproxy with HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case.
#pragma once

#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "base/env.hpp"

namespace ktel::cluster {

struct ServerUrl {
  bool https = false;
  std::string host;  // lower case; IPv6 without brackets
  std::string port;  // never empty
  std::string text;  // "https://host:port/prefix": no '/' at the end, no user info, no query
};

// Without a scheme it is http, and then credentials are not sent.
Result<ServerUrl> parse_server(std::string_view text);

// For libcurl; empty: none. `proxy_url` is the kubeconfig's, checked, and wins.
std::string find_proxy(const ServerUrl& server, const std::string& proxy_url, const Env& env);

}  // namespace ktel::cluster
