// `OpenBackend`: what a backend's open() made, and every call into it.
//
// Calls exclude each other and all others into the same plugin; deliver alone does not. Whoever
// calls waits for those before, 10 s at most: not for threads that must not block.
// Knows nothing of sockets: sink.cpp feeds it and does the I/O. Closes the plugin's sink at its
// end.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ktel/result.hpp>

#include "delivery/backend_call.hpp"
#include "delivery/outcome.hpp"
#include "delivery/params.hpp"
#include "delivery/sink.hpp"

namespace ktel::delivery {

class OpenBackend {
 public:
  static Result<std::shared_ptr<OpenBackend>> open(LoadedBackend backend, Destination destination,
                                                   SinkParams params, SinkServices services);
  ~OpenBackend();
  OpenBackend(const OpenBackend&) = delete;
  OpenBackend& operator=(const OpenBackend&) = delete;

  const Destination& destination() const noexcept { return destination_; }
  const plugin::Backend& declaration() const noexcept { return *backend_.declaration; }
  const SinkServices& services() const noexcept { return services_; }

  // The one request for the report. bad_input: this report has none, now and later; not_found: its
  // request needs a secret that nobody has set; timed_out: the plugin is busy; no_result: it
  // failed.
  Result<Pushed> encode(const Outgoing& report);

  // What the backend makes of a complete answer; a call that fails is a retry.
  Attempt decode(const Outgoing& report, HttpResponse response);

  // HAS_ACK alone: the request that asks after the tokens, and what the answer says of each. Fails
  // as encode(); where the answer says nothing a token stays pending.
  Result<Pushed> encode_poll(const std::vector<std::uint64_t>& tokens);
  Polled decode_poll(const std::vector<std::uint64_t>& tokens, HttpResponse response);

  // Closes the plugin's sink and opens another in its place. Fails as open(); the next encode()
  // tries that again. Not while another thread calls.
  Result<void> reopen();

  // Blocks. OWN_IO alone.
  Attempt deliver(const Outgoing& report, std::stop_token stop,
                  std::chrono::steady_clock::time_point deadline);

  // The headers as they go out, secrets put in. Fails as encode().
  Result<std::vector<std::pair<std::string, std::string>>> headers(const Pushed& pushed) const;

 private:
  OpenBackend(LoadedBackend backend, Destination destination, SinkParams params,
              SinkServices services);
  Result<void> start();
  BackendCall::Context context() const;
  std::string clean(std::string_view text) const;
  std::string sentence(const BackendCall& call, std::string_view what, ktel_status status) const;
  Result<Pushed> request_of(BackendCall& call, std::string_view what, ktel_status status) const;
  Attempt judged(const BackendCall& call, std::string_view what, ktel_status status) const;
  void scrub(HttpResponse& response) const;
  void close();
  Result<void> be_open();
  Error busy() const;
  void check(const BackendCall& call) const;

  LoadedBackend backend_;
  Destination destination_;
  SinkParams params_;
  SinkServices services_;
  Logger log_;
  void* sink_ = nullptr;
  bool opened_ = false;
};

// Of a report that did not get as far as its request: nothing is known of the destination.
Attempt not_encoded(const Error& error);

}  // namespace ktel::delivery
