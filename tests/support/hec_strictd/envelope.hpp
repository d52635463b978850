// The body of POST /services/collector/event: concatenated JSON objects, judged one by one.
//
// Pure: bytes and rules in, the objects a Splunk would index and its answer code out. The defaults
// are Splunk's where Splunk is strict, and stricter where Splunk loses data behind a 200.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktel::test::hec {

struct EnvelopeRules {
  bool atomic = false;         // false: objects before a bad one are kept, as Splunk does
  bool accept_arrays = false;  // a top-level array of objects; Splunk took both sides over time
  bool drop_unknown = false;   // true: Splunk's way with an unknown key, 200 and silent loss
  bool skip_fields_only =
      false;  // true: Splunk's way with fields without event, 200 and silent loss
  std::size_t max_event = 5'000'000;
  std::vector<std::string> indexes = {};  // allowed for this token; empty: all
};

// Members as they stand in the request; `event` is a view into the body.
struct Object {
  std::size_t ordinal = 0;  // in its request
  std::string_view event = {};
  std::string_view fields = {};
  std::string time = {};  // decimal digits as sent
  std::string host = {};
  std::string source = {};
  std::string sourcetype = {};
  std::string index = {};
  std::string id = {};  // fields.ktel_id
};

struct Verdict {
  int code = 0;
  std::optional<std::size_t> event_number = {};  // what "invalid-event-number" says
  std::string reason = {};                       // for people who read the journal
  std::vector<Object> accepted = {};
};

Verdict read_events(std::string_view body, const EnvelopeRules& rules);

}  // namespace ktel::test::hec
