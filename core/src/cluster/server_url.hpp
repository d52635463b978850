// The address of an API server as a kubeconfig gives it.
//
// Pure. Follows Go's net/url and client-go's DefaultServerURL.
#pragma once

#include <string>
#include <string_view>

#include <ktel/result.hpp>

namespace ktel::cluster {

struct ServerUrl {
  bool https = false;
  std::string host;  // lower case; IPv6 without brackets
  std::string port;  // never empty
  std::string text;  // "https://host:port/prefix": no '/' at the end, no user info, no query
};

// Without a scheme it is http, and then credentials are not sent.
Result<ServerUrl> parse_server(std::string_view text);

}  // namespace ktel::cluster
