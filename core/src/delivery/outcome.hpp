// What became of one attempt: an outcome for the report and a verdict on the destination.
//
// Made by `Sink` (from the backend's decode, or by the host from a transport failure), read by the
// courier and its retry policy. Values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ktel::delivery {

enum class Outcome { delivered, pending, retry, rejected };
enum class Verdict { up, throttled, down, blocked };
enum class Cause { none, dns, connect, tls, timeout, io, http, auth, config, data, stopped };

struct Attempt {
  Outcome outcome = Outcome::retry;
  Verdict verdict = Verdict::down;
  Cause cause = Cause::none;
  std::uint32_t code = 0;              // the destination's own
  std::chrono::milliseconds after{0};  // wait at least
  std::uint64_t token = 0;             // with pending
  std::string text;                    // one sentence with the next step, scrubbed
};

}  // namespace ktel::delivery
