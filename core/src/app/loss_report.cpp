// Loss reports: see the header.
#include "app/loss_report.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "report/merge.hpp"
#include "standard/loss_job.hpp"
#include "standard/part.hpp"

namespace ktel::app {
namespace {

ktel_value whole(std::int64_t number) {
  ktel_value value{};
  value.type = KTEL_V_I64;
  value.i64 = number;
  return value;
}

}  // namespace

std::optional<Report> loss_report(const std::vector<delivery::Loss>& losses,
                                  const std::vector<bool>& masked,
                                  std::chrono::system_clock::time_point now) {
  std::int64_t expired = 0;
  std::int64_t evicted = 0;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = 0;
  for (const delivery::Loss& loss : losses) {
    auto& count = loss.state == delivery::State::expired ? expired : evicted;
    count += static_cast<std::int64_t>(loss.count);
    first = std::min(first, loss.first_us);
    last = std::max(last, loss.last_us);
  }
  const plugin::Job& job = standard::loss_job();
  standard::Part part(job, masked);
  const std::array<std::int64_t, 4> values = {expired, evicted, first / 1'000'000,
                                              last / 1'000'000};
  for (std::uint32_t field = 0; field < values.size(); ++field) {
    if (values[field] > 0) part.put(field, whole(values[field]));
  }
  const boost::json::object put = part.take();
  const auto body = report::merge({{job.name, put}}, {});
  if (!body) return std::nullopt;

  Report report;
  report.body = body->bytes;
  report.sha256 = body->sha256;
  for (const plugin::Field& field : job.fields) {
    if (!put.contains(field.name)) continue;
    report.fields.push_back(
        {job.name, field.name, field.type, field.metric, field.unit, field.alias});
  }
  report.record.id = make_uuid7(now);
  report.record.signal = job.name;
  report.record.time_s = std::chrono::system_clock::to_time_t(now);
  report.record.started = rfc3339(now);
  report.record.ended = report.record.started;
  report.record.origins = body->origins;
  return report;
}

}  // namespace ktel::app
