// The declaration of ktel-loss.
#include "standard/loss_job.hpp"

#include <ktel/abi/job.h>

namespace ktel::standard {
namespace {

plugin::Job declare() {
  plugin::Job job;
  job.name = "ktel-loss";
  job.title = "Reports that were lost";
  job.summary = "How many reports this destination will never get, and from when they were.";
  job.question = "Which gaps in what arrives are ours?";
  job.benefit = "Nobody takes a gap for a cluster that is gone, or for one where nothing changed.";
  job.owner = "team-platform";
  job.contact = "https://ktel.io/telemetry";
  job.since = "0.1.0";
  job.expires = "2028-06-30";
  job.stability = KTEL_STABLE;

  const auto add = [&job](const char* name, std::uint32_t type, std::uint32_t sensitivity,
                          std::uint32_t granularity) -> plugin::Field& {
    plugin::Field& field = job.fields.emplace_back();
    field.name = name;
    field.type = type;
    field.sensitivity = sensitivity;
    field.granularity = granularity;
    field.question = job.question;
    field.benefit = job.benefit;
    field.owner = job.owner;
    field.since = job.since;
    field.expires = job.expires;
    field.stability = job.stability;
    return field;
  };
  plugin::Field& expired = add("expired_count", KTEL_T_COUNT, KTEL_S_SCALE, KTEL_G_EXACT);
  expired.unit = "{report}";
  expired.metric = KTEL_M_GAUGE;
  expired.description = "Reports given up because they waited for longer than the operator allows.";
  expired.example = "3";
  expired.absent_when = "There is none.";
  plugin::Field& evicted = add("evicted_count", KTEL_T_COUNT, KTEL_S_SCALE, KTEL_G_EXACT);
  evicted.unit = "{report}";
  evicted.metric = KTEL_M_GAUGE;
  evicted.description =
      "Reports given up because the ledger was full, or because more were rejected here than a "
      "tenth of it holds.";
  evicted.example = "12";
  evicted.absent_when = "There is none.";
  plugin::Field& first = add("first_recorded", KTEL_T_TIME, KTEL_S_ACTIVITY, KTEL_G_HOUR);
  first.description = "When the first of them was recorded.";
  first.example = "2026-11-25 08:00:00";
  first.absent_when = "Never.";
  plugin::Field& last = add("last_recorded", KTEL_T_TIME, KTEL_S_ACTIVITY, KTEL_G_HOUR);
  last.description = "When the last of them was recorded.";
  last.example = "2026-11-26 17:00:00";
  last.absent_when = "Never.";
  return job;
}

}  // namespace

const plugin::Job& loss_job() {
  static const plugin::Job job = declare();
  return job;
}

}  // namespace ktel::standard
