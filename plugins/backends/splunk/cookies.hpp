// `Cookies`: what a load balancer marks a session by, so that it ends at the same indexer.
//
// An acknowledgement is known to the indexer that took the report, and to no other. Names and
// values alone: they live as long as the channel, and go to the one host they came from.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <ktel/abi/backend.h>

namespace splunk {

class Cookies {
 public:
  // What the answer sets, or takes back.
  void take(const ktel_response& response);

  // The value of the header Cookie; empty: none.
  std::string header() const;

 private:
  void set(std::string_view cookie);

  std::map<std::string, std::string> cookies_;
};

}  // namespace splunk
