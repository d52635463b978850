// Verdicts: see the header.
#include "workflow/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktel::workflow {
namespace {

constexpr std::string_view code_name(ktel_status status) {
  switch (status) {
    case KTEL_E_CANCELLED:
      return "CANCELLED";
    case KTEL_E_DEADLINE:
      return "DEADLINE";
    case KTEL_E_DENIED:
      return "DENIED";
    case KTEL_E_ABSENT:
      return "ABSENT";
    case KTEL_E_SKIPPED:
      return "SKIPPED";
    case KTEL_E_INVALID:
      return "INVALID";
    case KTEL_E_UNSUPPORTED:
      return "UNSUPPORTED";
    case KTEL_E_LIMIT:
      return "LIMIT";
    case KTEL_E_STATE:
      return "STATE";
    default:
      return "FAILED";
  }
}

Verdict of_status(ktel_status status, bool partial_ok, const std::string& reason) {
  if (status == KTEL_PARTIAL && partial_ok) return {JobState::partial, reason};
  if (status == KTEL_PARTIAL) {
    return {JobState::failed, "returned PARTIAL, which it does not declare that it may"};
  }
  if (status >= 0) return {JobState::ok, {}};
  if (status == KTEL_E_ABSENT || status == KTEL_E_SKIPPED) return {JobState::nothing, reason};
  if (!reason.empty()) return {JobState::failed, fmt::format("{}: {}", code_name(status), reason)};
  if (status == KTEL_E_DENIED) return {JobState::failed, "DENIED: what it reads is forbidden"};
  return {JobState::failed, fmt::format("failed ({}) and gave no reason", status)};
}

}  // namespace

Verdict judge(const Return& of, const Terms& terms) {
  if (of.uncalled) return *of.uncalled;
  if (of.took >= terms.timeout) return overran(terms.timeout);
  if (terms.ended && of.status < 0) return *terms.ended;
  if (!of.started) return {JobState::failed, of.started.error().message};
  Verdict verdict = of_status(of.status, terms.partial_ok, of.reason);
  const bool has_part = verdict.state == JobState::ok || verdict.state == JobState::partial;
  if (!has_part || !of.part.empty()) return verdict;
  const bool dropped = std::any_of(of.findings.begin(), of.findings.end(), [](const Finding& it) {
    return it.level == FindingLevel::error;
  });
  if (dropped) return {JobState::failed, "nothing of what it put passed its declarations"};
  if (verdict.state == JobState::ok) verdict.state = JobState::nothing;
  return verdict;
}

Verdict overran(std::chrono::milliseconds timeout, std::string_view where) {
  return {JobState::timed_out,
          fmt::format("overran its deadline of {} ms{}", timeout.count(), where)};
}

Verdict hangs_in(std::string_view function) {
  return {JobState::failed,
          fmt::format("its plugin still hangs in {}, which overran its deadline", function)};
}

Verdict ended_early(ktel_status why, std::chrono::milliseconds run_timeout) {
  if (why == KTEL_E_CANCELLED) return {JobState::stopped, "the run was stopped"};
  return {
      JobState::timed_out,
      fmt::format("the run's time limit of {} ms passed before it was done", run_timeout.count())};
}

bool usable(JobState state) {
  return state == JobState::ok || state == JobState::partial || state == JobState::nothing;
}

ktel_status for_others(JobState state) {
  return usable(state) || state == JobState::withheld ? KTEL_OK : KTEL_E_FAILED;
}

bool came_back(JobState state) {
  return state != JobState::timed_out && state != JobState::stopped;
}

std::optional<Finding> finding_of(const JobRecord& record, const plugin::CatalogPlugin& plugin) {
  std::string id;
  std::string what = record.why;
  switch (record.state) {
    case JobState::failed:
    case JobState::lost:
      id = "job-failed";
      break;
    case JobState::timed_out:
      id = "job-timeout";
      break;
    case JobState::partial:
      id = "job-partial";
      what = "reported a part only" + (what.empty() ? "" : ": " + what);
      break;
    default:
      return std::nullopt;
  }
  const std::string from = plugin.file.empty() ? plugin.declared.id : plugin.file.string();
  return Finding{.id = id,
                 .level = FindingLevel::warn,
                 .job = record.name,
                 .field = {},
                 .text = fmt::format("{} ({})", what, from),
                 .next = fmt::format("`ktel jobs describe {}` says whom to tell", record.name)};
}

Finding misuse_of(const std::string& job) {
  return {.id = "call-kept",
          .level = FindingLevel::warn,
          .job = job,
          .field = {},
          .text = "it uses its call after it has returned, which will crash one day",
          .next = "ask its maker for a corrected build"};
}

}  // namespace ktel::workflow
