// A field: what can leave.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <locale>
#include <regex>

#include "plugin/describe_parts.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::plugin {
namespace {

constexpr std::uint32_t longest_token = 64;
constexpr std::uint32_t longest_list = 256;

bool is_number(std::uint32_t type) {
  return type == KTEL_T_COUNT || type == KTEL_T_INT || type == KTEL_T_RATIO ||
         type == KTEL_T_DURATION || type == KTEL_T_BYTES;
}

// What one value of the field is: of a list or a map, its items.
std::uint32_t scalar_of(const Field& field) {
  return field.type == KTEL_T_LIST || field.type == KTEL_T_MAP ? field.item : field.type;
}

void describe_type(Inspection& in, const ktel_field& given, Field& field) {
  field.type = given.type;
  field.item = given.item;
  if (given.type == KTEL_T_TEXT) return in.refuse("type is TEXT: no free text leaves");
  in.code(given.type, KTEL_T_BOOL, KTEL_T_MAP, "type");
  const bool holds_items = given.type == KTEL_T_LIST || given.type == KTEL_T_MAP;
  if (!holds_items) {
    if (given.item != 0) in.refuse("item is for LIST and MAP alone");
    return;
  }
  if (given.item >= KTEL_T_TOKEN + 1 && given.item <= KTEL_T_TEXT) {
    return in.refuse("item must be a single value: no list, map or text");
  }
  in.code(given.item, KTEL_T_BOOL, KTEL_T_TOKEN, "item");
  if (given.type == KTEL_T_MAP && given.item == KTEL_T_ENUM) {
    in.refuse("item is ENUM: the values of a map's field are its keys");
  }
}

void describe_set(Inspection& in, const ktel_field& given, Field& field) {
  field.values = describe_values(in, given.values, given.value_count, given.value_stride);
  field.other = in.text(given.other, "other");
  const bool closed = field.type == KTEL_T_MAP || scalar_of(field) == KTEL_T_ENUM;
  if (closed && field.values.empty()) in.refuse("values is missing: the set is closed");
  if (!closed && !field.values.empty()) in.refuse("values are for ENUM and MAP alone");
  const bool listed = std::any_of(field.values.begin(), field.values.end(),
                                  [&](const Label& label) { return label.value == field.other; });
  if (!field.other.empty() && !listed) {
    in.refuse(fmt::format("other \"{}\" is none of values", field.other));
  }
}

void describe_pattern(Inspection& in, const ktel_field& given, Field& field) {
  field.pattern = in.text(given.pattern, "pattern");
  field.max_length = given.max_length;
  if (scalar_of(field) != KTEL_T_TOKEN) {
    if (given.pattern != nullptr || given.max_length != 0) {
      in.refuse("pattern and max_length are for TOKEN alone");
    }
    return;
  }
  if (field.pattern.empty()) return in.refuse("pattern is missing");
  if (field.max_length < 1 || field.max_length > longest_token) {
    in.refuse(fmt::format("max_length is {}: 1 to {}", field.max_length, longest_token));
  }
  // As the standard matches it: ECMAScript without back-references.
  try {
    std::regex compiled;
    compiled.imbue(std::locale::classic());
    compiled.assign(field.pattern, std::regex::ECMAScript | std::regex_constants::__polynomial);
  } catch (const std::regex_error& error) {
    in.refuse(fmt::format("pattern {} is not understood: {}", field.pattern, error.what()));
  }
}

void describe_bounds(Inspection& in, const ktel_field& given, Field& field) {
  const bool number = is_number(scalar_of(field));
  if (!std::isfinite(given.min) || !std::isfinite(given.max)) {
    return in.refuse("min and max must be finite");
  }
  field.min = given.min;
  field.max = given.max;
  if (given.min > given.max) {
    in.refuse(fmt::format("min {} is above max {}", given.min, given.max));
  }
  if (!number && (given.min != 0 || given.max != 0)) in.refuse("min and max are for numbers alone");
  field.max_items = given.max_items;
  if (field.type == KTEL_T_LIST && (given.max_items < 1 || given.max_items > longest_list)) {
    in.refuse(fmt::format("max_items is {}: 1 to {}", given.max_items, longest_list));
  }
  if (field.type != KTEL_T_LIST && given.max_items != 0) in.refuse("max_items is for LIST alone");
  field.unit = in.text(given.unit, "unit");
  if (number && field.unit.empty()) in.refuse("unit is missing: a number has one, \"1\" if none");
  if (given.metric > KTEL_M_GAUGE) in.code(given.metric, 0, KTEL_M_GAUGE, "metric");
  if (given.metric != 0 && !number) in.refuse("metric is for numbers alone");
  field.metric = given.metric;
}

bool granularity_fits(std::uint32_t scalar, std::uint32_t granularity) {
  switch (granularity) {
    case 0:
      return true;
    case KTEL_G_EXACT:
    case KTEL_G_POW2:
      return is_number(scalar);
    case KTEL_G_SECOND:
    case KTEL_G_HOUR:
    case KTEL_G_DAY:
      return scalar == KTEL_T_TIME;
    default:
      return scalar == KTEL_T_SEMVER;
  }
}

void describe_class(Inspection& in, const ktel_field& given, Field& field) {
  in.code(given.sensitivity, KTEL_S_PRODUCT, KTEL_S_IDENTIFIER, "sensitivity");
  field.sensitivity = given.sensitivity;
  if (given.granularity != 0) in.code(given.granularity, KTEL_G_EXACT, KTEL_G_FULL, "granularity");
  if (!granularity_fits(scalar_of(field), given.granularity)) {
    in.refuse(fmt::format("granularity {} does not fit the type", given.granularity));
  }
  field.granularity = given.granularity;
}

void describe_source(Inspection& in, const ktel_field& given, Field& field, const Job& job) {
  field.from = in.words(given.from, "from");
  for (const std::string& id : field.from) {
    const bool known = std::any_of(job.reads.begin(), job.reads.end(),
                                   [&](const Read& read) { return read.id == id; });
    if (!known) in.refuse(fmt::format("from names \"{}\", which is no read of this job", id));
  }
}

// `own`, or the job's.
std::string inherit(Inspection& in, const char* own, std::string_view member,
                    const std::string& of_job) {
  std::string text = in.text(own, member);
  return text.empty() ? of_job : text;
}

void describe_life(Inspection& in, const ktel_field& given, Field& field, const Job& job) {
  field.question = inherit(in, given.question, "question", job.question);
  field.benefit = inherit(in, given.benefit, "benefit", job.benefit);
  field.owner = inherit(in, given.owner, "owner", job.owner);
  field.since = inherit(in, given.since, "since", job.since);
  if (given.since != nullptr && !is_version(field.since)) {
    in.refuse(fmt::format("since \"{}\" must be a version of the plugin, like 1.0.0", field.since));
  }
  field.expires = inherit(in, given.expires, "expires", job.expires);
  if (given.expires != nullptr && !is_date(field.expires)) {
    in.refuse(fmt::format("expires \"{}\" must be a day, like 2028-06-30", field.expires));
  }
  if (given.stability != 0) {
    in.code(given.stability, KTEL_DEVELOPMENT, KTEL_DEPRECATED, "stability");
  }
  field.stability = given.stability == 0 ? job.stability : given.stability;
  field.replaced_by = in.text(given.replaced_by, "replaced_by");
  if (given.stability == KTEL_DEPRECATED && field.replaced_by.empty()) {
    in.refuse("replaced_by is missing: a DEPRECATED field names the one that follows it");
  }
}

}  // namespace

Field describe_field(Inspection& in, const ktel_field& given, const Job& job) {
  Field field;
  field.name = in.required(given.name, "name");
  if (!field.name.empty() && !is_field_name(field.name)) {
    in.refuse(
        fmt::format("name \"{}\" must be lower-case words joined by _, 40 bytes at most, "
                    "like pods_count",
                    field.name));
  }
  if (is_reserved(field.name)) {
    in.refuse(fmt::format("name \"{}\" is reserved: names that begin with ktel are the host's",
                          field.name));
  }
  describe_type(in, given, field);
  describe_set(in, given, field);
  describe_pattern(in, given, field);
  describe_bounds(in, given, field);
  describe_class(in, given, field);
  describe_source(in, given, field, job);
  field.description = in.required(given.description, "description");
  field.example = in.required(given.example, "example");
  field.absent_when = in.required(given.absent_when, "absent_when");
  field.alias = in.text(given.alias, "alias");
  describe_life(in, given, field, job);
  in.flags(given.flags, 0);
  return field;
}

}  // namespace ktel::plugin
