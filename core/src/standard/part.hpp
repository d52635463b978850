// `Part`: what one run of one job puts, checked value by value against the declarations.
//
// Used by the run context in process and, later, by the child. One run, one Part; the caller locks.
// Nothing is coerced (an integer passes as RATIO and DURATION, times and granularity take their
// standard form) and nothing is truncated; what does not pass is dropped with a finding that never
// repeats the value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include <ktel/abi/types.h>
#include <ktel/report.hpp>

#include "plugin/declaration.hpp"

namespace ktel::standard {

class Part {
 public:
  // `job` must outlive the Part. masked: by field; max_bytes: of the part's canonical JSON.
  Part(const plugin::Job& job, std::vector<bool> masked, std::size_t max_bytes = 16 * 1024);

  // As ktel_host's put, put_entry and add say (plugin_api/include/ktel/abi/types.h).
  ktel_status put(std::uint32_t field, const ktel_value& value);
  ktel_status put_entry(std::uint32_t field, std::string_view key, const ktel_value& value);
  ktel_status add(std::uint32_t field, std::string_view key, std::int64_t n);

  // Ends the run: the fields that count, in canonical order; empty if nothing was put. A part over
  // max_bytes is dropped whole, with a finding.
  boost::json::object take();

  const std::vector<Finding>& findings() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ktel::standard
