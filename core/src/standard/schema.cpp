// A schema for each type, the same limits that check.cpp enforces.
#include "standard/schema.hpp"

#include <ktel/abi/job.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include "standard/describe.hpp"
#include "standard/names.hpp"

namespace ktel::standard {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

boost::json::string text(std::string_view s) { return boost::json::string(s); }

value number(double n) {
  const bool whole = std::abs(n) < 9e15 && n == std::floor(n);
  return whole ? value(static_cast<std::int64_t>(n)) : value(n);
}

object numeric(const plugin::Field& field, std::uint32_t type) {
  const bool whole = type == KTEL_T_COUNT || type == KTEL_T_INT || type == KTEL_T_BYTES;
  object out = {{"type", whole ? "integer" : "number"}};
  if (type == KTEL_T_COUNT || type == KTEL_T_BYTES) out["minimum"] = 0;
  if (type == KTEL_T_RATIO) {
    out["minimum"] = 0;
    out["maximum"] = 1;
  }
  if (field.min == 0 && field.max == 0) return out;
  // Rounding to a power of two goes towards zero, and out of bounds that do not hold it.
  const bool rounded = field.granularity == KTEL_G_POW2;
  out["minimum"] = number(rounded ? std::min(field.min, 0.0) : field.min);
  out["maximum"] = number(rounded ? std::max(field.max, 0.0) : field.max);
  return out;
}

std::string version_pattern(std::uint32_t granularity) {
  switch (granularity) {
    case KTEL_G_MAJOR:
      return "^v?[0-9]+$";
    case KTEL_G_MINOR:
      return R"(^v?[0-9]+(\.[0-9]+)?$)";
    case KTEL_G_PATCH:
      return R"(^v?[0-9]+(\.[0-9]+){0,2}$)";
    default:
      return R"(^v?[0-9]+(\.[0-9]+){0,2}[!#-&(-:<>-~]*$)";
  }
}

std::string time_pattern(std::uint32_t granularity) {
  const std::string date = "^[0-9]{4}-[0-9]{2}-[0-9]{2} ";
  switch (granularity) {
    case KTEL_G_DAY:
      return date + "00:00:00$";
    case KTEL_G_HOUR:
      return date + "[0-9]{2}:00:00$";
    default:
      return date + "[0-9]{2}:[0-9]{2}:[0-9]{2}$";
  }
}

array values_of(const plugin::Field& field) {
  array out;
  for (const plugin::Label& label : field.values) out.push_back(text(label.value));
  return out;
}

object scalar(const plugin::Field& field, std::uint32_t type) {
  const std::uint32_t granularity = effective_granularity(type, field.granularity);
  switch (type) {
    case KTEL_T_BOOL:
      return {{"type", "boolean"}};
    case KTEL_T_ENUM:
      return {{"enum", values_of(field)}};
    case KTEL_T_SEMVER:
      return {{"type", "string"}, {"maxLength", 64}, {"pattern", version_pattern(granularity)}};
    case KTEL_T_TIME:
      return {{"type", "string"}, {"pattern", time_pattern(granularity)}};
    case KTEL_T_TOKEN:
      return {{"type", "string"},
              {"minLength", 1},
              {"maxLength", field.max_length == 0 ? 64 : field.max_length},
              {"pattern", "^(?:" + field.pattern + ")$"}};
    default:
      return numeric(field, type);
  }
}

object field_schema(const plugin::Field& field) {
  object out;
  if (field.type == KTEL_T_LIST) {
    out = {{"type", "array"},
           {"items", scalar(field, field.item)},
           {"uniqueItems", true},
           {"maxItems", field.max_items == 0 ? 256 : field.max_items}};
  } else if (field.type == KTEL_T_MAP) {
    object keys;
    for (const plugin::Label& label : field.values) {
      object item = scalar(field, field.item);
      item["description"] = text(label.label);
      keys[label.value] = std::move(item);
    }
    out = {{"type", "object"}, {"properties", std::move(keys)}, {"additionalProperties", false}};
  } else {
    out = scalar(field, field.type);
  }
  out["description"] = text(field.description);
  out["examples"] = array{example_json(field)};
  if (field.stability == KTEL_DEPRECATED) out["deprecated"] = true;
  return out;
}

}  // namespace

value report_schema(std::span<const plugin::Job> jobs) {
  object parts;
  for (const plugin::Job& job : jobs) {
    object fields;
    for (const plugin::Field& field : job.fields) fields[field.name] = field_schema(field);
    parts[job.name] = {{"type", "object"},
                       {"description", text(job.summary)},
                       {"properties", std::move(fields)},
                       {"additionalProperties", false},
                       {"minProperties", 1}};
  }
  return object{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"title", "ktel report"},
                {"description", "What each job may report. Keys a caller merges lie outside it."},
                {"type", "object"},
                {"properties", std::move(parts)},
                {"additionalProperties", false}};
}

}  // namespace ktel::standard
