// The rules of every type, one function each.
#include "standard/check.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "standard/names.hpp"
#include "standard/semver.hpp"
#include "standard/time_value.hpp"
#include "standard/tripwire.hpp"

namespace ktel::standard {
namespace {

constexpr std::uint32_t longest_token = 64;
constexpr std::uint32_t longest_list = 256;  // where none is declared

std::string_view kind_of(const ktel_value& value) {
  switch (value.type) {
    case KTEL_V_ABSENT:
    case KTEL_V_NULL:
      return "nothing";
    case KTEL_V_BOOL:
      return "a bool";
    case KTEL_V_I64:
      return "an integer";
    case KTEL_V_F64:
      return "a number";
    case KTEL_V_STRING:
      return "text";
    case KTEL_V_LIST:
      return "a list";
    case KTEL_V_JSON:
      return "JSON";
    default:
      return "something unknown";
  }
}

Refusal mismatch(std::uint32_t type, const ktel_value& value) {
  return {"type-mismatch",
          fmt::format("{} was put where the declared type is {}", kind_of(value), type_name(type))};
}

Refusal invalid(std::string text) { return {"invalid-value", std::move(text)}; }

// What a plugin handed over: a pointer that is not there reads as "no text".
std::optional<std::string_view> text_of(const ktel_value& value) {
  if (value.type != KTEL_V_STRING || (value.str.ptr == nullptr && value.str.len > 0)) {
    return std::nullopt;
  }
  return std::string_view(value.str.ptr, value.str.len);
}

std::optional<Refusal> out_of_range(const plugin::Field& field, double n) {
  if (field.min == 0 && field.max == 0) return std::nullopt;
  if (n < field.min) return invalid(fmt::format("the value is below the declared {}", field.min));
  if (n > field.max) return invalid(fmt::format("the value is above the declared {}", field.max));
  return std::nullopt;
}

// Towards zero, to a power of two; 0 stays 0.
std::int64_t round_to_power(std::int64_t n) {
  const auto bits = static_cast<std::uint64_t>(n);
  const std::uint64_t power = std::bit_floor(n < 0 ? 0 - bits : bits);
  return static_cast<std::int64_t>(n < 0 ? 0 - power : power);
}

double round_to_power(double n) {
  if (n == 0) return n;
  int exponent = 0;
  std::frexp(n, &exponent);  // |n| is 0.5 to 1 times two to the exponent
  return std::copysign(std::ldexp(1.0, exponent - 1), n);
}

// Of items of one type: text by its bytes, numbers and bools by their value.
bool before(const boost::json::value& a, const boost::json::value& b) {
  if (a.is_string()) return std::string_view(a.get_string()) < std::string_view(b.get_string());
  if (a.is_int64()) return a.get_int64() < b.get_int64();
  if (a.is_double()) return a.get_double() < b.get_double();
  return a.get_bool() < b.get_bool();
}

}  // namespace

FieldCheck::FieldCheck(const plugin::Field& field) : field_(field) {
  const bool of_items = field.type == KTEL_T_LIST || field.type == KTEL_T_MAP;
  if ((of_items ? field.item : field.type) == KTEL_T_TOKEN) {
    pattern_ = Pattern::compile(field.pattern);
  }
}

bool FieldCheck::listed(std::string_view value) const {
  return std::any_of(field_.values.begin(), field_.values.end(),
                     [&](const plugin::Label& label) { return label.value == value; });
}

Verdict FieldCheck::whole(const ktel_value& value) const {
  if (field_.type == KTEL_T_LIST) return list(value);
  if (field_.type == KTEL_T_MAP) {
    return Refusal{"type-mismatch", "a whole map was put, its keys are put one by one"};
  }
  return scalar(field_.type, value);
}

Verdict FieldCheck::entry(const ktel_value& value) const {
  if (field_.type != KTEL_T_MAP) {
    return Refusal{"type-mismatch", fmt::format("a key was put where the declared type is {}",
                                                type_name(field_.type))};
  }
  return scalar(field_.item, value);
}

Verdict FieldCheck::scalar(std::uint32_t type, const ktel_value& value) const {
  switch (type) {
    case KTEL_T_BOOL:
      if (value.type != KTEL_V_BOOL || (value.i64 != 0 && value.i64 != 1)) break;
      return Accepted{value.i64 == 1};
    case KTEL_T_COUNT:
    case KTEL_T_INT:
    case KTEL_T_BYTES:
      if (value.type != KTEL_V_I64) break;
      return integer(type, value);
    case KTEL_T_RATIO:
    case KTEL_T_DURATION:
      if (value.type != KTEL_V_I64 && value.type != KTEL_V_F64) break;
      if (type == KTEL_T_RATIO && value.type == KTEL_V_I64 && value.i64 != 0 && value.i64 != 1) {
        return invalid("the value is not from 0 to 1");
      }
      if (type == KTEL_T_RATIO && value.type == KTEL_V_F64 && !(value.f64 >= 0 && value.f64 <= 1)) {
        return invalid("the value is not from 0 to 1");
      }
      return number(value);
    case KTEL_T_ENUM:
      return choice(value);
    case KTEL_T_SEMVER:
      return version(value);
    case KTEL_T_TIME:
      return time(value);
    case KTEL_T_TOKEN:
      return token(value);
    default:
      return Refusal{"type-mismatch", "the declared type is none that can leave"};
  }
  return mismatch(type, value);
}

Verdict FieldCheck::integer(std::uint32_t type, const ktel_value& value) const {
  if (type != KTEL_T_INT && value.i64 < 0) return invalid("the value is below 0");
  if (const auto refusal = out_of_range(field_, static_cast<double>(value.i64))) return *refusal;
  return Accepted{field_.granularity == KTEL_G_POW2 ? round_to_power(value.i64) : value.i64};
}

Verdict FieldCheck::number(const ktel_value& value) const {
  const double n = value.type == KTEL_V_I64 ? static_cast<double>(value.i64) : value.f64;
  if (!std::isfinite(n)) return invalid("the value is not a finite number");
  if (const auto refusal = out_of_range(field_, n)) return *refusal;
  return Accepted{field_.granularity == KTEL_G_POW2 ? round_to_power(n) : n};
}

// Enum values, map keys and versions are spared the tripwire: the first two are the author's own
// closed words, and a version has a form of its own ("1.27.8-alpine.linux" would look like a name).
Verdict FieldCheck::choice(const ktel_value& value) const {
  const auto text = text_of(value);
  if (!text) return mismatch(KTEL_T_ENUM, value);
  if (listed(*text)) return Accepted{boost::json::string(*text)};
  if (field_.other.empty()) return invalid("the value is not listed, and no other stands for it");
  return Accepted{boost::json::string(field_.other), true};
}

Verdict FieldCheck::version(const ktel_value& value) const {
  const auto text = text_of(value);
  if (!text) return mismatch(KTEL_T_SEMVER, value);
  const auto coarse = coarsen_version(*text, field_.granularity);
  if (!coarse) return invalid("the text is not a version");
  return Accepted{boost::json::string(*coarse)};
}

Verdict FieldCheck::time(const ktel_value& value) const {
  const auto text = text_of(value);
  if (!text && value.type != KTEL_V_I64) return mismatch(KTEL_T_TIME, value);
  const auto seconds = text ? parse_time(*text) : std::optional(value.i64);
  if (!seconds) return invalid("the text is not a time of RFC 3339");
  const auto form = time_text(*seconds, field_.granularity);
  if (!form) return invalid("the time is before 1970 or after 9999");
  return Accepted{boost::json::string(*form)};
}

Verdict FieldCheck::token(const ktel_value& value) const {
  const auto text = text_of(value);
  if (!text) return mismatch(KTEL_T_TOKEN, value);
  const std::uint32_t longest =
      field_.max_length == 0 ? longest_token : std::min(field_.max_length, longest_token);
  if (text->empty()) return invalid("the text is empty; what is not there is not put");
  if (text->size() > longest)
    return invalid(fmt::format("the text is longer than {} bytes", longest));
  if (!std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    return invalid("the text holds a character that is not printable ASCII");
  }
  if (!pattern_ || !*pattern_) return invalid("the declared pattern is no regular expression");
  if (!(*pattern_)->matches(*text)) return invalid("the text does not match the declared pattern");
  if (const auto shape = find_shape(*text)) {
    return Refusal{"tripwire", fmt::format("the text is shaped like {}", describe(*shape))};
  }
  return Accepted{boost::json::string(*text)};
}

Verdict FieldCheck::list(const ktel_value& value) const {
  if (value.type != KTEL_V_LIST || (value.items == nullptr && value.count > 0)) {
    return mismatch(KTEL_T_LIST, value);
  }
  Accepted whole;
  std::vector<boost::json::value> items;
  for (std::uint32_t i = 0; i < value.count; ++i) {
    Verdict verdict = scalar(field_.item, value.items[i]);
    if (auto* refusal = std::get_if<Refusal>(&verdict)) {
      return Refusal{refusal->id, "in an item of the list: " + refusal->text};
    }
    Accepted& item = std::get<Accepted>(verdict);
    whole.other = whole.other || item.other;
    items.push_back(std::move(item.value));
  }
  std::sort(items.begin(), items.end(), before);
  items.erase(std::unique(items.begin(), items.end()), items.end());
  const std::uint32_t most = field_.max_items == 0 ? longest_list : field_.max_items;
  if (items.size() > most) return invalid(fmt::format("the list has more than {} items", most));
  whole.value = boost::json::array(items.begin(), items.end());
  return whole;
}

}  // namespace ktel::standard
