// YamlReader: see the header.
#include "cluster/yaml_reader.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <string_view>
#include <utility>

#include "base/base64.hpp"

namespace ktel::cluster {
namespace {

enum class Kind { null, boolean, number, string, array, object };

bool one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_true(const std::string& text) {
  return one_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
}

bool is_false(const std::string& text) {
  return one_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"});
}

bool is_number(const std::string& text) {
  static const std::regex number(
      R"([-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*|(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN))");
  // A long text is no number, and std::regex recurses once a character.
  return text.size() <= 64 && std::regex_match(text, number);
}

// YAML 1.1, as Go's library resolves it. Only plain scalars have a type of their own.
Kind kind_of(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return Kind::null;
  if (node.IsSequence()) return Kind::array;
  if (node.IsMap()) return Kind::object;
  const std::string& tag = node.Tag();
  const std::string& text = node.Scalar();
  if (tag == "!" || tag == "tag:yaml.org,2002:str") return Kind::string;
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return Kind::null;
  if (is_true(text) || is_false(text)) return Kind::boolean;
  return is_number(text) ? Kind::number : Kind::string;
}

boost::json::value number_of(const std::string& text) {
  std::string digits = text;
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  try {
    std::size_t used = 0;
    const bool octal = digits.starts_with("0o");
    const bool binary = digits.starts_with("0b");
    const std::string rest = octal || binary ? digits.substr(2) : digits;
    const long long whole = std::stoll(rest, &used, binary ? 2 : octal ? 8 : 0);
    if (used == rest.size()) return whole;
  } catch (const std::exception&) {  // not whole, or too large: below
  }
  try {
    return std::stod(digits);
  } catch (const std::exception&) {
    return nullptr;  // JSON has no infinities
  }
}

// What an alias repeats is written out each time, and it may even hold itself: `left` bounds both.
std::optional<boost::json::value> json_of(const YAML::Node& node, int depth, int& left) {
  if (depth > 32 || --left < 0) return std::nullopt;
  switch (kind_of(node)) {
    case Kind::null:
      return nullptr;
    case Kind::boolean:
      return is_true(node.Scalar());
    case Kind::number:
      return number_of(node.Scalar());
    case Kind::string:
      return boost::json::string(node.Scalar());
    case Kind::array: {
      boost::json::array array;
      for (const auto& item : node) {
        auto value = json_of(item, depth + 1, left);
        if (!value) return std::nullopt;
        array.push_back(*std::move(value));
      }
      return array;
    }
    case Kind::object:
      break;
  }
  std::map<std::string, boost::json::value> sorted;
  for (const auto& entry : node) {
    auto value = json_of(entry.second, depth + 1, left);
    if (!value) return std::nullopt;
    if (entry.first.IsScalar()) sorted[entry.first.Scalar()] = *std::move(value);
  }
  return boost::json::object(sorted.begin(), sorted.end());
}

const char* json_name(Kind kind) {
  static constexpr std::array names = {"null", "bool", "number", "string", "array", "object"};
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace

YamlReader::YamlReader(YAML::Node mapping, std::string type, std::string path, Problem& problem)
    : node_(std::move(mapping)),
      type_(std::move(type)),
      path_(std::move(path)),
      problem_(&problem) {}

// Where a key stands twice the last one counts.
YAML::Node YamlReader::find(const char* key) const {
  YAML::Node found(YAML::NodeType::Undefined);
  if (*problem_ || !node_.IsDefined() || !node_.IsMap()) return found;
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) found.reset(entry.second);
  }
  return found;
}

std::string YamlReader::path_of(const char* key) const {
  return path_.empty() ? key : path_ + "." + key;
}

void YamlReader::mismatch(const YAML::Node& node, const std::string& path,
                          const char* wanted) const {
  if (*problem_) return;
  const Kind kind = kind_of(node);
  const bool quotable =
      std::string_view(wanted) == "string" && (kind == Kind::number || kind == Kind::boolean);
  *problem_ = fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}{}",
                          json_name(kind), type_, path, wanted,
                          quotable ? "; put the value in quotes" : "");
}

std::string YamlReader::scalar(const YAML::Node& node, const std::string& path) const {
  switch (kind_of(node)) {
    case Kind::null:
      return {};
    case Kind::string:
      return node.Scalar();
    default:
      mismatch(node, path, "string");
      return {};
  }
}

std::vector<std::string> YamlReader::list(const YAML::Node& node, const std::string& path) const {
  std::vector<std::string> texts;
  const Kind kind = kind_of(node);
  if (kind == Kind::array) {
    for (const auto& item : node) texts.push_back(scalar(item, path));
  } else if (kind != Kind::null) {
    mismatch(node, path, "[]string");
  }
  return texts;
}

std::string YamlReader::text(const char* key) const { return scalar(find(key), path_of(key)); }

std::string YamlReader::base64(const char* key) const {
  Result<std::string> bytes = base64_decode(text(key));
  if (bytes) return std::move(bytes).value();
  if (!*problem_) *problem_ = fmt::format("{}: {}", path_of(key), bytes.error().message);
  return {};
}

bool YamlReader::flag(const char* key) const {
  const YAML::Node node = find(key);
  const Kind kind = kind_of(node);
  if (kind != Kind::boolean && kind != Kind::null) mismatch(node, path_of(key), "bool");
  return kind == Kind::boolean && is_true(node.Scalar());
}

std::string YamlReader::json(const char* key) const {
  const YAML::Node node = find(key);
  if (kind_of(node) == Kind::null) return {};
  int left = 10'000;
  const std::optional<boost::json::value> value = json_of(node, 0, left);
  if (value) return boost::json::serialize(*value);
  if (!*problem_) *problem_ = fmt::format("{} is nested too deeply, or too large", path_of(key));
  return {};
}

std::vector<std::string> YamlReader::texts(const char* key) const {
  return list(find(key), path_of(key));
}

YamlReader YamlReader::mapping(const char* key, const char* type) const {
  const YAML::Node node = find(key);
  const Kind kind = kind_of(node);
  if (kind != Kind::object && kind != Kind::null) {
    mismatch(node, path_of(key), fmt::format("v1.{}", type).c_str());
  }
  return {node, type, path_of(key), *problem_};
}

void YamlReader::each_item(const char* key, const char* type,
                           const std::function<void(const YamlReader&)>& fn) const {
  const YAML::Node node = find(key);
  const Kind kind = kind_of(node);
  if (kind == Kind::null) return;
  const std::string wanted = fmt::format("v1.{}", type);
  if (kind != Kind::array) return mismatch(node, path_of(key), ("[]" + wanted).c_str());
  for (const auto& item : node) {
    const Kind item_kind = kind_of(item);
    if (item_kind != Kind::object && item_kind != Kind::null) {
      return mismatch(item, path_of(key), wanted.c_str());
    }
    fn({item, type, path_of(key), *problem_});
  }
}

void YamlReader::each_list(
    const std::function<void(std::string key, std::vector<std::string>)>& fn) const {
  if (*problem_ || !node_.IsDefined() || !node_.IsMap()) return;
  for (const auto& entry : node_) {
    if (entry.first.IsScalar()) fn(entry.first.Scalar(), list(entry.second, path_));
  }
}

}  // namespace ktel::cluster
