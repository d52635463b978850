// `Result<T>`: a value, or the one `Error` every part of ktel speaks.
//
// An error's message is one sentence for the operator: it names the thing, and ends with the next
// step where there is one. Each layer adds what it knows with context(). Values; no thread rules.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ktel {

// What the caller does next, not what went wrong; `ktel` derives its exit codes from it.
enum class Errc {
  internal,      // a mistake of ours                                                    exit 1
  bad_input,     // usage, configuration, stdin, kubeconfig, plugin or ledger            exit 2
  not_found,     // what was named does not exist                                        exit 2
  no_result,     // nothing usable came back, nothing was sent                           exit 3
  forbidden,     // an API server or report server refuses the identity                  exit 4
  unreachable,   // nobody answers there                                                 exit 5
  undelivered,   // not delivered in time, or could not be kept                          exit 5
  not_allowed,   // consent or policy says no                                            exit 6
  check_failed,  // a check found problems                                               exit 7
  timed_out,     // a deadline passed                                                    exit 5
  stopped,       // a stop was asked for                                                 exit 130
};

struct Error {
  Errc code = Errc::internal;
  std::string message = {};

  // The same error with "what: " in front: what was being done when it happened.
  [[nodiscard]] Error context(std::string_view what) const& {
    return {code, std::string(what) + ": " + message};
  }
};

// T, or an Error. A default-constructed one holds the error "not set", so that it can be the result
// of a coroutine. value() and error() must match what is held.
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result() : state_(Error{Errc::internal, "not set"}) {}
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return assert(has_value()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(has_value()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(has_value()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return assert(!has_value()), *std::get_if<1>(&state_); }
  Error&& error() && { return assert(!has_value()), std::move(*std::get_if<1>(&state_)); }

  [[nodiscard]] Result context(std::string_view what) && {
    if (has_value()) return std::move(*this);
    return error().context(what);
  }

 private:
  std::variant<T, Error> state_;
};

// Done, or an Error. Default-constructed: done.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  const Error& error() const& { return assert(error_), *error_; }
  Error&& error() && { return assert(error_), std::move(*error_); }

  [[nodiscard]] Result context(std::string_view what) && {
    if (has_value()) return {};
    return error().context(what);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace ktel
