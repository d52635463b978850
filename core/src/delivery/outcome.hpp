// What became of one attempt: an outcome for the report and a verdict on the destination.
//
// Made by `Sink` (from the backend's decode, or by the host from a transport failure), read by the
// courier and its retry policy. Values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

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

// We hung up, which says nothing about the destination.
inline Attempt stopped() {
  Attempt attempt;
  attempt.cause = Cause::stopped;
  attempt.text = "stopped before it was known what became of the report";
  return attempt;
}

// What was asked after reports that are pending, and what is known of them now.
struct Polled {
  std::vector<Attempt> reports;  // one a token, in its order; pending: nothing new
  Attempt destination;           // its verdict, with cause and text
};

// What a sink answers, or what is still to be asked of the backend. A plugin may take its time, so
// it is asked on the thread of who calls judge(), never on the HTTP client's.
template <class T>
class Judged {
 public:
  Judged(T known)  // NOLINT: implicit
      : ask_([known = std::move(known)] { return known; }) {}
  explicit Judged(std::function<T()> ask) : ask_(std::move(ask)) {}

  T judge() const { return ask_(); }  // once

 private:
  std::function<T()> ask_;
};

using Answer = Judged<Attempt>;
using PollAnswer = Judged<Polled>;

}  // namespace ktel::delivery
