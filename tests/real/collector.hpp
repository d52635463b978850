// `Collector`: a HEC or an OTLP receiver written by others, with a journal of what it took.
//
//   test::TestCa ca;
//   test::Collector collector({.cert = ca.server(), .token = "t"});
//   ... send to collector.authority() ...
//   CHECK(collector.records().at(0).event == report);
//
// tools/collector/main.go says what its journal means, and why `records` compare as values while
// `requests` hold the very bytes. Both are on disk before the client gets its answer. A good
// partner for acks, a bad validator: it knows no index, and takes things a Splunk refuses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "real/cluster.hpp"
#include "support/certs.hpp"
#include "support/process.hpp"

namespace ktel::test {

struct CollectorOptions {
  CertKey cert = {};       // required: it speaks TLS only
  std::string token = {};  // empty: anybody may send
  bool acks = false;       // requests with a channel are answered with an ackId
  bool otlp = false;       // OTLP/HTTP in the place of HEC
  // How the first requests end, one word each, be they logs or metrics: "unavailable" (HTTP 503),
  // "exhausted" (429, Retry-After: 2), "invalid" (400).
  std::vector<std::string> refuse = {};
};

// A report as the receiver understood it.
struct CollectorRecord {
  std::string time_unix_nano = {};
  std::string host = {};
  std::string source = {};
  std::string sourcetype = {};
  std::string index = {};
  std::string fields = {};  // JSON, keys sorted
  std::string event = {};   // JSON, keys sorted; numbers of HEC went through a float64
  // Of OTLP alone.
  std::string observed_unix_nano = {};
  int severity = 0;
  std::string severity_text = {};
  std::string event_name = {};
  std::string resource = {};  // JSON, keys sorted
  std::string scope = {};     // "NAME VERSION"
};

// A data point of a gauge, as the OTLP receiver understood it.
struct CollectorPoint {
  std::string name = {};
  std::string unit = {};
  std::string time_unix_nano = {};
  std::string fields = {};    // JSON, keys sorted
  std::string value = {};     // "Int 12", "Double 0.5"
  std::string resource = {};  // JSON, keys sorted
  std::string scope = {};     // "NAME VERSION"
};

// A request as it arrived. One refused for its token is not seen.
struct CollectorRequest {
  std::string method = {};
  std::string path = {};
  std::string channel = {};
  std::string body = {};  // decompressed, otherwise untouched
  int status = 0;
  bool truncated = false;
};

class Collector {
 public:
  explicit Collector(const CollectorOptions& options,
                     const std::filesystem::path& servers = servers_dir());

  std::string authority() const;  // 127.0.0.1:PORT
  std::string url() const;        // https://127.0.0.1:PORT

  std::vector<CollectorRecord> records() const;
  std::vector<CollectorPoint> points() const;
  std::vector<CollectorRequest> requests() const;

  Process& process() { return *process_; }

 private:
  TempDir dir_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

// The same JSON with keys sorted, no spaces, and numbers as float64: the form of
// CollectorRecord::event, whatever the order and spelling of `text` were.
std::string as_collected(const std::string& text);

}  // namespace ktel::test
