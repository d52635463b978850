// From an answer to an outcome for the report and a verdict on the destination. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ktel/sdk/backend.hpp>

namespace webhook {

// What was asked, as far as the judgement depends on it.
struct Asked {
  std::string at;  // "hooks.example.com"
  bool gzip = false;
};

struct Reply {
  std::uint32_t status = 0;
  std::uint32_t retry_after_ms = 0;
  std::string_view location;
};

// The text of both says the same; it stands in the outcome.
struct Judged {
  ktel::sdk::Judgement outcome;
  ktel::sdk::Judgement verdict;
  bool without_gzip = false;  // from now on
};

Judged judge(const Asked& asked, const Reply& reply);

}  // namespace webhook
