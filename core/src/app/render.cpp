// Values in other forms: see the header.
#include "app/render.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <limits>

#include "json/canonical.hpp"
#include "standard/yaml.hpp"

namespace ktel::app {
namespace {

using boost::json::value;

// ktel has written it itself: as large as it is, and no deeper than what a caller may give.
constexpr json::Limits own{.bytes = std::numeric_limits<std::size_t>::max(), .depth = 64};

bool has_lines(const value& v) {
  if (const auto* object = v.if_object()) return !object->empty();
  if (const auto* array = v.if_array()) return !array->empty();
  return false;
}

// YAML 1.1 takes 1e+300 for text: a number with an exponent needs its point.
std::string scalar(const value& v) {
  if (v.is_string()) return standard::yaml_text(v.get_string());
  std::string text = json::canonical(v);
  const std::size_t exponent = v.is_double() ? text.find('e') : text.npos;
  if (exponent != text.npos && text.find('.') == text.npos) text.insert(exponent, ".0");
  return text;
}

// The lines of an object or an array, `indent` blanks in.
std::string block(const value& v, std::size_t indent) {
  const std::string blanks(indent, ' ');
  std::string out;
  if (const auto* object = v.if_object()) {
    for (const auto& member : *object) {
      out += blanks + standard::yaml_text(member.key()) + ":";
      out += has_lines(member.value()) ? "\n" + block(member.value(), indent + 2)
                                       : " " + scalar(member.value()) + "\n";
    }
    return out;
  }
  for (const value& item : v.get_array()) {
    std::string lines =
        has_lines(item) ? block(item, indent + 2) : blanks + "  " + scalar(item) + "\n";
    lines[indent] = '-';
    out += lines;
  }
  return out;
}

// Control characters would move the cursor of who looks at it.
std::string cell(const value& v) {
  const auto* text = v.if_string();
  const bool plain = text != nullptr && std::none_of(text->begin(), text->end(), [](char c) {
                       return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
                     });
  return plain ? std::string(*text) : json::canonical(v);
}

}  // namespace

Result<std::string> pretty(std::string_view text) {
  const Result<value> parsed = json::parse_strict(text, own);
  if (!parsed) return parsed.error();
  return json::pretty(*parsed) + "\n";
}

Result<std::string> yaml(std::string_view text) {
  const Result<value> parsed = json::parse_strict(text, own);
  if (!parsed) return parsed.error();
  return has_lines(*parsed) ? block(*parsed, 0) : scalar(*parsed) + "\n";
}

Result<std::vector<ReportField>> report_fields(std::string_view text) {
  const Result<value> parsed = json::parse_strict(text, own);
  if (!parsed) return parsed.error();
  std::vector<ReportField> fields;
  if (!parsed->is_object()) return fields;
  for (const auto& member : parsed->get_object()) {
    const auto* part = member.value().if_object();
    if (part == nullptr) {
      fields.push_back({member.key(), "", cell(member.value())});
      continue;
    }
    for (const auto& field : *part) {
      fields.push_back({member.key(), field.key(), cell(field.value())});
    }
  }
  return fields;
}

}  // namespace ktel::app
