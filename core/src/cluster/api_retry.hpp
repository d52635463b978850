// `wait_before_retry`: whether a GET of the API server is made again, and after which wait. Pure.
//
// Asked by `ApiClient` (api_client.hpp) after each try. An API server that is busy says so with 429
// or 503 and how many seconds to wait; without that the answer is final. A connection that ends
// before the answer begins is what a server's restart looks like. Nobody listening is no such
// thing. As client-go does, but it takes a Retry-After with any status from 500 on, and tries more
// often where connections are lost.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace ktel::cluster {

struct Tried {
  unsigned tries = 1;                 // made so far
  int status = 0;                     // 0: no answer
  std::string_view retry_after = {};  // the header; empty: none
  bool lost = false;                  // the connection, before the answer
};

// `jitter`, 0 to 1, spreads those who were told to come back at the same time. Nothing: the answer
// is final.
std::optional<std::chrono::milliseconds> wait_before_retry(const Tried& tried, double jitter);

}  // namespace ktel::cluster
