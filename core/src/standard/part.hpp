// `Part`: what one run of one job puts, checked value by value against the declarations.
//
// Used by the run context in process and, later, by the child. One run, one Part; the caller locks.
// Nothing is coerced (an integer passes as RATIO and DURATION, times and granularity take their
// standard form) and nothing is truncated; what does not pass is dropped with a finding that never
// repeats the value. A job that fails the same way a thousand times leaves one finding.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include <ktel/abi/types.h>
#include <ktel/report.hpp>

#include "plugin/declaration.hpp"
#include "standard/check.hpp"

namespace ktel::standard {

class Part {
 public:
  // `job` must outlive the Part. masked: by field; max_bytes: of the part's canonical JSON.
  Part(const plugin::Job& job, const std::vector<bool>& masked, std::size_t max_bytes = 16 * 1024);

  // As ktel_host's put, put_entry and add say (plugin_api/include/ktel/abi/types.h).
  ktel_status put(std::uint32_t field, const ktel_value& value);
  ktel_status put_entry(std::uint32_t field, std::string_view key, const ktel_value& value);
  ktel_status add(std::uint32_t field, std::string_view key, std::int64_t n);

  // Ends the run: the fields that count, in canonical order; empty if nothing was put. A part over
  // max_bytes is dropped whole, with a finding.
  boost::json::object take();

  const std::vector<Finding>& findings() const noexcept { return findings_; }

 private:
  // One field. At most one of `value` and the two maps is in use.
  struct Slot {
    FieldCheck check;
    bool masked = false;
    std::optional<boost::json::value> value;
    std::map<std::string, boost::json::value, std::less<>> entries;  // of a MAP
    std::map<std::string, std::int64_t, std::less<>> sums;  // what add() counted; "": no MAP
  };

  ktel_status accept(std::uint32_t field, Verdict verdict, boost::json::value& into);
  ktel_status refuse(std::uint32_t field, std::string_view id, std::string text,
                     ktel_status status = KTEL_E_INVALID);
  ktel_status refuse_index(std::uint32_t field);
  ktel_status done(const Slot& slot) const noexcept;
  void note(std::uint32_t field, std::string_view id, FindingLevel level, std::string text);
  void settle_sums(std::uint32_t field);

  const plugin::Job& job_;
  const std::size_t max_bytes_;
  std::vector<Slot> slots_;
  std::vector<Finding> findings_;
  std::set<std::uint32_t> wrong_indexes_;
  std::set<std::pair<std::uint32_t, std::string>> noted_;  // field and text: once is enough
};

}  // namespace ktel::standard
