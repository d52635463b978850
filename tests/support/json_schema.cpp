// One function a keyword.
#include "support/json_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cstdint>
#include <regex>
#include <stdexcept>

namespace ktel::test {
namespace {

using boost::json::object;
using boost::json::value;

bool is_type(const value& document, const std::string& type) {
  if (type == "object") return document.is_object();
  if (type == "array") return document.is_array();
  if (type == "string") return document.is_string();
  if (type == "boolean") return document.is_bool();
  if (type == "integer") return document.is_int64() || document.is_uint64();
  if (type == "number") return document.is_number();
  throw std::invalid_argument("type " + type);
}

double number_of(const value& n) { return n.to_number<double>(); }

std::string check_properties(const object& schema, const value& document) {
  if (!document.is_object()) return {};
  const object& properties = schema.at("properties").as_object();
  const bool closed = schema.contains("additionalProperties");
  if (closed && schema.at("additionalProperties") != value(false)) {
    throw std::invalid_argument("additionalProperties that is not false");
  }
  for (const auto& member : document.get_object()) {
    const std::string name = "/" + std::string(member.key());
    const auto* known = properties.if_contains(member.key());
    if (known == nullptr && closed) return name + ": is not declared";
    if (known == nullptr) continue;
    if (std::string bad = violation(*known, member.value()); !bad.empty()) return name + bad;
  }
  return {};
}

std::string check_items(const value& schema, const value& document) {
  if (!document.is_array()) return {};
  for (std::size_t i = 0; i < document.get_array().size(); ++i) {
    const std::string bad = violation(schema, document.get_array()[i]);
    if (!bad.empty()) return "/" + std::to_string(i) + bad;
  }
  return {};
}

bool unique(const boost::json::array& items) {
  for (auto a = items.begin(); a != items.end(); ++a) {
    if (std::find(a + 1, items.end(), *a) != items.end()) return false;
  }
  return true;
}

// Of keywords that say yes or no.
bool keeps(std::string_view keyword, const value& limit, const value& document) {
  const auto size = [&limit] { return limit.to_number<std::size_t>(); };
  if (keyword == "type") return is_type(document, std::string(limit.as_string()));
  if (keyword == "enum") {
    const auto& all = limit.as_array();
    return std::find(all.begin(), all.end(), document) != all.end();
  }
  if (keyword == "minimum") {
    return !document.is_number() || number_of(document) >= number_of(limit);
  }
  if (keyword == "maximum") {
    return !document.is_number() || number_of(document) <= number_of(limit);
  }
  if (keyword == "minLength")
    return !document.is_string() || document.get_string().size() >= size();
  if (keyword == "maxLength")
    return !document.is_string() || document.get_string().size() <= size();
  if (keyword == "pattern") {
    return !document.is_string() ||
           std::regex_search(std::string(document.get_string()),
                             std::regex(std::string(limit.as_string()), std::regex::ECMAScript));
  }
  if (keyword == "maxItems") return !document.is_array() || document.get_array().size() <= size();
  if (keyword == "uniqueItems") return !document.is_array() || unique(document.get_array());
  if (keyword == "minProperties") {
    return !document.is_object() || document.get_object().size() >= size();
  }
  throw std::invalid_argument("keyword " + std::string(keyword));
}

}  // namespace

std::string violation(const value& schema, const value& document) {
  for (const auto& entry : schema.as_object()) {
    const std::string_view keyword = entry.key();
    std::string bad;
    if (keyword == "properties") {
      bad = check_properties(schema.as_object(), document);
    } else if (keyword == "items") {
      bad = check_items(entry.value(), document);
    } else if (keyword == "$schema" || keyword == "title" || keyword == "description" ||
               keyword == "examples" || keyword == "deprecated" ||
               keyword == "additionalProperties") {
      continue;  // words, and what goes with properties
    } else if (!keeps(keyword, entry.value(), document)) {
      bad = ": does not keep to " + std::string(keyword);
    }
    if (!bad.empty()) return bad;
  }
  return {};
}

}  // namespace ktel::test
