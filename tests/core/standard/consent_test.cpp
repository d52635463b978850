// The table of votes.
#include "standard/consent.hpp"

#include <doctest/doctest.h>

using ktel::standard::Consent;
using ktel::standard::ConsentState;
using ktel::standard::decide;
using ktel::standard::Votes;

TEST_SUITE_BEGIN("core/standard/consent");

TEST_CASE("DO_NOT_TRACK is off unless it is empty, 0 or false") {
  for (const char* text : {"1", "true", "yes", "off", " ", "00"}) {
    CAPTURE(text);
    const Consent consent =
        decide({.do_not_track = text, .ktel_telemetry = "on", .report_server = true});
    CHECK(consent.state == ConsentState::off);
    CHECK(consent.by == "DO_NOT_TRACK");
    CHECK(consent.sentence ==
          "Off: DO_NOT_TRACK is set; nothing was collected and no connection was made.");
  }
  for (const char* text : {"", "0", "false", "False"}) {
    CAPTURE(text);
    CHECK(decide({.do_not_track = text}).state == ConsentState::local);
    CHECK(decide({.do_not_track = text, .report_server = true}).state == ConsentState::on);
  }
}

TEST_CASE("KTEL_TELEMETRY is on, local or off, and any other text is off") {
  for (const char* text : {"on", "1", "true", "ON"}) {
    CHECK(decide({.ktel_telemetry = text}).state == ConsentState::on);
  }
  CHECK(decide({.ktel_telemetry = "on"}).sentence == "On: KTEL_TELEMETRY is on.");
  CHECK(decide({.ktel_telemetry = "local", .report_server = true}).sentence ==
        "Local: KTEL_TELEMETRY is local; the report is shown and not sent.");
  for (const char* text : {"off", "0", "false"}) {
    CHECK(decide({.ktel_telemetry = text, .report_server = true}).sentence ==
          "Off: KTEL_TELEMETRY is off; nothing was collected and no connection was made.");
  }
  for (const char* text : {"", "yes", "onn", "enabled"}) {
    CAPTURE(text);
    CHECK(decide({.ktel_telemetry = text}).sentence ==
          "Off: KTEL_TELEMETRY is none of on, local and off; nothing was collected and no "
          "connection was made.");
  }
}

TEST_CASE("the most restrictive vote wins, of equal ones the first is named") {
  CHECK(decide({.ktel_telemetry = "local", .options = ConsentState::off}).by ==
        "the configuration");
  CHECK(decide({.ktel_telemetry = "off", .options = ConsentState::off}).by == "KTEL_TELEMETRY");
  const Consent policy = decide({.ktel_telemetry = "on",
                                 .options = ConsentState::local,
                                 .options_name = "the policy file /etc/ktel/policy.yaml",
                                 .report_server = true});
  CHECK(policy.state == ConsentState::local);
  CHECK(policy.sentence ==
        "Local: local was asked for by the policy file /etc/ktel/policy.yaml; the report is shown "
        "and "
        "not sent.");
}

TEST_CASE(
    "where nobody votes, a named report server is consent for the run, else the default holds") {
  CHECK(decide({.report_server = true}).sentence == "On: a report server was named for this run.");
  CHECK(decide({}).sentence == "Local: nobody has consented; the report is shown and not sent.");
  CHECK(decide({.nobody = ConsentState::off}).sentence ==
        "Off: nobody has consented; nothing was collected and no connection was made.");
  CHECK(decide({}).by.empty());
}

TEST_SUITE_END();
