// Votes: see the header.
#include "app/votes.hpp"

#include <optional>

namespace ktel::app {
namespace {

using standard::ConsentState;

std::optional<ConsentState> embedder_vote(const std::optional<Consent>& consent) {
  if (!consent) return std::nullopt;
  switch (*consent) {
    case Consent::off:
      return ConsentState::off;
    case Consent::local:
      return ConsentState::local;
    case Consent::on:
      return ConsentState::on;
  }
  return ConsentState::off;
}

}  // namespace

standard::Consent ask_consent(const WorkflowOptions& options, const Env& env) {
  return standard::decide({.do_not_track = env("DO_NOT_TRACK"),
                           .ktel_telemetry = env("KTEL_TELEMETRY"),
                           .options = embedder_vote(options.consent),
                           .options_name = "the options",
                           .report_server = false,
                           .nobody = ConsentState::off});
}

}  // namespace ktel::app
