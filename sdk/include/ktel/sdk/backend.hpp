// The comfortable side of backend.h: a backend's sink as a C++ class.
//
// Write a class with a constructor (Delivery, const ktel_target&) and, each taking a Delivery
// first,
//   void encode(Delivery, const ktel_report&)                          one request
//   void decode(Delivery, const ktel_report&, const ktel_response&)    outcome and verdict
//   void encode_poll(Delivery, Tokens)                                 with KTEL_BACKEND_HAS_ACK
//   void decode_poll(Delivery, Tokens, const ktel_response&)           the same
//   void deliver(Delivery, const ktel_report&)                         with KTEL_BACKEND_OWN_IO
// and put open_sink<C>, encode<C>, ... into the ktel_backend. A constructor that takes (Delivery,
// const ktel_target&, void* self, const ktel_backend&) is also handed what the plugin's start made
// (state.hpp) and the declaration, with its `user`. Whatever they throw becomes a status and a
// reason; `Refusal` says both. Header only, no state. Threads: as ktel/abi/backend.h says.
#pragma once

#include <ktel/abi/plugin.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <ktel/sdk/guard.hpp>
#include <ktel/sdk/param.hpp>
#include <ktel/sdk/text.hpp>

namespace ktel::sdk {

// A result (KTEL_DELIVERED, ... or KTEL_UP, ...) with its cause and its sentence.
struct Judgement {
  std::uint32_t result = 0;
  std::uint32_t cause = KTEL_CAUSE_NONE;
  std::uint32_t code = 0;
  std::uint32_t after_ms = 0;
  std::string text;
  std::uint64_t token = 0;  // with KTEL_PENDING
};

// Of reports that are pending. A view for the call.
using Tokens = std::span<const std::uint64_t>;

// What the functions of a backend use of the host. A view for the call.
class Delivery {
 public:
  explicit Delivery(ktel_call* call) : call_(call), service_(KTEL_SERVICE(call, delivery)) {
    if (service_ == nullptr) {
      throw Refusal(KTEL_E_UNSUPPORTED, "this host has no ktel.delivery/1: update ktel");
    }
  }

  // What the operator set, or the declared default, by its type: as Run::param.
  template <ParamType T = std::string_view>
  std::optional<T> param(std::uint32_t param) const noexcept {
    return read_param<T>(call_, param);
  }
  // The text of a parameter, "" if it is not set; the truth of a BOOL, false if it is not set.
  std::string_view text(std::uint32_t of) const noexcept {
    return param(of).value_or(std::string_view{});
  }
  bool flag(std::uint32_t of) const noexcept { return param<bool>(of).value_or(false); }

  // Whether a SECRET parameter is set; what it says gets here with OWN_IO alone.
  bool has_secret(std::uint32_t of) const noexcept {
    const auto* const secrets = KTEL_SERVICE(call_, secret);
    std::uint8_t mac[32];
    return secrets != nullptr && secrets->hmac_sha256(call_, of, ktel_str{}, mac) == KTEL_OK;
  }
  // A SECRET parameter itself, for backends with OWN_IO alone; nothing: not set. The host's bytes,
  // wiped when the function of the plugin returns.
  std::optional<std::string_view> secret(std::uint32_t of) const {
    const auto* const secrets = KTEL_SERVICE(call_, secret);
    if (secrets == nullptr) {
      throw Refusal(KTEL_E_UNSUPPORTED, "this host has no ktel.secret/1: update ktel");
    }
    ktel_str value{};
    const ktel_status status = secrets->reveal(call_, of, &value);
    if (status == KTEL_E_ABSENT) return std::nullopt;
    push(status);
    return view(value);
  }

  // The host's own reason stands if it refuses.
  void request(const ktel_request& request) const { push(service_->request(call_, &request)); }
  // Of the report; of decode_poll: of token `index`.
  void outcome(const Judgement& said, std::uint32_t index = 0) const {
    const ktel_outcome outcome = as_c(said);
    push(service_->outcome(call_, index, &outcome));
  }
  void verdict(const Judgement& said) const {
    const ktel_outcome verdict = as_c(said);
    push(service_->verdict(call_, &verdict));
  }

  // HMAC-SHA-256 of `data`, keyed with a secret parameter that never gets here. Nothing: it is not
  // set.
  std::optional<std::array<std::uint8_t, 32>> hmac_sha256(std::uint32_t param,
                                                          std::string_view data) const {
    const ktel_secret* secrets = KTEL_SERVICE(call_, secret);
    if (secrets == nullptr) {
      throw Refusal(KTEL_E_UNSUPPORTED, "this host has no ktel.secret/1: update ktel");
    }
    std::array<std::uint8_t, 32> mac{};
    const ktel_status status = secrets->hmac_sha256(call_, param, str(data), mac.data());
    if (status == KTEL_E_ABSENT) return std::nullopt;
    push(status);
    return mac;
  }

  // Unix time in microseconds.
  std::int64_t now_us() const noexcept { return call_->host->now_us(call_); }

  // Of deliver: nothing else ends it. Ask every 100 ms, and wait for nothing longer than what
  // remains.
  bool cancelled() const noexcept { return call_->host->cancelled(call_) != KTEL_OK; }
  std::chrono::nanoseconds remaining() const noexcept {
    return std::chrono::nanoseconds(call_->host->remaining_ns(call_));
  }

  void log(std::int32_t level, std::string_view line) const noexcept {
    call_->host->log(call_, level, str(line));
  }

 private:
  static ktel_outcome as_c(const Judgement& said) noexcept {
    ktel_outcome outcome;
    KTEL_SIZED(outcome);
    outcome.result = said.result;
    outcome.cause = said.cause;
    outcome.code = said.code;
    outcome.after_ms = said.after_ms;
    outcome.text = str(said.text);
    outcome.token = said.token;
    return outcome;
  }
  static void push(ktel_status status) {
    if (status < 0) throw Refusal(status, "");
  }

  ktel_call* call_;
  const ktel_delivery* service_;
};

template <class Sink>
ktel_status open_sink(ktel_call* call, void* self, const ktel_backend* backend,
                      const ktel_target* target, void** sink) noexcept {
  return guard(call, [&] {
    if constexpr (std::is_constructible_v<Sink, Delivery, const ktel_target&, void*,
                                          const ktel_backend&>) {
      *sink = new Sink(Delivery(call), *target, self, *backend);
    } else {
      *sink = new Sink(Delivery(call), *target);
    }
  });
}

template <class Sink>
ktel_status encode(ktel_call* call, void* sink, const ktel_report* report) noexcept {
  return guard(call, [&] { static_cast<Sink*>(sink)->encode(Delivery(call), *report); });
}

template <class Sink>
ktel_status decode(ktel_call* call, void* sink, const ktel_report* report,
                   const ktel_response* response) noexcept {
  return guard(call, [&] { static_cast<Sink*>(sink)->decode(Delivery(call), *report, *response); });
}

template <class Sink>
ktel_status encode_poll(ktel_call* call, void* sink, const std::uint64_t* tokens,
                        std::uint32_t count) noexcept {
  return guard(
      call, [&] { static_cast<Sink*>(sink)->encode_poll(Delivery(call), Tokens(tokens, count)); });
}

template <class Sink>
ktel_status decode_poll(ktel_call* call, void* sink, const std::uint64_t* tokens,
                        std::uint32_t count, const ktel_response* response) noexcept {
  return guard(call, [&] {
    static_cast<Sink*>(sink)->decode_poll(Delivery(call), Tokens(tokens, count), *response);
  });
}

template <class Sink>
ktel_status deliver(ktel_call* call, void* sink, const ktel_report* report) noexcept {
  return guard(call, [&] { static_cast<Sink*>(sink)->deliver(Delivery(call), *report); });
}

template <class Sink>
ktel_status close_sink(ktel_call*, void* sink) noexcept {
  delete static_cast<Sink*>(sink);
  return KTEL_OK;
}

}  // namespace ktel::sdk
