// The table of messages says of each field what the API's own Go types say: number, whether it is
// repeated, and whether JSON leaves it out where it is empty, which no sample shows.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "protobuf/schema.hpp"
#include "protobuf/schema_text.hpp"
#include "support/process.hpp"

using namespace ktel;
using protobuf::Field;
using protobuf::Message;

namespace {

namespace fs = std::filesystem;

struct GoField {
  std::string type;  // "[]Container", "*int32"
  std::string json;  // "name,omitempty"
  std::uint32_t number = 0;

  std::string name() const { return json.substr(0, json.find(',')); }
  bool repeated() const { return type.starts_with("[]"); }
  // A pointer that is there stands for an empty value, too.
  bool left_out_empty() const {
    return json.find(",omitempty") != json.npos && !repeated() && !type.starts_with("*");
  }
};

using GoStruct = std::map<std::string, GoField>;  // by JSON name
using GoTypes = std::map<std::string, GoStruct>;  // "EndpointPort"
using Packages = std::map<std::string, GoTypes>;  // "types-core"

// What stands behind `key` in a field's tag.
std::string tag(const std::string& line, const std::string& key) {
  const std::size_t found = line.find(key + ":\"");
  if (found == line.npos) return {};
  const std::size_t begin = found + key.size() + 2;
  return line.substr(begin, line.find('"', begin) - begin);
}

GoTypes parse(const std::string& source) {
  GoTypes types;
  GoStruct* open = nullptr;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second, third;
    words >> first >> second >> third;
    if (first == "type" && third == "struct") open = &types[second];
    if (line == "}") open = nullptr;
    const std::string json = tag(line, "json");
    const std::string number = tag(line, "protobuf");  // "bytes,2,opt,name=image"
    if (open == nullptr || first == "//" || json.empty() || number.empty()) continue;
    GoField field{second, json};
    field.number = static_cast<std::uint32_t>(std::stoul(number.substr(number.find(',') + 1)));
    open->emplace(field.name(), field);
  }
  return types;
}

Packages packages() {
  const char* dir = std::getenv("KTEL_CRDS");
  REQUIRE_MESSAGE(dir != nullptr, "KTEL_CRDS is not set: run tests/real/fetch_crds.sh PROGRAM ...");
  Packages all;
  for (const auto& entry : fs::directory_iterator(dir)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("types-")) all[name] = parse(test::read_file(entry.path() / "types.go"));
  }
  return all;
}

void add(const Message& message, std::set<const Message*>& all) {
  if (!all.insert(&message).second) return;
  for (const Field& field : message.fields) {
    if (field.message != nullptr) add(*field.message, all);
  }
}

std::set<const Message*> messages() {
  std::set<const Message*> all;
  add(protobuf::partial_object_metadata(), all);
  add(protobuf::status(), all);
  std::istringstream kinds{std::string(protobuf::kinds_text)};
  for (std::string version, resource, name; kinds >> version >> resource >> name;) {
    const std::size_t slash = version.find('/');
    const Message* message =
        protobuf::message_of(version.substr(0, slash), version.substr(slash + 1), resource);
    REQUIRE_MESSAGE(message != nullptr, resource);
    add(*message, all);
  }
  return all;
}

// Two packages have an EndpointPort.
const GoStruct& struct_of(const Message& message, const Packages& all) {
  if (message.name == "SlicePort") return all.at("types-discovery").at("EndpointPort");
  if (message.name == "EndpointPort") return all.at("types-core").at("EndpointPort");
  const GoStruct* found = nullptr;
  for (const auto& [package, types] : all) {
    const auto type = types.find(std::string(message.name));
    if (type == types.end()) continue;
    REQUIRE_MESSAGE(found == nullptr, message.name, " stands in two packages");
    found = &type->second;
  }
  REQUIRE_MESSAGE(found != nullptr, message.name, " stands in no package");
  return *found;
}

}  // namespace

TEST_SUITE_BEGIN("real/types");

TEST_CASE("fields of the table are as the API's own types have them") {
  const Packages all = packages();
  std::size_t fields = 0;
  for (const Message* message : messages()) {
    const GoStruct& go = struct_of(*message, all);
    for (const Field& field : message->fields) {
      CAPTURE(message->name);
      CAPTURE(field.name);
      const auto found = go.find(std::string(field.name));
      REQUIRE(found != go.end());
      const bool scalar = field.type == Field::Type::text || field.type == Field::Type::integer ||
                          field.type == Field::Type::boolean;
      CHECK(field.number == found->second.number);
      CHECK(field.repeated == found->second.repeated());
      CHECK(field.left_out_empty == (scalar && found->second.left_out_empty()));
      ++fields;
    }
  }
  CHECK(fields > 500);
}

TEST_SUITE_END();
