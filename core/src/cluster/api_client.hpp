// `ApiClient`: requests to one API server that change nothing there, and a sentence for each way
// they fail.
//
// Made from an `Access` (access.hpp) on the Host's `HttpClient`; used by discovery, lists and
// counts. Adds the server's prefix, the Authorization and impersonation headers; asks again where
// that helps (api_retry.hpp), and once after a 401 if there are newer credentials
// (credentials.hpp), without a thread that waits. Thread-safe. The HttpClient must outlive it;
// requests under way may outlive the ApiClient, except those that wait for a credential plugin,
// which are stopped.
#pragma once

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
#include "cluster/api_error.hpp"

namespace ktel::cluster {

struct ApiRequest {
  std::string path_and_query;  // "/api/v1/pods?limit=1", escaped
  std::string accept = "application/json";
  std::string post = {};  // JSON to ask with, where GET cannot; the server must keep nothing of it
  bool http2 = true;      // false: a bulk list, on a connection of its own
  std::string etag = {};  // of what is known already; empty: nothing is
  // Takes the body of an answer 2xx that is not HTML, as it comes, on the HTTP client's thread;
  // false ends the transfer (cause io). Required.
  std::function<bool(std::string_view chunk)> on_body;
  // Told the Content-Type of such an answer before any of its body. May be empty.
  std::function<void(std::string_view type)> on_type = {};
};

struct ApiAnswer {
  int status = 0;             // as soon as headers came; 0: none did
  std::string content_type;   // "application/json", parameters included
  std::uint64_t bytes = 0;    // of the bodies as received
  unsigned sent = 0;          // how often the server may have seen the request
  std::string etag;           // of this answer; empty: none
  bool not_modified = false;  // 304: what is known under the request's ETag holds, and no body came
  HttpCause cause = HttpCause::none;  // anything else: no complete answer
  // What an error came with. Nothing: no Status (a plain 404 of an unserved group has none).
  std::optional<ApiStatus> told;
  // Set unless this is a complete 2xx or not_modified, also for 404 and 410, which the caller may
  // know to be no failure at all. Names the server or the path; 401 and 403 are Errc::forbidden,
  // nobody there is Errc::unreachable or timed_out, a stop is Errc::stopped, the rest
  // Errc::no_result.
  std::optional<Error> error;

  bool ok() const noexcept { return !error; }
};

class ApiClient {
 public:
  ApiClient(HttpClient& http, Access access, std::shared_ptr<Secrets> secrets, Clock clock);
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  // `done` comes exactly once, last: on the HTTP client's thread, or before get() returns when
  // there are no credentials to send.
  void get(ApiRequest request, std::stop_token stop, std::function<void(ApiAnswer)> done);

  const Access& access() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ktel::cluster
