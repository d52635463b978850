// The comfortable side of backend.h: a backend's sink as a C++ class.
//
// Write a class with a constructor (Delivery, const ktel_target&) and, each taking a Delivery
// first,
//   void encode(Delivery, const ktel_report&)                          one request
//   void decode(Delivery, const ktel_report&, const ktel_response&)    outcome and verdict
//   void deliver(Delivery, const ktel_report&)                         with KTEL_BACKEND_OWN_IO
// and put open_sink<C>, encode<C>, ... into the ktel_backend. Whatever they throw becomes a status
// and a reason; `Refusal` says both. Header only, no state.
#pragma once

#include <ktel/abi/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <ktel/sdk/guard.hpp>
#include <ktel/sdk/text.hpp>

namespace ktel::sdk {

// A result (KTEL_DELIVERED, ... or KTEL_UP, ...) with its cause and its sentence.
struct Judgement {
  std::uint32_t result = 0;
  std::uint32_t cause = KTEL_CAUSE_NONE;
  std::uint32_t code = 0;
  std::uint32_t after_ms = 0;
  std::string text;
};

// What the functions of a backend use of the host. A view for the call.
class Delivery {
 public:
  explicit Delivery(ktel_call* call) : call_(call), service_(KTEL_SERVICE(call, delivery)) {
    if (service_ == nullptr) {
      throw Refusal(KTEL_E_UNSUPPORTED, "this host has no ktel.delivery/1: update ktel");
    }
  }

  // A TEXT, TOKEN or ENUM parameter; "" if it is not set. Lives until the function returns.
  std::string_view text(std::uint32_t param) const noexcept {
    ktel_value value{};
    return call_->host->param(call_, param, &value) == KTEL_OK ? view(value.str)
                                                               : std::string_view{};
  }
  // A BOOL parameter; false if it is not set.
  bool flag(std::uint32_t param) const noexcept {
    ktel_value value{};
    return call_->host->param(call_, param, &value) == KTEL_OK && value.i64 != 0;
  }

  // The host's own reason stands if it refuses.
  void request(const ktel_request& request) const { push(service_->request(call_, &request)); }
  void outcome(const Judgement& said) const {
    const ktel_outcome outcome = as_c(said);
    push(service_->outcome(call_, 0, &outcome));
  }
  void verdict(const Judgement& said) const {
    const ktel_outcome verdict = as_c(said);
    push(service_->verdict(call_, &verdict));
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
    return outcome;
  }
  static void push(ktel_status status) {
    if (status < 0) throw Refusal(status, "");
  }

  ktel_call* call_;
  const ktel_delivery* service_;
};

template <class Sink>
ktel_status open_sink(ktel_call* call, void*, const ktel_backend*, const ktel_target* target,
                      void** sink) noexcept {
  return guard(call, [&] { *sink = new Sink(Delivery(call), *target); });
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
ktel_status deliver(ktel_call* call, void* sink, const ktel_report* report) noexcept {
  return guard(call, [&] { static_cast<Sink*>(sink)->deliver(Delivery(call), *report); });
}

template <class Sink>
ktel_status close_sink(ktel_call*, void* sink) noexcept {
  delete static_cast<Sink*>(sink);
  return KTEL_OK;
}

}  // namespace ktel::sdk
