// Flow style, broken between members where a line grows too long.
#include "standard/yaml.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include "json/canonical.hpp"

namespace ktel::standard {
namespace {

constexpr std::size_t line_length = 100;

bool one_of(char c, std::string_view set) { return set.find(c) != set.npos; }

// Words that some reader takes for a bool or for null.
bool special_word(std::string_view text) {
  constexpr std::array words = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(words.begin(), words.end(), lower) != words.end();
}

// Numbers, dates and base-60 numbers; two dots make a version of it, which nobody takes for one.
bool looks_numeric(std::string_view text) {
  if (!one_of(text.front(), "0123456789+-.")) return false;
  if (std::count(text.begin(), text.end(), '.') > 1) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return one_of(c, "0123456789abcdefABCDEF+-._:xXoOtTzZnNiI "); });
}

bool plain(std::string_view text) {
  if (text.empty() || special_word(text) || looks_numeric(text)) return false;
  if (one_of(text.front(), " -?:!&*%@|>~=<#") || one_of(text.back(), " :")) return false;
  if (text.find(": ") != text.npos || text.find(" #") != text.npos) return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f || one_of(c, "{}[],\"'`\\");
  });
}

// JSON's quoting is YAML's double quoting.
std::string scalar(const boost::json::value& value) {
  return value.is_string() ? yaml_text(value.get_string()) : json::canonical(value);
}

class FlowWriter {
 public:
  FlowWriter(std::string begun, std::size_t indent) : out_(std::move(begun)), indent_(indent) {}

  void write(const boost::json::value& value) {
    if (const auto* object = value.if_object()) {
      open('{');
      for (const auto& member : *object) {
        item(yaml_text(member.key()) + ": ", member.value());
      }
      close('}');
    } else if (const auto* array = value.if_array()) {
      open('[');
      for (const auto& element : *array) item("", element);
      close(']');
    } else {
      out_ += scalar(value);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void open(char bracket) {
    out_ += bracket;
    first_.push_back(true);
  }

  void close(char bracket) {
    out_ += bracket;
    first_.pop_back();
  }

  void item(std::string key, const boost::json::value& value) {
    const bool first = first_.back();
    first_.back() = false;
    if (!first) out_ += ',';
    const bool nested = value.is_object() || value.is_array();
    if (!nested) key += scalar(value);
    const std::size_t column = out_.size() - (out_.rfind('\n') + 1);  // npos + 1 is 0
    if (!first && column + 1 + key.size() + 1 > line_length) {
      out_.append(1, '\n').append(indent_, ' ');
    } else if (!first) {
      out_ += ' ';
    }
    out_ += key;
    if (nested) write(value);
  }

  std::string out_;
  std::size_t indent_;
  std::vector<bool> first_;  // by open bracket: nothing is in it yet
};

}  // namespace

std::string yaml_text(std::string_view text) {
  return plain(text) ? std::string(text) : json::canonical(boost::json::string(text));
}

std::string yaml_line(std::string begun, const boost::json::value& value, std::size_t indent) {
  FlowWriter writer(std::move(begun), indent);
  writer.write(value);
  return writer.take() + "\n";
}

}  // namespace ktel::standard
