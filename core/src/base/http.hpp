// `HttpClient`: libcurl's multi interface on asio, on one thread of its own.
//
// For the cluster area (bodies streamed as they arrive) and the delivery area (small answers held).
// One client per Host. Its thread takes no signals. Keeps connections alive between requests with
// equal TLS settings. Secrets (keys, tokens) are handed to libcurl from memory and never touch a
// file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ktel/result.hpp>

namespace ktel {

struct TlsSettings {
  std::string ca_pem = {};  // empty: the system's roots
  std::string client_cert_pem = {};
  std::string client_key_pem = {};
  std::string server_name = {};  // SNI and name to verify; empty: the URL's host
  std::string pin = {};          // "sha256//..." of the public key; empty: none
  bool insecure = false;

  bool operator==(const TlsSettings&) const = default;
};

enum class HttpCause { none, dns, connect, tls, timeout, io, too_large, stopped };

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<const TlsSettings> tls;  // null: defaults
  // http, https or socks5 URL, where host names are resolved; empty: none. It carries the bytes for
  // all schemes (CONNECT) and sees no header of the request.
  std::string proxy;
  bool http2 = true;  // small requests share one connection; false: HTTP/1.1
  std::chrono::milliseconds connect_timeout{30'000};
  std::chrono::milliseconds total_timeout{0};      // 0: none
  std::chrono::milliseconds idle_timeout{60'000};  // no byte for so long
  std::size_t max_body = 4u << 20;                 // of a held body
  // Once, when status and headers are there, before any body.
  std::function<void(int status, const std::vector<std::pair<std::string, std::string>>&)> on_head;
  // If set, the body is streamed here and not held; false ends the transfer (cause io).
  std::function<bool(std::string_view chunk)> on_body;
};

struct HttpResponse {
  HttpCause cause = HttpCause::none;  // anything but none: no complete answer, and `error` says why
  std::string error;                  // one sentence with host and port, no secret
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::uint64_t bytes = 0;  // of the body as received
  bool sent = false;        // the connection stood, so that the server may have seen the request
  bool lost = false;        // with cause io: that connection ended before status and headers came

  std::string_view header(std::string_view lower_case_name) const noexcept;
};

class HttpClient {
 public:
  HttpClient();
  ~HttpClient();  // ends what is under way with cause stopped, joins the thread
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // All callbacks come on the client's thread. `done` comes exactly once, also after a stop.
  void send(HttpRequest request, std::stop_token stop, std::function<void(HttpResponse)> done);

  // Calls `then` once on the client's thread: after the delay, or, with `cut_short`, soon after a
  // stop or when the client ends.
  void wait(std::chrono::milliseconds delay, std::stop_token stop,
            std::function<void(bool cut_short)> then);

  // send(), waiting. Never call it on a pool thread or on the client's own.
  HttpResponse send_and_wait(HttpRequest request, std::stop_token stop = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel
