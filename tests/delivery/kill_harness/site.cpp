// Files, words and a server.
#include "delivery/kill_harness/site.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <utility>

#include "delivery/courier.hpp"
#include "delivery/kill_harness/producer.hpp"
#include "delivery/ledger.hpp"

namespace ktel::test::harness {
namespace {

constexpr const char* token = "5f3c1e0a-the-token";
constexpr std::size_t disk_bytes = 4u << 20;

hec::ServerOptions server_options(const std::filesystem::path& journal, std::size_t max_event) {
  hec::ServerOptions options;
  options.endpoint.tokens = {hec::Token{.token = token}};
  options.endpoint.rules.max_event = max_event;
  options.journal = journal;
  return options;
}

std::unique_ptr<delivery::Ledger> open_ledger(const std::filesystem::path& file) {
  delivery::Ledger::Options options;
  options.file = file;
  auto ledger = delivery::Ledger::open(options);
  if (!ledger) throw std::runtime_error(ledger.error().message);
  return std::move(ledger).value();
}

}  // namespace

Site::Site(const Setup& setup, std::size_t max_event, bool small_disk)
    : setup_(setup), server_(server_options(directory_ / "server.journal", max_event)) {
  if (small_disk) disk_.emplace(directory_ / "disk", disk_bytes);
  write_file(directory_ / "token", std::string(token) + "\n", 0600);
  open_ledger(ledger());  // `reports send` wants one that is there
}

std::map<std::string, std::string> Site::environment() const {
  const std::string home = directory_.path();
  std::map<std::string, std::string> env = {{"HOME", home},
                                            {"XDG_STATE_HOME", home + "/state"},
                                            {"XDG_CONFIG_HOME", home + "/config"},
                                            {"XDG_CACHE_HOME", setup_.cache}};
  for (const char* name :
       {"PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name); value != nullptr) env[name] = value;
  }
  return env;
}

std::filesystem::path Site::producers_journal(std::size_t which) const {
  return directory_ / fmt::format("producer{}.journal", which);
}

Words Site::producer(std::size_t which, const Production& production) const {
  return {KTEL_KILL_PRODUCER,
          ledger(),
          "splunk+http://" + server_.authority(),
          producers_journal(which),
          std::to_string(production.each),
          std::to_string(production.pause_ms),
          std::to_string(production.poison_every)};
}

Words Site::send(const std::string& wait) const {
  return {KTEL_PROGRAM,
          "reports",
          "send",
          "--ledger",
          ledger(),
          "--report-server",
          "splunk+http://" + server_.authority(),
          "--token-file",
          directory_ / "token",
          "--wait",
          wait};
}

Words Site::run(const std::string& wait) const {
  return {KTEL_PROGRAM,
          "workflows",
          "run",
          "--jobs",
          "identify-platform",
          "--snapshot",
          KTEL_DEMO,
          "--ledger",
          ledger(),
          "--report-server",
          "splunk+http://" + server_.authority(),
          "--token-file",
          directory_ / "token",
          "--wait",
          wait};
}

RunResult Site::finish(const Words& words) const {
  return test::run(
      words, {.env = environment(), .inherit_env = false, .deadline = std::chrono::minutes(5)});
}

std::size_t Site::queued() const {
  const auto count = open_ledger(ledger())->queued("splunk+http://" + server_.authority());
  if (!count) throw std::runtime_error(count.error().message);
  return *count;
}

Evidence Site::evidence(std::size_t producers) const {
  Evidence evidence;
  evidence.in_flight = delivery::CourierOptions{}.in_flight;
  for (std::size_t which = 0; which < producers; ++which) {
    std::ifstream lines(producers_journal(which));
    for (std::string id; std::getline(lines, id);) evidence.accepted.push_back(id);
  }
  const auto read = open_ledger(ledger())->each([&](const delivery::Row& row) {
    evidence.kept.push_back({.id = row.id,
                             .sha256 = row.sha256,
                             .state = row.state,
                             .poison = row.size > poison_limit});
  });
  if (!read) throw std::runtime_error(read.error().message);
  std::map<std::uint64_t, bool> cut;
  for (const hec::RequestEntry& request : server_.journal().requests()) {
    cut[request.request] = request.fault.find("close_after_commit") != std::string::npos;
  }
  for (const hec::AcceptedEntry& object : server_.journal().accepted()) {
    evidence.arrived.push_back(
        {.id = object.id, .sha256 = object.sha256, .cut = cut[object.request]});
  }
  return evidence;
}

std::string Site::ledger_problem() const {
  for (const auto& file : std::filesystem::directory_iterator(ledger().parent_path())) {
    if (file.path().filename().string().find(".corrupt-") == std::string::npos) continue;
    return "a ledger was set aside as damaged: " + file.path().filename().string();
  }
  const RunResult verified = finish({KTEL_PROGRAM, "reports", "verify", "--ledger", ledger()});
  if (verified.exit_code == 0) return {};
  return "`ktel reports verify`: " + verified.err;
}

std::string Site::journal() const { return read_file(directory_ / "server.journal"); }

}  // namespace ktel::test::harness
