// The canonical writer, and the same with line breaks.
#include "json/canonical.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace ktel::json {
namespace {

class Writer {
 public:
  explicit Writer(bool indented) : indented_(indented) {}

  void value(const boost::json::value& value) {
    switch (value.kind()) {
      case boost::json::kind::null:
        out_ += "null";
        break;
      case boost::json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        break;
      case boost::json::kind::int64:
        fmt::format_to(std::back_inserter(out_), "{}", value.get_int64());
        break;
      case boost::json::kind::uint64:
        fmt::format_to(std::back_inserter(out_), "{}", value.get_uint64());
        break;
      case boost::json::kind::double_:
        number(value.get_double());
        break;
      case boost::json::kind::string:
        text(value.get_string());
        break;
      case boost::json::kind::array:
        array(value.get_array());
        break;
      case boost::json::kind::object:
        object(value.get_object());
        break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  // JSON has no word for what is not finite; like every JSON writer we say null. -0 reads back as
  // the integer 0, so it is written as that: the canonical form of a canonical form is itself.
  void number(double d) {
    if (!std::isfinite(d)) {
      out_ += "null";
      return;
    }
    if (d == 0) d = 0;
    char buffer[32];
    // Digits alone would read back as an integer, and be one beyond 64 bits.
    constexpr double integers_end = 9223372036854775808.0;
    const bool integral = std::abs(d) < integers_end;
    const auto end =
        integral
            ? std::to_chars(buffer, buffer + sizeof buffer, d).ptr
            : std::to_chars(buffer, buffer + sizeof buffer, d, std::chars_format::scientific).ptr;
    out_.append(buffer, end);
  }

  void text(std::string_view s) {
    out_ += '"';
    for (const char c : s) {
      switch (c) {
        case '"':
          out_ += "\\\"";
          break;
        case '\\':
          out_ += "\\\\";
          break;
        case '\b':
          out_ += "\\b";
          break;
        case '\f':
          out_ += "\\f";
          break;
        case '\n':
          out_ += "\\n";
          break;
        case '\r':
          out_ += "\\r";
          break;
        case '\t':
          out_ += "\\t";
          break;
        default:
          if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out_), "\\u{:04x}", static_cast<unsigned>(c));
          } else {
            out_ += c;
          }
      }
    }
    out_ += '"';
  }

  void array(const boost::json::array& array) {
    out_ += '[';
    ++level_;
    bool first = true;
    for (const auto& item : array) {
      separate(first);
      value(item);
    }
    close(first, ']');
  }

  void object(const boost::json::object& object) {
    std::vector<const boost::json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->key() < b->key(); });
    out_ += '{';
    ++level_;
    bool first = true;
    for (const auto* member : members) {
      separate(first);
      text(member->key());
      out_ += indented_ ? ": " : ":";
      value(member->value());
    }
    close(first, '}');
  }

  void separate(bool& first) {
    if (!first) out_ += ',';
    first = false;
    if (indented_) out_.append(1, '\n').append(2 * level_, ' ');
  }

  void close(bool empty, char bracket) {
    --level_;
    if (indented_ && !empty) out_.append(1, '\n').append(2 * level_, ' ');
    out_ += bracket;
  }

  bool indented_;
  std::size_t level_ = 0;
  std::string out_;
};

constexpr std::size_t longest_number = 32;  // and null, true, false; as number() has room for
constexpr std::size_t longest_escape = 6;   // \u001f
constexpr std::size_t around = 4;           // quotes or brackets, colon, comma

std::size_t at_most(const boost::json::value& value) {
  std::size_t bytes = longest_number;
  if (const auto* text = value.if_string()) {
    bytes = longest_escape * text->size() + around;
  } else if (const auto* list = value.if_array()) {
    bytes = around;
    for (const boost::json::value& item : *list) bytes += at_most(item) + around;
  } else if (const auto* object = value.if_object()) {
    bytes = canonical_at_most(*object);
  }
  return bytes;
}

std::string write(const boost::json::value& value, bool indented) {
  Writer writer(indented);
  writer.value(value);
  return writer.take();
}

}  // namespace

std::string canonical(const boost::json::value& value) { return write(value, false); }

std::size_t canonical_at_most(const boost::json::object& object) {
  std::size_t bytes = around;
  for (const auto& member : object) {
    bytes += longest_escape * member.key().size() + around + at_most(member.value()) + around;
  }
  return bytes;
}

std::string pretty(const boost::json::value& value) { return write(value, true); }

}  // namespace ktel::json
