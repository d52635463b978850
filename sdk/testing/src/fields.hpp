// `Fields`: what one run of a job puts, checked against its declaration.
//
// The rules are those of core/src/standard (part.cpp, check.cpp), less the forms of text;
// tests/sdk/parity_test.cpp holds the two against each other.
#pragma once

#include <ktel/abi/job.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ktel::sdk::testing {

class Fields {
 public:
  Fields(const ktel_job& job, const std::set<std::uint32_t>& masked);

  ktel_status put(std::uint32_t field, const ktel_value& value);
  ktel_status put_entry(std::uint32_t field, std::string_view key, const ktel_value& value);
  ktel_status add(std::uint32_t field, std::string_view key, std::int64_t n);

  // Ends the run: Outcome::fields.
  std::map<std::string, std::string> take();

  const std::vector<std::string>& findings() const noexcept { return findings_; }

 private:
  // At most one of `value` and the two maps is in use; of a field that is no MAP the key is "".
  struct Slot {
    std::optional<std::string> value;
    std::map<std::string, std::string, std::less<>> entries;
    std::map<std::string, std::int64_t, std::less<>> sums;
  };

  std::optional<std::string> accept(std::uint32_t field, std::uint32_t type,
                                    const ktel_value& value);
  std::optional<std::string> accept_list(std::uint32_t field, const ktel_value& value);
  bool scalar(std::uint32_t field, std::uint32_t type, ktel_value& value);
  ktel_status refuse(std::uint32_t field, const std::string& what,
                     ktel_status status = KTEL_E_INVALID);
  ktel_status refuse_index(std::uint32_t field);
  ktel_status done(std::uint32_t field) const;

  const ktel_job& job_;
  const std::set<std::uint32_t>& masked_;
  std::vector<Slot> slots_;
  std::vector<std::string> findings_;
};

}  // namespace ktel::sdk::testing
