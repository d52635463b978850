// From an answer to an outcome for the report and a verdict on the destination. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/sdk/backend.hpp>

namespace splunk {

// Whether a report counts as delivered when it is taken, or when the indexers acknowledge it.
enum class Ack {
  automatic,  // the latter, where the token does that
  off,
  require  // a token that does not is refused
};

// What was asked, as far as the judgement depends on it.
struct Asked {
  std::string at;     // "10.0.0.1:8088"
  std::string index;  // "": the token's own
  bool gzip = false;
  Ack ack = Ack::automatic;
};

struct Reply {
  std::uint32_t status = 0;
  std::uint32_t retry_after_ms = 0;
  std::string_view location;
  std::string_view body;
};

// The text of both says the same; it stands in the outcome.
struct Judged {
  ktel::sdk::Judgement outcome;
  ktel::sdk::Judgement verdict;
  bool without_gzip = false;  // from now on
};

Judged judge(const Asked& asked, const Reply& reply);

// Of the answer to "is it indexed?".
struct JudgedPoll {
  std::vector<std::uint64_t> acknowledged;  // of the tokens asked after
  bool all = false;                         // they count as taken: the token acknowledges nothing
  ktel::sdk::Judgement verdict;
};

JudgedPoll judge_poll(const Asked& asked, const Reply& reply);

}  // namespace splunk
