// From an answer to an outcome for the report and a verdict on the destination. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ktel/sdk/backend.hpp>

namespace otlp {

enum class Encoding { protobuf, json };
enum class Kind { logs, metrics };

// What was asked, as far as the judgement depends on it.
struct Asked {
  std::string at;  // "10.0.0.1:4318"
  Kind kind = Kind::logs;
  Encoding encoding = Encoding::protobuf;
  bool gzip = false;
  bool authorized = false;  // a token went along
};

struct Reply {
  std::uint32_t status = 0;
  std::uint32_t retry_after_ms = 0;
  std::string_view content_type;
  std::string_view location;
  std::string_view body;
};

// The text of both says the same; it stands in the outcome.
struct Judged {
  ktel::sdk::Judgement outcome;
  ktel::sdk::Judgement verdict;
  bool without_gzip = false;  // from now on
  std::string warning{};      // the report was taken, and that was said with it; "": nothing
};

Judged judge(const Asked& asked, const Reply& reply);

}  // namespace otlp
