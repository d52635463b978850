// line_of: see the header.
#include "line.hpp"

#include <ktel/sdk/guard.hpp>
#include <ktel/sdk/text.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <vector>

#include "packed.hpp"

namespace kong_tls {
namespace {

using ktel::sdk::Refusal;
using ktel::sdk::view;

// user.info, as syslog counts priorities.
constexpr std::string_view priority = "<14>";

bool fits(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == ';' || c == '=' || byte < 0x20 || byte == 0x7f;
  });
}

[[noreturn]] void refuse(const std::string& what) {
  throw Refusal(KTEL_E_INVALID,
                what + " has a ;, a = or a control character in it, which Kong's form cannot hold");
}

std::string number(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string value_of(const ktel_value& value) {
  switch (value.type) {
    case KTEL_V_BOOL:
      return value.i64 != 0 ? "true" : "false";
    case KTEL_V_I64:
      return std::to_string(value.i64);
    case KTEL_V_F64:
      return number(value.f64);
    case KTEL_V_LIST: {
      std::string joined;
      for (std::uint32_t i = 0; i < value.count; ++i) {
        joined += (i == 0 ? "" : ",") + value_of(value.items[i]);
      }
      return joined;
    }
    default:  // a string, or the JSON of a number
      return std::string(view(value.str));
  }
}

// "feature-*" and "FillIDs" -> "feature-FillIDs"; a name without its place for the key gets it
// behind.
std::string key_of(std::string_view alias, std::string_view key) {
  if (key.empty()) return std::string(alias);
  const std::size_t place = alias.find('*');
  if (place == alias.npos) return std::string(alias) + "-" + std::string(key);
  return std::string(alias.substr(0, place)) + std::string(key) +
         std::string(alias.substr(place + 1));
}

// What one job says: its pairs in order, each with its semicolon.
class Section {
 public:
  void add(const ktel_entry& entry) {
    const std::string key = key_of(view(entry.alias), view(entry.key));
    const std::string value = value_of(entry.value);
    if (!fits(key) || !fits(value)) {
      refuse(std::string(view(entry.job)) + "." + std::string(view(entry.field)));
    }
    if (!packed_.take(entry)) pairs_.push_back(key + "=" + value + ";");
  }

  std::string text() const {
    std::vector<std::string> pairs = pairs_;
    for (const auto& [key, value] : packed_.pairs()) pairs.push_back(key + "=" + value + ";");
    std::sort(pairs.begin(), pairs.end());
    std::string joined;
    for (const std::string& pair : pairs) joined += pair;
    return joined;
  }

 private:
  Packed packed_;
  std::vector<std::string> pairs_;
};

}  // namespace

std::string line_of(const ktel_report& report) {
  if (!fits(view(report.signal))) refuse("the signal's name");
  std::map<std::string_view, Section> sections;
  for (std::uint32_t i = 0; i < report.entry_count; ++i) {
    const auto& entry = *reinterpret_cast<const ktel_entry*>(
        reinterpret_cast<const char*>(report.entries) + std::size_t{i} * report.entry_stride);
    if (entry.alias.len > 0 && entry.value.type != KTEL_V_NULL) {
      sections[view(entry.job)].add(entry);
    }
  }
  std::vector<std::string> texts;
  for (const auto& [job, section] : sections) texts.push_back(section.text());
  std::sort(texts.begin(), texts.end());
  std::string line = std::string(priority) + "signal=" + std::string(view(report.signal)) + ";";
  for (const std::string& text : texts) line += text;
  return line + "\n";
}

}  // namespace kong_tls
