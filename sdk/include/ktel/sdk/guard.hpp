// `guard`: the one place where an exception becomes a status.
//
// An exception that leaves a plugin ends its process, so every function of a plugin that the host
// calls runs its body in here. The templates that go into the tables see to it: executor<>
// (run.hpp), open_sink<>, encode<>, ... (backend.hpp), start<> (state.hpp). A function written by
// hand calls it itself.
#pragma once

#include <ktel/abi/types.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ktel/sdk/text.hpp>

namespace ktel::sdk {

// How something ended. True if it is done; code() tells the rest (KTEL_E_DENIED, ...).
class Status {
 public:
  Status(ktel_status code = KTEL_OK) noexcept : code_(code) {}
  explicit operator bool() const noexcept { return code_ >= 0; }
  ktel_status code() const noexcept { return code_; }
  bool operator==(const Status&) const = default;

 private:
  ktel_status code_;
};

// Ends a call with `status`; what() is one sentence for the operator, with the next step. Without
// one the host's own reason stands. A status that means success is none to refuse with: it becomes
// KTEL_E_FAILED.
class Refusal : public std::runtime_error {
 public:
  Refusal(ktel_status status, const std::string& why)
      : std::runtime_error(why), status_(status < 0 ? status : KTEL_E_FAILED) {}
  ktel_status status() const noexcept { return status_; }

 private:
  ktel_status status_;
};

// Tells the host about the exception being handled. Only inside a catch block.
inline ktel_status report_exception(ktel_call* call) noexcept {
  const auto fail = [call](ktel_status status, std::string_view why) {
    if (!why.empty()) call->host->fail(call, status, str(why));
    return status;
  };
  try {
    throw;
  } catch (const Refusal& refusal) {
    return fail(refusal.status(), refusal.what());
  } catch (const std::exception& error) {
    return fail(KTEL_E_FAILED, error.what());
  } catch (...) {
    return fail(KTEL_E_FAILED, "threw something that is no std::exception");
  }
}

// Runs body(), which returns nothing, a Status or a ktel_status.
template <class Body>
ktel_status guard(ktel_call* call, Body&& body) noexcept {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
      std::forward<Body>(body)();
      return KTEL_OK;
    } else {
      return Status(std::forward<Body>(body)()).code();
    }
  } catch (...) {
    return report_exception(call);
  }
}

}  // namespace ktel::sdk
