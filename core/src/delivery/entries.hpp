// `ReportView`: one outgoing report as the ABI's ktel_report, its entries made from body and
// declarations.
//
// Holds everything the views point into; movable neither way, lives for one call into a backend.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include <ktel/abi/backend.h>
#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include "delivery/sink.hpp"

namespace ktel::delivery {

// The body once more, flat and typed. A key of the body that no field belongs to is a caller's: one
// entry with its JSON. A MAP gives an entry for each of its keys.
class Entries {
 public:
  // bad_input: the body is no JSON object (a damaged ledger row).
  static Result<std::unique_ptr<Entries>> open(std::string_view body,
                                               const std::vector<SentField>& fields);

  const std::vector<ktel_entry>& all() const noexcept { return entries_; }

 private:
  void add(const std::string& job, const boost::json::value& part,
           const std::vector<SentField>& fields);
  ktel_value value(const boost::json::value& json);

  boost::json::value body_;
  std::vector<SentField> fields_;
  std::deque<std::string> texts_;  // of JSON values; addresses stay
  std::deque<std::vector<ktel_value>> lists_;
  std::vector<ktel_entry> entries_;
};

class ReportView {
 public:
  // `report` must outlive the view.
  static Result<std::unique_ptr<ReportView>> open(const Outgoing& report,
                                                  const std::string& ktel_version);

  const ktel_report* get() const noexcept { return &report_; }

 private:
  std::string version_;
  std::unique_ptr<Entries> entries_;
  ktel_report report_{};
};

}  // namespace ktel::delivery
