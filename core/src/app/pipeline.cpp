// The pipeline: see the header. run_pipeline(), at the end, is its table of contents.
#include "app/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "app/destinations.hpp"
#include "app/ledger_file.hpp"
#include "app/loss_report.hpp"
#include "app/paths.hpp"
#include "app/source.hpp"
#include "app/verdicts.hpp"
#include "app/votes.hpp"
#include "base/hash.hpp"
#include "base/quiet_thread.hpp"
#include "base/uuid.hpp"
#include "delivery/courier.hpp"
#include "delivery/ledger.hpp"
#include "delivery/record_json.hpp"
#include "report/merge.hpp"
#include "standard/consent.hpp"
#include "workflow/engine.hpp"

namespace ktel::app {
namespace {

using standard::ConsentState;

std::int64_t to_us(std::chrono::system_clock::time_point t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

// Off is also for what still waits in the ledger of this workflow: it will not be sent. No network.
// Nobody's vote and a dry run withdraw nothing.
RunResult end_as_off(const PipelineInput& in, const standard::Consent& consent) {
  RunResult result;
  result.off = consent.sentence;
  const std::filesystem::path& file = in.options.delivery.ledger;
  const bool withdraws =
      !consent.by.empty() && !in.run.dry_run && !in.options.delivery.no_ledger && !file.empty();
  std::error_code error;
  if (!withdraws || !std::filesystem::exists(file, error)) return result;
  auto ledger = open_ledger_file(file, in.host.log);
  if (!ledger) {
    result.off += " What is queued was not withdrawn: " + ledger.error().message;
    return result;
  }
  const auto withdrawn = (*ledger)->withdraw_queued(to_us(in.clock()));
  if (!withdrawn) {
    result.off += " What is queued was not withdrawn: " + withdrawn.error().message;
  } else if (*withdrawn > 0) {
    result.off += *withdrawn == 1 ? " 1 queued report was withdrawn."
                                  : fmt::format(" {} queued reports were withdrawn.", *withdrawn);
  }
  return result;
}

Result<report::CallerJson> check_caller_json(const PipelineInput& in) {
  if (!in.run.caller_json) return report::CallerJson{};
  std::vector<std::string> jobs;
  for (const workflow::PreparedJob& job : in.prepared->jobs) {
    if (job.selected) jobs.push_back(job.job().name);
  }
  return report::parse_caller_json(*in.run.caller_json, jobs).context("the JSON to merge");
}

// Null: nothing is recorded.
Result<std::unique_ptr<delivery::Ledger>> open_ledger(const PipelineInput& in, bool sends) {
  const DeliveryOptions& delivery = in.options.delivery;
  const bool wanted = sends || !delivery.ledger.empty();
  if (in.run.dry_run || delivery.no_ledger || !wanted) return std::unique_ptr<delivery::Ledger>{};
  const auto file = delivery.ledger.empty() ? ledger_path(in.env) : delivery.ledger;
  if (file.empty()) {
    return Error{
        Errc::bad_input,
        "there is no home directory for the ledger: set --ledger FILE or XDG_STATE_HOME, or "
        "give --no-ledger to send without keeping"};
  }
  return open_ledger_file(file, in.host.log,
                          {.max_bytes = delivery.ledger_bytes,
                           .drop_oldest = delivery.drop_oldest,
                           .max_age = delivery.max_age,
                           .clock = in.clock});
}

// Null: no job reads.
Result<std::shared_ptr<cluster::Source>> find_source(const PipelineInput& in) {
  const bool reads = std::any_of(in.prepared->jobs.begin(), in.prepared->jobs.end(),
                                 [](const auto& job) { return !job.reads.empty(); });
  if (!reads && in.options.cluster.snapshot.empty()) return std::shared_ptr<cluster::Source>{};
  return open_source(in.host, in.options.cluster, in.env, in.clock, in.run.stop);
}

Result<workflow::RunOutput> collect(const PipelineInput& in,
                                    std::shared_ptr<cluster::Source> source) {
  workflow::RunInput input;
  input.prepared = in.prepared;
  input.source = std::move(source);
  input.collect = {.namespaces = in.options.cluster.namespaces,
                   .exact_counts = in.options.cluster.exact_counts};
  input.run_timeout = in.options.timeout;
  input.clock = in.clock;
  input.log = in.host.log;
  input.progress = in.run.progress;
  return workflow::run_jobs(in.host.pool(), in.host.runtimes(), std::move(input), in.run.stop);
}

std::vector<SentField> sent_fields(const workflow::Prepared& prepared,
                                   const workflow::RunOutput& output) {
  std::vector<SentField> fields;
  for (const workflow::PreparedJob& prepared_job : prepared.jobs) {
    const plugin::Job& job = prepared_job.job();
    const auto part = output.parts.find(job.name);
    if (part == output.parts.end()) continue;
    for (const plugin::Field& field : job.fields) {
      if (!part->second.contains(field.name)) continue;
      fields.push_back({job.name, field.name, field.type, field.metric, field.unit, field.alias});
    }
  }
  return fields;
}

Result<Report> make_report(const PipelineInput& in, const report::CallerJson& caller,
                           workflow::RunOutput output, const std::string& source,
                           std::chrono::system_clock::time_point started) {
  if (auto error = nothing_usable(output)) return *std::move(error);
  Result<report::Body> body = report::merge(output.parts, caller.keys);
  if (!body) return body.error();
  const auto ended = in.clock();
  Report report;
  report.fields = sent_fields(*in.prepared, output);
  report.body = std::move(body->bytes);
  report.sha256 = std::move(body->sha256);
  RunRecord& record = report.record;
  record.id = make_uuid7(ended);
  record.signal = in.run.signal.empty() ? in.options.name : in.run.signal;
  record.time_s = to_us(ended) / 1'000'000;
  record.started = rfc3339(started);
  record.ended = rfc3339(ended);
  record.source = source;
  record.jobs = std::move(output.jobs);
  record.withheld = in.prepared->withheld;
  record.findings = in.prepared->findings;
  record.findings.insert(record.findings.end(), caller.findings.begin(), caller.findings.end());
  record.findings.insert(record.findings.end(), output.findings.begin(), output.findings.end());
  record.origins = std::move(body->origins);
  for (const workflow::PreparedJob& job : in.prepared->jobs) {
    const plugin::CatalogPlugin& plugin = *job.ref.plugin;
    record.plugins[plugin.declared.id] =
        plugin.declared.version + (plugin.sha256.empty() ? "" : " " + plugin.sha256);
  }
  record.requests = output.stats.requests;
  record.bytes = output.stats.bytes;
  return report;
}

std::optional<Error> too_many_findings(const PipelineInput& in, const RunRecord& record) {
  if (!in.options.strict) return std::nullopt;
  for (const Finding& finding : record.findings) {
    if (finding.level == FindingLevel::note) continue;
    return Error{Errc::no_result, "strict: nothing is sent because of a finding: " + said(finding)};
  }
  return std::nullopt;
}

delivery::Outgoing outgoing(const Report& report) {
  return {.id = report.record.id,
          .attempt = 1,
          .time_s = report.record.time_s,
          .signal = report.record.signal,
          .body = report.body,
          .findings = static_cast<std::uint32_t>(report.record.findings.size()),
          .fields = report.fields};
}

Result<RequestPreview> preview(delivery::Sink& sink, const Report& report) {
  Result<delivery::Preview> shown = sink.preview(outgoing(report));
  if (!shown) return shown.error();
  return RequestPreview{std::move(shown->method), std::move(shown->url), std::move(shown->headers),
                        std::move(shown->body)};
}

delivery::Row row_of(const PipelineInput& in, const Report& report, delivery::State state) {
  delivery::Row row;
  row.id = report.record.id;
  row.created_us = to_us(in.clock());
  row.time_s = report.record.time_s;
  row.signal = report.record.signal;
  row.body = report.body;
  row.sha256 = report.sha256;
  row.record = delivery::to_json(report.record);
  row.decl = delivery::to_json(report.fields);
  row.findings = static_cast<std::uint32_t>(report.record.findings.size());
  row.state = state;
  return row;
}

// Before it gets this run's report, each destination is told of those it will never get. That this
// cannot be written holds nothing up: what it was to say is still there for the next run.
void tell_losses(const PipelineInput& in, delivery::Ledger& ledger,
                 const std::vector<std::string>& destinations) {
  for (const std::string& destination : destinations) {
    const auto told = ledger.report_losses(
        destination,
        [&](const std::vector<delivery::Loss>& losses) -> std::optional<delivery::Row> {
          const auto report = loss_report(losses, in.prepared->loss_masked, in.clock());
          if (!report) return std::nullopt;
          return row_of(in, *report, delivery::State::queued);
        });
    if (!told) in.host.log.warn("lost reports were not told: " + told.error().message);
  }
}

// Committed and synced when it returns; only then may anybody connect. A seq for each destination;
// without one the report is kept and goes nowhere.
Result<std::vector<std::int64_t>> record(const PipelineInput& in, delivery::Ledger& ledger,
                                         const Report& report,
                                         const std::vector<std::string>& destinations) {
  if (destinations.empty()) return ledger.append(row_of(in, report, delivery::State::local), {""});
  tell_losses(in, ledger, destinations);
  return ledger.append(row_of(in, report, delivery::State::queued), destinations);
}

delivery::CourierOptions courier_options(const PipelineInput& in) {
  delivery::CourierOptions options;
  options.wait = in.options.delivery.wait;
  options.clock = in.clock;
  options.log = in.host.log.named("courier");
  options.in_order = in.options.delivery.in_order;
  return options;
}

// To one destination; seq: of its row, or nothing where no ledger is kept. Blocks.
Receipt send_to(const PipelineInput& in, delivery::Ledger* ledger, const Report& report,
                const std::string& destination, delivery::Sinks sinks,
                std::optional<std::int64_t> seq) try {
  Result<delivery::DeliveryResult> done =
      seq ? delivery::deliver(*ledger, std::move(sinks), *seq, courier_options(in), in.run.stop)
          : delivery::send_unrecorded(std::move(sinks), outgoing(report), courier_options(in),
                                      in.run.stop);
  if (done) return receipt_of(*done, destination, seq.has_value());
  // It may have been delivered: what failed is keeping track of it.
  return {.destination = destination,
          .state = "unknown",
          .text = done.error().message,
          .error = done.error()};
} catch (const std::exception& error) {  // on a thread of ours nobody else would see it
  return {.destination = destination,
          .state = "unknown",
          .text = error.what(),
          .error = Error{Errc::internal, fmt::format("{}; please report it", error.what())}};
}

// To all at once, each with a thread of its own but the first: one that is down takes no time from
// the others. seqs: one for each, or none.
std::vector<Receipt> send(const PipelineInput& in, delivery::Ledger* ledger, const Report& report,
                          std::vector<delivery::Sinks> destinations,
                          const std::vector<std::int64_t>& seqs) {
  std::vector<Receipt> receipts(destinations.size());
  const auto send_one = [&](std::size_t i) {
    const auto seq = seqs.empty() ? std::nullopt : std::optional(seqs[i]);
    const std::string destination = destinations[i].front()->destination().url;
    receipts[i] = send_to(in, ledger, report, destination, std::move(destinations[i]), seq);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < destinations.size(); ++i) {
    others.push_back(quiet_thread<std::jthread>([&send_one, i] { send_one(i); }));
  }
  send_one(0);
  others.clear();  // waits for them
  return receipts;
}

}  // namespace

Result<RunResult> run_pipeline(const PipelineInput& in) {
  const standard::Consent consent = ask_consent(in.options, in.env);
  if (consent.state == ConsentState::off) return end_as_off(in, consent);
  const bool may_send = consent.state == ConsentState::on;

  Result<report::CallerJson> caller = check_caller_json(in);
  if (!caller) return caller.error();
  Result<std::vector<delivery::Sinks>> servers =
      open_destinations(in.host, in.options.delivery, in.env, in.run.stop);
  if (!servers) return servers.error();
  const bool sends = !servers->empty() && may_send && !in.run.dry_run;
  Result<std::unique_ptr<delivery::Ledger>> ledger = open_ledger(in, sends);
  if (!ledger) return ledger.error();
  Result<std::shared_ptr<cluster::Source>> source = find_source(in);
  if (!source) return source.error();

  const auto started = in.clock();
  const std::string described = *source ? (*source)->description() : "";
  Result<workflow::RunOutput> output = collect(in, std::move(source).value());
  if (!output) return output.error();
  if (output->stopped) {
    return Error{Errc::stopped, "stopped while collecting; nothing was sent"};
  }

  RunResult result;
  Result<Report> report = make_report(in, *caller, std::move(output).value(), described, started);
  if (!report) return report.error();
  result.report = std::move(report).value();
  if (auto strict = too_many_findings(in, result.report.record)) return *strict;

  std::vector<std::string> destinations;
  for (const delivery::Sinks& sinks : *servers) {
    if (sends) destinations.push_back(sinks.front()->destination().url);
    if (!in.run.dry_run) continue;
    Result<RequestPreview> shown = preview(*sinks.front(), result.report);
    if (!shown) return shown.error();
    result.previews.push_back(std::move(shown).value());
  }
  if (!servers->empty() && !may_send) result.notice = consent.sentence;

  std::vector<std::int64_t> seqs;
  if (*ledger != nullptr) {
    const std::string said_before = (*ledger)->warning();
    Result<std::vector<std::int64_t>> appended = record(in, **ledger, result.report, destinations);
    // Appending may have found it corrupt, too.
    if ((*ledger)->warning() != said_before) say_warning(**ledger, in.host.log);
    if (!appended) return appended.error();
    seqs = *std::move(appended);
    result.ledger = (*ledger)->file();
  }
  if (sends) {
    result.receipts = send(in, ledger->get(), result.report, std::move(servers).value(), seqs);
  }
  return result;
}

}  // namespace ktel::app
