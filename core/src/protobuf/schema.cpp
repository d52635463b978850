// Reads the table once.
#include "protobuf/schema.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <deque>
#include <map>
#include <string>

#include "protobuf/schema_text.hpp"

namespace ktel::protobuf {
namespace {

// Up to the mark, without it and without blanks in front; what follows stays in `text`.
std::string_view take(std::string_view& text, char mark) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

bool take_end(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

class Schema {
 public:
  Schema() {
    std::string_view text = messages_text;
    while (!text.empty()) {
      const bool fields = text.starts_with("  ");
      const std::string_view line = take(text, '\n');
      if (line.empty()) continue;
      if (fields) {
        add_fields(line);
      } else {
        messages_.push_back({line, {}});
      }
    }
    for (text = kinds_text; !text.empty();) {
      std::string_view line = take(text, '\n');
      if (line.empty()) continue;
      const std::string_view api_version = take(line, ' ');
      const std::string_view resource = take(line, ' ');
      kinds_.emplace(std::string(api_version) + " " + std::string(resource), &message(line));
    }
  }

  const Message& message(std::string_view name) const {
    const auto found = std::find_if(messages_.begin(), messages_.end(),
                                    [name](const Message& m) { return m.name == name; });
    assert(found != messages_.end());
    return *found;
  }

  const Message* kind(const std::string& key) const {
    const auto found = kinds_.find(key);
    return found == kinds_.end() ? nullptr : found->second;
  }

 private:
  void add_fields(std::string_view line) {
    while (!line.empty()) {
      std::string_view text = take(line, ',');
      Field field;
      const std::string_view number = take(text, ' ');
      std::from_chars(number.data(), number.data() + number.size(), field.number);
      field.name = take(text, ' ');
      field.left_out_empty = take_end(text, "?");
      field.repeated = take_end(text, "[]");
      field.type = type_of(text);
      if (field.type == Field::Type::message) field.message = &message(text);
      messages_.back().fields.push_back(field);
    }
  }

  static Field::Type type_of(std::string_view text) {
    using Type = Field::Type;
    constexpr std::pair<std::string_view, Type> types[] = {
        {"string", Type::text},          {"int", Type::integer},
        {"bool", Type::boolean},         {"time", Type::time},
        {"microtime", Type::micro_time}, {"map", Type::texts},
        {"quantities", Type::quantities}};
    for (const auto& [name, type] : types) {
      if (name == text) return type;
    }
    return Type::message;
  }

  std::deque<Message> messages_;  // whose addresses stay
  std::map<std::string, const Message*> kinds_;
};

const Schema& schema() {
  static const Schema once;
  return once;
}

}  // namespace

const Field* Message::find(std::string_view wanted) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [wanted](const Field& field) { return field.name == wanted; });
  return found == fields.end() ? nullptr : &*found;
}

const Message* message_of(std::string_view group, std::string_view version,
                          std::string_view resource) {
  std::string key(group);
  key.append("/").append(version).append(" ").append(resource);
  return schema().kind(key);
}

const Message& partial_object_metadata() {
  static const Message& once = schema().message("PartialObjectMetadata");
  return once;
}

const Message& status() {
  static const Message& once = schema().message("Status");
  return once;
}

}  // namespace ktel::protobuf
