// log_of and metrics_of: see the header.
#include "export.hpp"

#include <algorithm>

#include <ktel/sdk/guard.hpp>
#include <ktel/sdk/text.hpp>

namespace otlp {
namespace {

using ktel::sdk::Refusal;
using ktel::sdk::view;

std::uint64_t nanoseconds(std::int64_t seconds) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)) * 1'000'000'000u;
}

// An array with a stride: a newer host's entries may be larger than the ones known here.
const ktel_entry& entry_at(const ktel_report& report, std::uint32_t i) {
  const char* const first = reinterpret_cast<const char*>(report.entries);
  return *reinterpret_cast<const ktel_entry*>(first + std::size_t{i} * report.entry_stride);
}

// By the declared type, not by how the number happens to be written: a ratio of 1 stays a double,
// or its time series would change type. (Of a map's items no type is known here.)
std::variant<std::int64_t, double> number(const ktel_entry& entry, const std::string& name) {
  const ktel_value& value = entry.value;
  const bool real = entry.type == KTEL_T_RATIO || entry.type == KTEL_T_DURATION;
  if (value.type == KTEL_V_I64 && real) return static_cast<double>(value.i64);
  if (value.type == KTEL_V_I64) return value.i64;
  if (value.type == KTEL_V_F64) return value.f64;
  throw Refusal(KTEL_E_INVALID, name +
                                    " is no number that OTLP has a form for: send the report to a "
                                    "destination with as=logs");
}

}  // namespace

Log log_of(const ktel_report& report) {
  Log log;
  log.version = view(report.version);
  log.time_ns = nanoseconds(report.time_s);
  log.event = view(report.signal);
  log.body = view(report.body);
  log.attributes = {{"ktel.report.id", view(report.id_text)},
                    {"ktel.signal", view(report.signal)},
                    {"ktel.standard", std::int64_t{report.standard}},
                    {"ktel.findings", std::int64_t{report.findings}}};
  if (report.attempt > 1) log.attributes.push_back({"ktel.attempt", std::int64_t{report.attempt}});
  return log;
}

Metrics metrics_of(const ktel_report& report) {
  Metrics metrics;
  metrics.version = view(report.version);
  metrics.time_ns = nanoseconds(report.time_s);
  for (std::uint32_t i = 0; i < report.entry_count; ++i) {
    const ktel_entry& entry = entry_at(report, i);
    // The items of a list have no names to tell them apart by.
    if (entry.metric != KTEL_M_GAUGE || entry.type == KTEL_T_LIST) continue;
    std::string name =
        "ktel." + std::string(view(entry.job)) + "." + std::string(view(entry.field));
    Point point{.attributes = {{"ktel.signal", view(report.signal)}}, .value = number(entry, name)};
    if (const std::string_view key = view(entry.key); !key.empty()) {
      point.attributes.push_back({"ktel.key", key});
    }
    // The keys of a MAP follow each other.
    if (metrics.gauges.empty() || metrics.gauges.back().name != name) {
      metrics.gauges.push_back({.name = std::move(name), .unit = view(entry.unit), .points = {}});
    }
    metrics.gauges.back().points.push_back(std::move(point));
  }
  if (metrics.gauges.empty()) {
    throw Refusal(
        KTEL_E_INVALID,
        "the report has no field that is a metric: send it to a destination with as=logs, "
        "or choose jobs that have some (`ktel jobs describe JOB` says metric: gauge)");
  }
  return metrics;
}

}  // namespace otlp
