// Verdicts: see the header.
#include "app/verdicts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktel::app {
namespace {

constexpr std::size_t most_reasons = 5;

struct Fate {
  Errc code;
  std::string words;
};

Fate fate_of(const delivery::DeliveryResult& done, bool kept) {
  const std::string lost = "the report was not kept and is lost";
  switch (done.state) {
    case delivery::State::dead:
      return {Errc::undelivered,
              kept ? "the report server rejects this report, which is kept as dead: `ktel reports "
                     "show` prints it"
                   : lost};
    case delivery::State::withdrawn:
      return {Errc::not_allowed, "consent was withdrawn meanwhile: it will not be sent"};
    default:
      return {done.last.cause == delivery::Cause::auth ? Errc::forbidden : Errc::undelivered,
              kept ? "the report is kept; `ktel reports send` tries again" : lost};
  }
}

}  // namespace

std::string said(const Finding& finding) {
  std::string where = finding.job;
  if (!finding.field.empty()) where += "." + finding.field;
  return fmt::format("{}{}{}{}{}", where, where.empty() ? "" : ": ", finding.text,
                     finding.next.empty() ? "" : "; ", finding.next);
}

std::optional<Error> nothing_usable(const workflow::RunOutput& output) {
  if (!output.parts.empty()) return std::nullopt;
  if (output.refused) return output.refused;
  // One server that is not there fails every read of every job: it is said once.
  struct Reason {
    const Finding* first;
    bool of_one_job;
  };
  std::vector<Reason> reasons;
  for (const Finding& finding : output.findings) {
    if (finding.level == FindingLevel::note) continue;
    const auto same = std::find_if(reasons.begin(), reasons.end(), [&](const Reason& reason) {
      return reason.first->text == finding.text;
    });
    if (same == reasons.end()) {
      reasons.push_back({&finding, true});
    } else if (same->first->job != finding.job) {
      same->of_one_job = false;
    }
  }
  if (reasons.empty()) return std::nullopt;
  std::string sentence = "there is nothing to report";
  for (std::size_t i = 0; i < std::min(reasons.size(), most_reasons); ++i) {
    Finding shown = *reasons[i].first;
    if (!reasons[i].of_one_job) shown.job = shown.field = "";
    sentence += (i == 0 ? ": " : "; ") + said(shown);
  }
  if (reasons.size() > most_reasons) {
    sentence += fmt::format("; and {} more reasons", reasons.size() - most_reasons);
  }
  return Error{Errc::no_result, std::move(sentence)};
}

Receipt receipt_of(const delivery::DeliveryResult& done, const std::string& destination,
                   bool kept) {
  Receipt receipt{.destination = destination,
                  .state = std::string(delivery::to_string(done.state)),
                  .attempts = done.attempts,
                  .text = done.last.text,
                  .error = std::nullopt};
  if (done.state == delivery::State::delivered) return receipt;
  if (!kept) receipt.state = "lost";
  const Fate fate = fate_of(done, kept);
  const std::string why = done.last.text.empty() ? "not delivered in time" : done.last.text;
  receipt.error = Error{fate.code, fmt::format("{}: {}; {}", destination, why, fate.words)};
  return receipt;
}

}  // namespace ktel::app
