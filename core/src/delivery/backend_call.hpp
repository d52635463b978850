// `BackendCall`: the host's side of one call into a backend: the parameters and services it may
// use, and what it pushed.
//
// Made by open_backend.cpp for each call, on the stack of the thread that makes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <ktel/abi/backend.h>
#include <ktel/abi/secret.h>

#include "delivery/params.hpp"
#include "delivery/sink.hpp"
#include "plugin/host_call.hpp"

namespace ktel::delivery {

// The one request of an encode.
struct Pushed {
  Preview request;
  bool gzip = false;
  std::chrono::milliseconds timeout{0};
};

// One outcome or verdict, copied; the text as it came.
struct Said {
  std::uint32_t result = 0;  // KTEL_DELIVERED, ..., KTEL_UP, ...
  std::uint32_t cause = 0;
  std::uint32_t code = 0;
  std::chrono::milliseconds after{0};
  std::uint64_t token = 0;
  std::string text;
};

class BackendCall : public plugin::HostCall {
 public:
  enum class Function { open, encode, decode, encode_poll, decode_poll, deliver, close };

  // What is referred to must outlive the call. deadline: of deliver.
  struct Context {
    const Destination& destination;
    const plugin::Backend& declaration;
    const SinkParams& params;
    std::size_t reports = 1;  // that outcomes may be pushed of; of decode_poll: tokens
  };
  BackendCall(Function function, Context context, Logger log, std::stop_token stop = {},
              std::chrono::steady_clock::time_point deadline =
                  std::chrono::steady_clock::time_point::max());
  ~BackendCall() override;

  std::optional<Pushed> pushed;
  std::optional<Error> unset_secret;          // which a request that was refused asked for
  std::vector<std::optional<Said>> outcomes;  // by report
  std::optional<Said> verdict;

  ktel_status cancelled() override;
  std::int64_t remaining_ns() override;
  ktel_status param(std::uint32_t index, ktel_value* value) override;
  const void* service(std::string_view id) override;

  // The services' functions, behind their C tables.
  ktel_status push_request(const ktel_request& request);
  ktel_status push_outcome(std::uint32_t index, const ktel_outcome& outcome);
  ktel_status push_verdict(const ktel_outcome& verdict);
  ktel_status hmac(std::uint32_t param, std::string_view data, std::uint8_t* mac);
  ktel_status reveal(std::uint32_t param, ktel_str* value);

 private:
  bool judges() const noexcept {
    return function_ == Function::decode || function_ == Function::decode_poll ||
           function_ == Function::deliver;
  }
  ktel_status secret_state(std::uint32_t param) const;
  ktel_status refuse(std::string why);

  const Function function_;
  const Context context_;
  const std::stop_token stop_;
  const std::chrono::steady_clock::time_point deadline_;
  std::mutex mutex_;
  std::deque<std::string> revealed_;  // addresses stay; wiped at the end
};

// Puts the secrets of `params` where ${name} stands in a header value. bad_input: ${name} is no
// SECRET parameter; not_found: it is one that nobody has set.
Result<std::string> put_secrets_in(std::string_view value, const plugin::Backend& declaration,
                                   const SinkParams& params);

}  // namespace ktel::delivery
