// Votes are counted in a fixed order, so that of equal ones the first is named.
#include "standard/consent.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace ktel::standard {
namespace {

struct Vote {
  ConsentState state;
  std::string by;
  std::string says;  // "DO_NOT_TRACK is set"
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view name(ConsentState state) {
  return state == ConsentState::on ? "on" : state == ConsentState::local ? "local" : "off";
}

std::optional<Vote> do_not_track(const std::string& text) {
  const std::string word = lower(text);
  if (word.empty() || word == "0" || word == "false") return std::nullopt;
  return Vote{ConsentState::off, "DO_NOT_TRACK", "DO_NOT_TRACK is set"};
}

Vote ktel_telemetry(const std::string& text) {
  const std::string word = lower(text);
  const std::string by = "KTEL_TELEMETRY";
  if (word == "on" || word == "1" || word == "true") {
    return {ConsentState::on, by, "KTEL_TELEMETRY is on"};
  }
  if (word == "local") return {ConsentState::local, by, "KTEL_TELEMETRY is local"};
  if (word == "off" || word == "0" || word == "false") {
    return {ConsentState::off, by, "KTEL_TELEMETRY is off"};
  }
  return {ConsentState::off, by, "KTEL_TELEMETRY is none of on, local and off"};
}

std::vector<Vote> count(const Votes& votes) {
  std::vector<Vote> cast;
  if (votes.do_not_track) {
    if (auto vote = do_not_track(*votes.do_not_track)) cast.push_back(std::move(*vote));
  }
  if (votes.ktel_telemetry) cast.push_back(ktel_telemetry(*votes.ktel_telemetry));
  if (votes.options) {
    cast.push_back(
        {*votes.options, votes.options_name,
         fmt::format("{} was asked for by {}", name(*votes.options), votes.options_name)});
  }
  if (votes.report_server) {
    cast.push_back({ConsentState::on, "--report-server", "a report server was named for this run"});
  }
  return cast;
}

std::string sentence(const Vote& vote) {
  switch (vote.state) {
    case ConsentState::off:
      return fmt::format("Off: {}; nothing was collected and no connection was made.", vote.says);
    case ConsentState::local:
      return fmt::format("Local: {}; the report is shown and not sent.", vote.says);
    case ConsentState::on:
      return fmt::format("On: {}.", vote.says);
  }
  return {};
}

}  // namespace

Consent decide(const Votes& votes) {
  const std::vector<Vote> cast = count(votes);
  if (cast.empty()) {
    const Vote none{votes.nobody, "", "nobody has consented"};
    return {none.state, none.by, sentence(none)};
  }
  const Vote* decisive = &cast.front();
  for (const Vote& vote : cast) {
    if (vote.state < decisive->state) decisive = &vote;
  }
  return {decisive->state, decisive->by, sentence(*decisive)};
}

}  // namespace ktel::standard
