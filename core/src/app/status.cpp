// Status: see the header.
#include "app/status.hpp"

#include <chrono>
#include <sstream>
#include <utility>

#include "app/install_paths.hpp"
#include "app/ledger_file.hpp"
#include "base/clock.hpp"
#include "base/logger.hpp"
#include "delivery/courier_lock.hpp"
#include "plugin/child_process.hpp"

namespace ktel::app {
namespace {

// Another process is sending there now, if its lock is taken.
bool is_sent_to(const std::filesystem::path& ledger, const std::string& destination) {
  const auto lock = delivery::CourierLock::try_take(ledger, destination);
  return lock && !*lock;
}

std::string state_of(const delivery::DestinationState& of, std::int64_t now_us, bool sending) {
  if (!of.counts.contains("queued")) return "empty";
  if (sending) return "sending";
  if (of.not_before_us > now_us) return "waiting";
  return of.held_up.empty() ? "queued" : "held up";
}

}  // namespace

std::vector<Confinement> confinement() {
  std::vector<Confinement> parts;
  auto child = plugin::ChildProcess::start(install_paths().child_program, {"confine"});
  if (!child) return parts;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (child->wait(until) == plugin::ChildProcess::Wait::more) {
  }
  child->end();
  std::istringstream lines(child->printed());
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab != line.npos) parts.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return parts;
}

Result<Status> status_of(const std::filesystem::path& file, LogSink sink) {
  const Logger log(std::move(sink), nullptr);
  auto ledger = open_existing_ledger(file, log);
  if (!ledger) return ledger.error();
  const auto size = (*ledger)->size();
  if (!size) return size.error();
  auto destinations = (*ledger)->destinations();
  if (!destinations) return destinations.error();

  Status status{.ledger = file, .reports = size->reports, .bytes = size->bytes, .destinations = {}};
  const std::int64_t now_us = std::chrono::duration_cast<std::chrono::microseconds>(
                                  std::chrono::system_clock::now().time_since_epoch())
                                  .count();
  for (delivery::DestinationState& of : *destinations) {
    const bool asked_for_rest = of.not_before_us > now_us;
    status.destinations.push_back({.destination = of.destination,
                                   .state = state_of(of, now_us, is_sent_to(file, of.destination)),
                                   .counts = std::move(of.counts),
                                   .queued_bytes = of.queued_bytes,
                                   .oldest_queued = rfc3339_us(of.oldest_queued_us),
                                   .not_before = asked_for_rest ? rfc3339_us(of.not_before_us) : "",
                                   .last_delivered = rfc3339_us(of.last_delivered_us),
                                   .held_up = std::move(of.held_up),
                                   .rejected = std::move(of.rejected)});
  }
  return status;
}

}  // namespace ktel::app
