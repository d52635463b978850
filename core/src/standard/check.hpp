// `FieldCheck`: does one value fit one declaration, and in which form does it leave?
//
// `Part` keeps one a field. Nothing is coerced but what the standard names: an integer passes as
// RATIO and DURATION, an enum value that is not listed becomes `other`, times and lists take their
// one form, and the declared granularity is applied. Immutable, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <boost/json/value.hpp>

#include <ktel/abi/types.h>
#include <ktel/result.hpp>

#include "plugin/declaration.hpp"
#include "standard/pattern.hpp"

namespace ktel::standard {

struct Accepted {
  boost::json::value value;
  bool other = false;  // a value that is not listed became `other`
};

struct Refusal {
  std::string_view id;  // of the finding: "type-mismatch", "invalid-value", "tripwire"
  std::string text;     // what is wrong, without the value, which may itself be a name
};

using Verdict = std::variant<Accepted, Refusal>;

class FieldCheck {
 public:
  explicit FieldCheck(const plugin::Field& field);  // which must outlive it

  // The whole value of a field; of a MAP there is none.
  Verdict whole(const ktel_value& value) const;

  // The value of one key of a MAP.
  Verdict entry(const ktel_value& value) const;

  // Is it one of the declared values of an ENUM, or keys of a MAP?
  bool listed(std::string_view value) const;

 private:
  Verdict scalar(std::uint32_t type, const ktel_value& value) const;
  Verdict list(const ktel_value& value) const;
  Verdict integer(std::uint32_t type, const ktel_value& value) const;
  Verdict number(const ktel_value& value) const;
  Verdict choice(const ktel_value& value) const;
  Verdict version(const ktel_value& value) const;
  Verdict time(const ktel_value& value) const;
  Verdict token(const ktel_value& value) const;

  const plugin::Field& field_;
  std::optional<Result<Pattern>> pattern_;  // of a TOKEN, or of a LIST or MAP of them
};

}  // namespace ktel::standard
