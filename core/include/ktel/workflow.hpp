// `Workflow`: jobs of a `Host` and what is done with their report.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/report.hpp>
#include <ktel/result.hpp>

namespace ktel {

// What would be sent to one report server; ${param} stands where the host would put a secret in.
struct RequestPreview {
  std::string method = {};  // empty: the backend does its own I/O
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

// What became of a report that was to leave, at one report server.
struct Receipt {
  std::string destination = {};  // without user info and secrets
  std::string state = {};        // "delivered", "queued", "dead", "lost"
  std::uint32_t attempts = 0;
  std::string text = {};            // of anything but delivered: one sentence with the next step
  std::optional<Error> error = {};  // unless it was delivered
};

struct RunResult {
  // Set when a vote said off: nothing was collected, no connection made; all else is empty.
  std::string off = {};
  Report report;
  std::vector<RequestPreview> previews = {};  // with dry_run: one for each report server
  std::vector<Receipt> receipts = {};         // one for each report server, unless dry_run or local
  std::filesystem::path ledger = {};          // where the report was recorded; empty: nowhere
  std::string notice = {};                    // a sentence for the operator; may be empty
};

class Workflow {
 public:
  // Chooses jobs and checks options; reads nothing. bad_input: unknown jobs or parameters, circular
  // needs, options that do not fit. The Host may go out of scope: the Workflow shares it.
  static Result<Workflow> create(const Host& host, WorkflowOptions options);

  // Collects, merges, records and delivers one report. Blocks until all is done, at most about
  // options.timeout plus options.delivery.wait; a stop ends it within about a second. Several runs
  // may go on at once, from any threads but ktel's own.
  //
  // Errors: bad_input (nothing was collected), no_result (nothing usable came back, nothing was
  // sent), forbidden (the API server refused the identity), undelivered (the report could not be
  // recorded, nothing was sent), stopped. A report that was made but not delivered is a result,
  // its receipts say why.
  Result<RunResult> run(const RunOptions& options = {}) const;

  struct Impl;

 private:
  explicit Workflow(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace ktel
