// The ledger as the command shows it: what was recorded, and sending what is still queued.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/result.hpp>

namespace ktel::app {

struct ReportRow {
  std::string id;
  std::string created;  // RFC 3339
  std::string signal;
  std::string state;        // "queued", "delivered", ...
  std::string destination;  // empty: a local report
  std::uint32_t attempts = 0;
  std::uint64_t size = 0;  // of the body, bytes
  std::string sha256;
  std::string text;  // of the last attempt
};

struct ReportDetail {
  ReportRow row;
  std::string body;    // exact bytes
  std::string record;  // the run record as JSON
};

// $KTEL_LEDGER, else $XDG_STATE_HOME/ktel/ledger.db, else ~/.local/state/ktel/ledger.db.
std::filesystem::path default_ledger();

// $XDG_CACHE_HOME/ktel/plugins, else ~/.cache/ktel/plugins; empty without a home.
std::filesystem::path default_plugin_cache();

// Newest first. A ledger that does not exist holds nothing and is not made.
Result<std::vector<ReportRow>> list_reports(const std::filesystem::path& ledger, std::size_t most,
                                            LogSink log);

// By id or a unique beginning of it; empty: the newest. not_found.
Result<ReportDetail> find_report(const std::filesystem::path& ledger, const std::string& id,
                                 LogSink log);

struct Verified {
  std::size_t reports = 0;
  std::size_t bodies = 0;             // kept; the others have been erased
  std::vector<std::string> problems;  // a sentence for each report that is not as it was written
};

// Checks every report that is kept: its hash, its form, its fields. not_found: no ledger.
Result<Verified> verify_reports(const std::filesystem::path& ledger, LogSink log);

// Puts reports that were rejected back in the queue: the one with this id (or a unique beginning),
// or all (""); for this destination, or all (""). Gives how many. not_found: no such report, or
// nothing of it is dead.
Result<std::size_t> retry_reports(const std::filesystem::path& ledger, const std::string& id,
                                  const std::string& report_server, LogSink log);

struct SendSummary {
  std::size_t delivered = 0;
  std::size_t left = 0;               // still queued
  std::vector<std::string> problems;  // a sentence per destination that did not take everything
  std::optional<Error> error;         // what the exit code comes from, when something is left
};

// Delivers what is queued: to options.report_servers, or where there is none, or one without a URL
// that has the token, to every destination that has something.
Result<SendSummary> send_reports(const Host& host, const DeliveryOptions& options,
                                 std::stop_token stop);

}  // namespace ktel::app
