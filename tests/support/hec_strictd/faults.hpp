// The fault script: which requests go wrong, and how.
//
// A script is a list of rules; every rule that matches a request has its effect on it. Which
// requests those are depends on the request's number, the time since the server started, and the
// seed, never on what happened before: the same script gives the same run.
//
// As a file:
//   {"seed": 7, "faults": [
//     {"do": "status", "status": 503, "code": 9, "retry_after": "2", "from": 0, "to": 4},
//     {"do": "close", "when": "after_commit", "chance": 0.1},
//     {"do": "revoke", "after_ms": 5000, "until_ms": 35000}]}
// Members of every rule: `on` (default "event": requests to /event and /raw; "ack", "health",
// "any"; "connection" for close and silent), `from` and `to` (numbers within `on`, from 0, both
// included), `after_ms`, `until_ms`, `chance`. The members of each kind are those of Fault below.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/hec_strictd/acks.hpp"

namespace ktel::test::hec {

enum class On { event, ack, health, connection, any };

enum class Do {
  status,     // answer `status` with `code`'s text or `body`; nothing is committed unless `commit`
  delay,      // `delay`, before the commit or (when "after_commit") between commit and answer
  close,      // `when`, any of them; with `reset`: by RST
  silent,     // read nothing more and never answer
  redirect,   // `status` (default 307) to `location`
  html,       // 200 with a web page: a captive portal
  too_large,  // 413 above `size` bytes, sent or decompressed
  revoke,     // all tokens unknown: 403, code 4
  ack_never,  // acks stay false
  ack_late,   // acks become true after `polls` more questions
  ack_true,   // acks are true whatever was asked
};

enum class When { before_commit, before_read, mid_body, after_commit, mid_head, mid_answer };

struct Fault {
  Do what = Do::status;
  On on = On::event;
  std::uint64_t from = 0;
  std::optional<std::uint64_t> to = {};
  std::chrono::milliseconds after = {};
  std::optional<std::chrono::milliseconds> until = {};
  double chance = 1.0;

  When when = When::before_commit;
  std::optional<unsigned> status = {};
  std::optional<int> code = {};
  std::optional<std::size_t> event_number = {};  // "invalid-event-number"
  std::optional<std::string> body = {};          // instead of the JSON made from code
  std::string content_type = "application/json; charset=UTF-8";
  std::string retry_after = {};  // seconds or an HTTP date
  bool commit = false;
  std::chrono::milliseconds delay = {};
  bool reset = false;
  std::string location = {};
  std::size_t size = 0;
  unsigned polls = 0;
};

// What all matching rules together do to one request.
struct Effects {
  std::string names = {};  // for the journal: "delay+status"
  std::optional<Fault> answer = {};
  std::chrono::milliseconds delay_before = {};
  std::chrono::milliseconds delay_after = {};
  std::optional<When> close = {};
  bool reset = false;
  bool silent = false;
  bool revoked = false;
  std::optional<std::size_t> max_size = {};
  AckMode acks = AckMode::honest;
  unsigned ack_polls = 0;
};

class FaultScript {
 public:
  FaultScript() = default;
  FaultScript(std::vector<Fault> faults, std::uint64_t seed = 0)
      : faults_(std::move(faults)), seed_(seed) {}

  // Throws std::runtime_error that names the member.
  static FaultScript parse(std::string_view json);

  // `number` counts requests of kind `on`, `any_number` all of them.
  Effects effects(On on, std::uint64_t number, std::uint64_t any_number,
                  std::chrono::milliseconds elapsed) const;

 private:
  std::vector<Fault> faults_;
  std::uint64_t seed_ = 0;
};

}  // namespace ktel::test::hec
