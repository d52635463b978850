// What a scan child tells its parent: one JSON object a line.
//
//   {"ktel":"0.1.0"}                          hello, before the file is touched
//   {"loaded":true}                           its constructors have returned
//   {"entry_ms":3,"plugin":{},"refused":[]}   what it declares
//   {"why":"..."}                             or why it is refused as a whole
//
// The plugin has run in the child when the last line comes: the parent takes no line for granted.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include <ktel/result.hpp>

#include "plugin/scan.hpp"

namespace ktel::plugin {

std::string hello_line(const std::string& version);
std::string loaded_line();
std::string answer_line(const Result<Scanned>& scanned);

// The part of an answer the cache keeps too.
boost::json::value description_json(const Description& description);
Result<Description> description_from_json(const boost::json::value& value);

// What has come so far, or all of it.
struct Received {
  bool hello = false;
  bool loaded = false;
  bool answered = false;
  std::string version;
  Result<Scanned> answer;  // if answered
};

// bad_input: a line that is none of the above.
Result<Received> read_messages(std::string_view text);

}  // namespace ktel::plugin
