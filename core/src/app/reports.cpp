// Reports: see the header.
#include "app/reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "app/destinations.hpp"
#include "app/host_impl.hpp"
#include "app/ledger_file.hpp"
#include "app/paths.hpp"
#include "base/clock.hpp"
#include "delivery/courier.hpp"
#include "delivery/ledger.hpp"
#include "delivery/verify.hpp"
#include "standard/consent.hpp"

namespace ktel::app {
namespace {

ReportRow shown(const delivery::Row& row, std::uint64_t size) {
  return {.id = row.id,
          .created = rfc3339_us(row.created_us),
          .signal = row.signal,
          .state = std::string(delivery::to_string(row.state)),
          .destination = row.destination,
          .attempts = row.attempts,
          .size = size,
          .sha256 = row.sha256,
          .text = row.text};
}

Result<delivery::Row> find_row(delivery::Ledger& ledger, const std::string& id) {
  auto row = ledger.find(id);
  if (!row) return row.error();
  if (*row) return *std::move(*row);
  return Error{Errc::not_found,
               fmt::format("there is no report {} in {}; `ktel reports list` shows all", id,
                           ledger.file().string())};
}

// A token is one destination's: it must not be shown to another.
std::optional<Error> one_token_for_several(const Host::Impl& host,
                                           const std::vector<std::string>& urls) {
  std::vector<std::string> secretive;
  std::copy_if(
      urls.begin(), urls.end(), std::back_inserter(secretive),
      [&](const std::string& url) { return takes_secret(host, url.substr(0, url.find(':'))); });
  if (secretive.size() < 2) return std::nullopt;
  return Error{Errc::bad_input,
               fmt::format("reports are queued for {}, and each has a token of its own: name them "
                           "with --report-server, and behind each its --token-file",
                           fmt::join(secretive, " and "))};
}

// Drains what is queued for one destination. An error says why it did not take everything; it holds
// up no other destination.
std::optional<Error> send_to(Host::Impl& host, delivery::Ledger& ledger, const ReportServer& server,
                             const DeliveryOptions& options, const Env& env,
                             const std::stop_token& stop, SendSummary& summary) {
  auto sinks = open_destination(host, server, options.ca_file, env, stop);
  const std::string destination = sinks ? sinks->front()->destination().url : server.url;
  Result<delivery::DeliveryResult> drained = Error{};
  if (sinks) {
    delivery::CourierOptions courier;
    courier.wait = options.wait;
    courier.in_order = options.in_order;
    courier.log = host.log.named("courier");
    drained = delivery::drain(ledger, *sinks, std::move(courier), stop);
  }
  const Result<std::size_t> left = ledger.queued(destination);
  summary.left += left ? *left : 0;
  if (!sinks) return sinks.error();  // which names the URL as it may be shown
  if (!drained) return drained.error().context(destination);
  if (!left) return left.error();

  summary.delivered += drained->others_delivered;
  const std::size_t dead = drained->others_dead;
  if (dead > 0) {
    return Error{Errc::undelivered,
                 fmt::format("{} rejected {} {}, kept as dead: `ktel reports list` shows why",
                             destination, dead, dead == 1 ? "report" : "reports")};
  }
  if (drained->state == delivery::State::delivered) return std::nullopt;
  const std::string why = drained->last.text.empty() ? "not delivered in time; give a longer --wait"
                                                     : drained->last.text;
  const bool refused = drained->last.cause == delivery::Cause::auth;
  return Error{refused ? Errc::forbidden : Errc::undelivered,
               fmt::format("{}: {}", destination, why)};
}

}  // namespace

std::filesystem::path default_ledger() {
  const Env env = process_env();
  const auto named = env("KTEL_LEDGER");
  return named && !named->empty() ? std::filesystem::path(*named) : ledger_path(env);
}

std::filesystem::path default_plugin_cache() { return plugin_cache_path(process_env()); }

Result<std::vector<ReportRow>> list_reports(const std::filesystem::path& file, std::size_t most,
                                            LogSink sink) {
  const Logger log(std::move(sink), nullptr);
  std::vector<ReportRow> reports;
  if (!ledger_exists(file)) return reports;
  auto ledger = open_ledger_file(file, log);
  if (!ledger) return ledger.error();
  auto rows = (*ledger)->list(most);
  if (!rows) return rows.error();
  for (const delivery::Row& row : *rows) reports.push_back(shown(row, row.size));
  return reports;
}

Result<ReportDetail> find_report(const std::filesystem::path& file, const std::string& id,
                                 LogSink sink) {
  const Logger log(std::move(sink), nullptr);
  auto ledger = open_existing_ledger(file, log);
  if (!ledger) return ledger.error();
  std::string wanted = id;
  if (wanted.empty()) {
    auto newest = (*ledger)->list(1);
    if (!newest) return newest.error();
    if (newest->empty()) {
      return Error{Errc::not_found, fmt::format("the ledger {} holds no report", file.string())};
    }
    wanted = newest->front().id;
  }
  auto row = find_row(**ledger, wanted);
  if (!row) return row.error();
  ReportDetail detail;
  detail.row = shown(*row, row->size);
  detail.body = std::move(row->body);
  detail.record = std::move(row->record);
  return detail;
}

Result<Verified> verify_reports(const std::filesystem::path& file, LogSink sink) {
  const Logger log(std::move(sink), nullptr);
  auto ledger = open_existing_ledger(file, log);
  if (!ledger) return ledger.error();
  Verified verified;
  const auto checked = (*ledger)->each([&](const delivery::Row& row) {
    ++verified.reports;
    verified.bodies += row.body.empty() ? 0 : 1;
    const auto wrong = delivery::check_kept(row);
    if (wrong) verified.problems.push_back(fmt::format("report {}: {}", row.id, *wrong));
  });
  if (!checked) return checked.error();
  return verified;
}

Result<std::size_t> retry_reports(const std::filesystem::path& file, const std::string& id,
                                  const std::string& report_server, LogSink sink) {
  const Logger log(std::move(sink), nullptr);
  auto ledger = open_existing_ledger(file, log);
  if (!ledger) return ledger.error();
  std::string wanted;
  if (!id.empty()) {
    auto row = find_row(**ledger, id);
    if (!row) return row.error();
    wanted = row->id;
  }
  const auto back = (*ledger)->put_back_dead(wanted, report_server);
  if (back && *back == 0 && !wanted.empty()) {
    return Error{Errc::not_found,
                 fmt::format("nothing of report {} is dead{}; `ktel status` says how things stand",
                             wanted, report_server.empty() ? "" : " for " + report_server)};
  }
  return back;
}

Result<SendSummary> send_reports(const Host& host, const DeliveryOptions& options,
                                 std::stop_token stop) {
  Host::Impl& host_impl = implementation(host);
  const Env env = process_env();
  const standard::Consent consent = standard::decide({.do_not_track = env("DO_NOT_TRACK"),
                                                      .ktel_telemetry = env("KTEL_TELEMETRY"),
                                                      .options = standard::ConsentState::on,
                                                      .options_name = "`reports send`",
                                                      .report_server = true,
                                                      .nobody = standard::ConsentState::on});
  if (consent.state != standard::ConsentState::on) {
    return Error{Errc::not_allowed, consent.sentence};
  }
  auto ledger = open_existing_ledger(options.ledger, host_impl.log);
  if (!ledger) return ledger.error();

  std::vector<ReportServer> servers = options.report_servers;
  if (servers.empty() || servers.front().url.empty()) {
    auto queued = (*ledger)->destinations_with_queued();
    if (!queued) return queued.error();
    if (auto several = one_token_for_several(host_impl, *queued)) return *std::move(several);
    servers.resize(1);
    const ReportServer token = servers.front();
    servers.clear();
    for (const std::string& url : *queued) {
      const bool takes_it = takes_secret(host_impl, url.substr(0, url.find(':')));
      servers.push_back(takes_it ? token : ReportServer{});
      servers.back().url = url;
    }
  }
  if (auto told = check_tokens(host_impl, servers, env); !told) return told.error();
  SendSummary summary;
  for (const ReportServer& server : servers) {
    if (auto problem = send_to(host_impl, **ledger, server, options, env, stop, summary)) {
      summary.problems.push_back(problem->message);
      if (!summary.error || problem->code == Errc::forbidden) summary.error = std::move(problem);
    }
  }
  return summary;
}

}  // namespace ktel::app
