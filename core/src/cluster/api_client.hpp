// `ApiClient`: GET requests to one API server, and a sentence for each way they fail.
//
// Made from an `Access` (access.hpp) on the Host's `HttpClient`; used by discovery, lists and
// counts. Adds the server's prefix, the Authorization and impersonation headers; counts requests
// and bytes. Thread-safe. The HttpClient must outlive it; requests under way may outlive the
// ApiClient.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "base/clock.hpp"
#include "base/http.hpp"
#include "base/secrets.hpp"
#include "cluster/access.hpp"

namespace ktel::cluster {

struct ApiRequest {
  std::string path_and_query;  // "/api/v1/pods?limit=1", escaped
  std::string accept = "application/json";
  bool http2 = true;                // false: a bulk list, on a connection of its own
  std::size_t max_body = 4u << 20;  // of a held body; beyond: cause too_large
  // Both only for an answer 2xx that is not HTML, on the HTTP client's thread. Without on_body the
  // body is held; false from on_body ends the transfer (cause io).
  std::function<void(std::string_view content_type)> on_head;
  std::function<bool(std::string_view chunk)> on_body;
};

struct ApiAnswer {
  int status = 0;                     // as soon as headers came; 0: none did
  std::string content_type;           // "application/json", parameters included
  std::string body;                   // of 2xx without on_body, else empty
  std::uint64_t bytes = 0;            // of the body as received
  HttpCause cause = HttpCause::none;  // anything else: no complete answer
  // Of the metav1.Status an error came with: "Expired", "Forbidden"; and its words. Empty: no
  // Status (a plain 404 of an unserved group has none).
  std::string reason;
  std::string message;
  // Set unless this is a complete 2xx, also for 404 and 410, which the caller may know to be no
  // failure at all. Names the server or the path; 401 and 403 are Errc::forbidden, nobody there is
  // Errc::unreachable or timed_out, a stop is Errc::stopped, the rest Errc::no_result.
  std::optional<Error> error;

  bool ok() const noexcept { return !error; }
};

class ApiClient {
 public:
  ApiClient(HttpClient& http, Access access, std::shared_ptr<Secrets> secrets, Clock clock);

  // `done` comes exactly once: on the HTTP client's thread, or before get() returns when there is
  // no token to send. The order of callbacks is on_head, on_body..., done.
  void get(ApiRequest request, std::stop_token stop, std::function<void(ApiAnswer)> done);

  const Access& access() const noexcept;
  std::uint64_t requests() const noexcept;  // sent so far
  std::uint64_t bytes() const noexcept;     // of bodies received so far

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ktel::cluster
