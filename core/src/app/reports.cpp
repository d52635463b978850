// Reports: see the header.
#include "app/reports.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "app/destinations.hpp"
#include "app/host_impl.hpp"
#include "app/ledger_file.hpp"
#include "app/paths.hpp"
#include "base/clock.hpp"
#include "delivery/courier.hpp"
#include "delivery/ledger.hpp"
#include "standard/consent.hpp"

namespace ktel::app {
namespace {

std::string time_text(std::int64_t us) {
  return rfc3339(std::chrono::system_clock::time_point(std::chrono::microseconds(us)));
}

ReportRow shown(const delivery::Row& row, std::uint64_t size) {
  return {.id = row.id,
          .created = time_text(row.created_us),
          .signal = row.signal,
          .state = std::string(delivery::to_string(row.state)),
          .destination = row.destination,
          .attempts = row.attempts,
          .size = size,
          .sha256 = row.sha256,
          .text = row.text};
}

bool is_there(const std::filesystem::path& file) {
  std::error_code error;
  return !file.empty() && std::filesystem::exists(file, error);
}

Error no_ledger(const std::filesystem::path& file) {
  return {Errc::not_found,
          fmt::format("there is no ledger {}; `ktel workflows run` makes one", file.string())};
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
  if (!is_there(file)) return reports;
  auto ledger = open_ledger_file(file, log);
  if (!ledger) return ledger.error();
  auto rows = (*ledger)->list(most);
  if (!rows) return rows.error();
  for (const delivery::Row& row : *rows) reports.push_back(shown(row, row.size));
  return reports;
}

Result<ReportDetail> find_report(const std::filesystem::path& file, const std::string& id,
                                 LogSink sink) {
  if (!is_there(file)) return no_ledger(file);
  const Logger log(std::move(sink), nullptr);
  auto ledger = open_ledger_file(file, log);
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
  auto row = (*ledger)->find(wanted);
  if (!row) return row.error();
  if (!*row) {
    return Error{Errc::not_found,
                 fmt::format("there is no report {} in {}; `ktel reports list` shows all", wanted,
                             file.string())};
  }
  ReportDetail detail;
  detail.row = shown(**row, (*row)->size);
  detail.body = std::move((*row)->body);
  detail.record = std::move((*row)->record);
  return detail;
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
  if (!is_there(options.ledger)) return no_ledger(options.ledger);
  auto ledger = open_ledger_file(options.ledger, host_impl.log);
  if (!ledger) return ledger.error();

  std::vector<std::string> urls = {options.report_server};
  if (options.report_server.empty()) {
    auto queued = (*ledger)->destinations_with_queued();
    if (!queued) return queued.error();
    urls = std::move(queued).value();
  }
  SendSummary summary;
  for (const std::string& url : urls) {
    auto sink = open_destination(host_impl, url, options, env);
    // One destination that cannot be opened holds up no other.
    const auto give_up = [&](const Error& error) {
      summary.problems.push_back(fmt::format("{}: {}", url, error.message));
      summary.error = error;
    };
    if (!sink) {
      give_up(sink.error());
      if (const auto waiting = (*ledger)->queued(url)) summary.left += *waiting;
      continue;
    }
    delivery::CourierOptions courier;
    courier.wait = options.wait;
    courier.log = host_impl.log.named("courier");
    const auto drained = delivery::drain(**ledger, *sink, std::move(courier), stop);
    if (!drained) {
      give_up(drained.error());
      continue;
    }
    summary.delivered += drained->others_delivered;
    const auto left = (*ledger)->queued((*sink)->destination().url);
    if (!left) return left.error();
    summary.left += *left;
    if (drained->state == delivery::State::delivered && drained->others_dead == 0) continue;
    const bool refused = drained->last.cause == delivery::Cause::auth;
    const std::string why =
        drained->last.text.empty() ? "not delivered in time" : drained->last.text;
    summary.problems.push_back(fmt::format("{}: {}", (*sink)->destination().url, why));
    summary.error = Error{refused ? Errc::forbidden : Errc::undelivered, why};
  }
  return summary;
}

}  // namespace ktel::app
