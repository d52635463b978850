// `Sink`: one open destination: a backend plugin's sink, its parameters, and how to send to it.
//
// The backend encodes and decodes; the host sends on its HTTP client. A backend with I/O of its own
// delivers on a thread of the sink. Made by `open_sink`; the courier owns it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <ktel/abi/plugin.h>
#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include "base/env.hpp"
#include "base/exclusion.hpp"
#include "base/http.hpp"
#include "base/logger.hpp"
#include "base/secrets.hpp"
#include "delivery/outcome.hpp"
#include "plugin/declaration.hpp"

namespace ktel::delivery {

// A destination as the operator gave it, checked without network.
struct Destination {
  std::string url;  // redacted: no user info, no secret; the ledger keeps this, with all its hosts
  std::string scheme;
  std::string authority;  // one host[:port]
  std::string path;
  // Of the query, decoded; less ca, cert, key, pin, server_name, insecure, timeout and proxy, which
  // are the host's for every backend.
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::string> host_params;  // which of those the URL gives
  TlsSettings tls;
  std::string proxy;                     // empty: none
  std::chrono::milliseconds timeout{0};  // of one request; 0: the backend's
};

struct DestinationOptions {
  std::filesystem::path ca_file;  // --ca-file
};

// bad_input with a sentence: no scheme, no host, user info or token in the URL, a file that cannot
// be read, several hosts, ... Whether a backend has the scheme is the caller's to ask. A URL with a
// path may lack a host (file:///...): backends that speak HTTP refuse it when they are opened.
Result<Destination> parse_destination(const std::string& url, const DestinationOptions& options);

// The same of a URL that may name several hosts, `splunk://a,b:8088/path`: one for each, in order,
// all with the whole URL. bad_input: a host that is empty or there twice, too.
Result<std::vector<Destination>> parse_endpoints(const std::string& url,
                                                 const DestinationOptions& options);

// One report as it goes out: views of a ledger row.
struct Outgoing {
  std::string id;  // UUIDv7 text
  std::uint32_t attempt = 1;
  std::int64_t time_s = 0;
  std::string signal;
  std::string body;
  std::uint32_t findings = 0;
  std::vector<SentField> fields;
  std::chrono::milliseconds limit{0};  // of this attempt, where its destination has more; 0: none
};

// What --dry-run shows: nothing here holds a secret, ${param} stands where one will be put in.
struct Preview {
  std::string method;  // empty: the backend has its own I/O
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class Sink {
 public:
  virtual ~Sink() = default;

  virtual const Destination& destination() const noexcept = 0;

  // No network, no file.
  virtual Result<Preview> preview(const Outgoing& report) = 0;

  // One attempt. `done` comes exactly once, from any thread, also after a stop (retry, stopped); it
  // must not wait, and leaves the answer to a thread that may.
  virtual void send(Outgoing report, std::stop_token stop, std::function<void(Answer)> done) = 0;

  // Asks what became of reports that are pending, by their tokens. `done` as that of send(). Only
  // of sinks that answer `pending`.
  virtual void poll(std::vector<std::uint64_t> tokens, std::stop_token stop,
                    std::function<void(PollAnswer)> done);

  // Begins anew, as if just opened: tokens from before mean nothing any more. Not while send() or
  // poll() are under way.
  virtual Result<void> reopen() { return {}; }
};

// The plugin's side: its loaded descriptor and the C backend in it, and what start() made.
struct LoadedBackend {
  const plugin::Backend* declaration = nullptr;
  const ktel_backend* backend = nullptr;
  void* self = nullptr;
  std::shared_ptr<Exclusion> exclusion;  // of the plugin's functions; null: this sink's own
};

// Secrets by parameter name ("token"), already added to `Secrets`. A missing required one is
// bad_input with a sentence that says how to give it.
struct SinkServices {
  std::shared_ptr<HttpClient> http;
  std::shared_ptr<Secrets> secrets;
  Logger log;
  std::string ktel_version;
  Env env = {};  // for a proxy, where the destination names none; empty: no proxy then
};

// Opens the backend's sink: parses and checks, no network. bad_input.
Result<std::shared_ptr<Sink>> open_sink(const LoadedBackend& backend, Destination destination,
                                        std::map<std::string, std::string> secret_params,
                                        SinkServices services);

}  // namespace ktel::delivery
