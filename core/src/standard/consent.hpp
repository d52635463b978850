// Consent: may this process collect, and may it send? The most restrictive vote wins.
//
// Pure: whoever asks has read the variables and the options. Decided before anything else happens,
// so that off means no socket at all.
#pragma once

#include <optional>
#include <string>

namespace ktel::standard {

// In ascending order of what is allowed: nothing; collect and show; collect and send.
enum class ConsentState { off, local, on };

struct Votes {
  std::optional<std::string> do_not_track = {};    // DO_NOT_TRACK as it is set
  std::optional<std::string> ktel_telemetry = {};  // KTEL_TELEMETRY as it is set
  std::optional<ConsentState> options = {};  // of the policy file, or of the embedding program
  std::string options_name = "the configuration";  // what a sentence calls that one
  bool report_server = false;                      // a report server was named for this very run
  ConsentState nobody = ConsentState::local;  // if nobody votes: the command's; a library says off
};

struct Consent {
  ConsentState state = ConsentState::off;
  std::string by;        // the vote that decided: "DO_NOT_TRACK"; empty: nobody voted
  std::string sentence;  // for the operator: what holds, and why
};

// An explicit report server counts as on where no vote says otherwise. A variable that says neither
// on nor local is off, whatever it says.
Consent decide(const Votes& votes);

}  // namespace ktel::standard
