// The routes of a HEC endpoint: a request in, an answer and the objects to commit out.
//
// Knows no sockets. Not thread-safe: the server's one thread owns it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/hec_strictd/acks.hpp"
#include "support/hec_strictd/auth.hpp"
#include "support/hec_strictd/envelope.hpp"
#include "support/hec_strictd/faults.hpp"
#include "support/hec_strictd/journal.hpp"

namespace ktel::test::hec {

struct EndpointOptions {
  std::vector<Token> tokens = {};
  EnvelopeRules rules = {};                      // `indexes` comes from the token
  std::size_t max_content_length = 838'860'800;  // sent or decompressed; Splunk Enterprise's
  std::size_t nodes = 1;                         // indexers behind a balancer, by connection
  std::chrono::milliseconds ack_delay = {};
  std::optional<std::chrono::milliseconds> ack_idle = {};
  std::size_t max_pending_acks = 1'000'000;
};

enum class Route { event, raw, ack, health, none };

Route route_of(std::string_view path);
On kind_of(Route route);

struct Request {
  std::uint64_t conn = 0;
  std::uint64_t number = 0;
  std::string method = {};
  std::string path = {};
  std::map<std::string, std::string> query = {};
  std::string authorization = {};
  std::string channel = {};
  std::string encoding = {};
  std::string body = {};
};

// Splits a target into path and decoded query.
void set_target(Request& request, std::string_view target);

struct Answer {
  unsigned status = 200;
  int code = -1;
  std::string content_type = "application/json; charset=UTF-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string reason = {};
  std::vector<AcceptedEntry> commit = {};
};

class Endpoint {
 public:
  explicit Endpoint(EndpointOptions options);

  // 413 from the Content-Length alone, or nothing.
  std::optional<Answer> too_large(std::optional<std::uint64_t> length,
                                  const Effects& effects) const;

  Answer answer(const Request& request, const Effects& effects);

  void set_tokens(std::vector<Token> tokens) { options_.tokens = std::move(tokens); }
  void forget_acks();

 private:
  Answer honest_answer(const Request& request, const Effects& effects);
  Answer events(const Request& request, std::string_view body, const Token& token);
  Answer raw(const Request& request, std::string_view body, const Token& token);
  Answer acks(const Request& request, const Effects& effects);
  void issue_ack(const Request& request, const Token& token, Answer& answer);

  EndpointOptions options_;
  std::vector<AckTable> nodes_;
};

}  // namespace ktel::test::hec
