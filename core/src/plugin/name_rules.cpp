// Patterns by hand: they run over every name of every plugin at each uncached start.
#include "plugin/name_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace ktel::plugin {
namespace {

constexpr bool lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool word(char c) { return lower(c) || digit(c); }

// Words of lower-case letters and digits, joined by single `joints`.
bool words(std::string_view text, std::string_view joints) {
  bool after_joint = true;
  for (const char c : text) {
    const bool joint = joints.find(c) != joints.npos;
    if (joint ? after_joint : !word(c)) return false;
    after_joint = joint;
  }
  return !after_joint;
}

bool name(std::string_view text, std::string_view joints, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && lower(text.front()) && words(text, joints);
}

// How many bytes the character at the front of `text` takes; 0: it is no UTF-8.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
      (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) {
    return 0;
  }
  return length;
}

}  // namespace

bool is_plugin_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return word(c) || c == '.' || c == '-';
  });
}

bool is_job_name(std::string_view text) noexcept { return name(text, "-", 3, 40); }

bool is_backend_name(std::string_view text) noexcept { return name(text, "-", 1, 40); }

bool is_field_name(std::string_view text) noexcept {
  // The one name with a dash comes from the proposal this project started with.
  return text == "last-update" || name(text, "_", 1, 40);
}

bool is_read_id(std::string_view text) noexcept { return name(text, "-_", 1, 40); }
bool is_param_name(std::string_view text) noexcept { return name(text, "-_", 1, 40); }
bool is_resource(std::string_view text) noexcept { return name(text, "-.", 1, 253); }
bool is_group(std::string_view text) noexcept { return name(text, "-.", 1, 253); }

bool is_naming_variable(std::string_view text) noexcept {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool names = text.ends_with("_NAME") || text.ends_with("_NAMESPACE") ||
                     text.ends_with("_SERVICE") || text.ends_with("_CLASS");
  return names && !text.starts_with("KTEL_") && text.size() <= 64 && upper(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return upper(c) || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_scheme(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 40 && lower(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return word(c) || c == '+' || c == '-' || c == '.'; });
}

bool is_version(std::string_view text) noexcept {
  if (text.size() > 64) return false;
  const std::string_view numbers = text.substr(0, text.find_first_of("-+"));
  const auto dots = std::count(numbers.begin(), numbers.end(), '.');
  const bool plain =
      std::all_of(numbers.begin(), numbers.end(), [](char c) { return digit(c) || c == '.'; });
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return plain && printable && dots == 2 && words(numbers, ".") && text.back() != '-' &&
         text.back() != '+';
}

bool is_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t at, std::size_t count) {
    int n = 0;
    for (const char c : text.substr(at, count)) n = digit(c) && n >= 0 ? n * 10 + (c - '0') : -1;
    return n;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_reserved(std::string_view name) noexcept {
  return name.starts_with("ktel") || name.starts_with("_");
}

std::string_view vendor_of(std::string_view plugin_id) noexcept {
  const std::size_t dot = plugin_id.find('.');
  if (dot == plugin_id.npos) return {};
  const std::string_view rest = plugin_id.substr(dot + 1);
  return rest.substr(0, rest.find('.'));
}

Result<void> check_read_url(std::string_view url) {
  const auto wrong = [&](std::string_view why) {
    return Error{Errc::bad_input, fmt::format("URL \"{}\" {}", url, why)};
  };
  if (!url.starts_with('/') || url.size() < 2) return wrong("is no absolute path, like /version");
  if (url.size() > 1024) return wrong("is longer than 1024 bytes");
  for (const char c : url) {
    const bool known =
        word(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '/' || c == '-';
    if (!known) return wrong("holds more than [A-Za-z0-9._/-]: a query cannot be asked");
  }
  for (std::size_t at = 1; at <= url.size();) {
    const std::size_t end = std::min(url.find('/', at), url.size());
    const std::string_view segment = url.substr(at, end - at);
    if (segment == "." || segment == "..") return wrong("holds a . or .. segment");
    if (segment.empty()) return wrong(end < url.size() ? "holds //" : "ends in /");
    if (at == 1 && (segment == "api" || segment == "apis")) {
      return wrong("lies below /api or /apis: objects are read with LIST, GET or COUNT");
    }
    at = end + 1;
  }
  return {};
}

}  // namespace ktel::plugin
