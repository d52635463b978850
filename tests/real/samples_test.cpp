// The API's own samples of its objects, in JSON and in protobuf, give the same cells.
//
// Every path the table of messages knows is held against every sample of its kind, of four releases
// of Kubernetes; of kinds the table does not know, their metadata.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cluster/kinds.hpp"
#include "json/projection.hpp"
#include "protobuf/reader.hpp"
#include "protobuf/schema.hpp"
#include "support/process.hpp"

using namespace ktel;
using json::Cell;
using protobuf::Field;
using protobuf::Message;

namespace {

namespace fs = std::filesystem;

fs::path samples(const std::string& release) {
  const char* dir = std::getenv("KTEL_CRDS");
  REQUIRE_MESSAGE(dir != nullptr, "KTEL_CRDS is not set: run tests/real/fetch_crds.sh PROGRAM ...");
  return fs::path(dir) / ("samples-" + release);
}

// All values below a message. The samples call what is in a map after the map: "labelsKey".
void add_paths(const Message& message, const std::string& prefix, std::vector<std::string>& paths) {
  for (const Field& field : message.fields) {
    const std::string path = prefix + std::string(field.name) + (field.repeated ? "[*]" : "");
    if (field.type == Field::Type::message) {
      add_paths(*field.message, path + ".", paths);
    } else if (field.type == Field::Type::texts || field.type == Field::Type::quantities) {
      paths.push_back(fmt::format("{}['{}Key']", path, field.name));
      paths.push_back(fmt::format("{}['{}*']", path, field.name.substr(0, 3)));
      paths.push_back(fmt::format("{}['nobody*']", path));
    } else {
      paths.push_back(path);
    }
  }
}

std::vector<std::string> paths_of(const Message& message) {
  std::vector<std::string> paths;
  add_paths(message, "", paths);
  return paths;
}

std::string show(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::absent:
      return "-";
    case Cell::Type::boolean:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Type::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Type::text:
      return "\"" + cell.text + "\"";
    case Cell::Type::list: {
      std::string text = "[";
      for (const Cell& item : cell.items) text += show(item) + " ";
      return text + "]";
    }
    default:
      return "?";
  }
}

std::shared_ptr<const json::PathTrie> trie_of(const std::vector<std::string>& paths) {
  return std::make_shared<const json::PathTrie>(
      json::parse_paths(fmt::format("{}", fmt::join(paths, " "))).value());
}

using Cells = std::vector<std::string>;

json::RowSink keep(Cells& cells) {
  return [&cells](std::span<const Cell> row) {
    for (const Cell& cell : row) cells.push_back(show(cell));
    return Result<void>();
  };
}

Cells from_json(const std::string& text, const std::shared_ptr<const json::PathTrie>& paths) {
  Cells cells;
  json::Projection projection(paths, json::Shape::document, keep(cells));
  REQUIRE(projection.feed(text).has_value());
  REQUIRE(projection.finish().has_value());
  return cells;
}

// In pieces of a few bytes, as bad as a network's.
Cells from_protobuf(const std::string& bytes, const Message& message,
                    const std::shared_ptr<const json::PathTrie>& paths, std::size_t piece) {
  Cells cells;
  auto wanted = protobuf::wanted_of(message, *paths);
  REQUIRE(wanted.has_value());
  protobuf::Reader reader(*std::move(wanted), paths, protobuf::Shape::document, keep(cells));
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const Result<void> fed = reader.feed(std::string_view(bytes).substr(at, piece));
    REQUIRE_MESSAGE(fed.has_value(), fed.error().message);
  }
  REQUIRE(reader.finish().has_value());
  return cells;
}

struct Sample {
  std::string name;  // "apps.v1.Deployment"
  std::string json;
  std::string protobuf;

  // Null: the table does not know it.
  const Message* message() const {
    const std::size_t kind = name.rfind('.');
    const std::size_t version = name.rfind('.', kind - 1);
    const std::string group = name.substr(0, version);
    return protobuf::message_of(group == "core" ? "" : group,
                                name.substr(version + 1, kind - version - 1),
                                cluster::resource_of(name.substr(kind + 1)));
  }
};

std::vector<Sample> samples_of(const std::string& release) {
  std::vector<Sample> all;
  for (const auto& entry : fs::directory_iterator(samples(release))) {
    if (entry.path().extension() != ".pb") continue;
    const std::string name = entry.path().stem();
    if (name.find("after_roundtrip") != name.npos) continue;
    fs::path other = entry.path();
    const std::string json = test::read_file(other.replace_extension(".json"));
    // Options and reviews are no objects.
    const bool object = json.find("\n  \"metadata\": {\n    \"name\"") != json.npos;
    if (object) all.push_back({name, json, test::read_file(entry.path())});
  }
  return all;
}

// The paths of which the sample holds nothing.
std::set<std::string> compare(const Sample& sample, const Message& message) {
  const std::vector<std::string> paths = paths_of(message);
  const auto trie = trie_of(paths);
  const Cells expected = from_json(sample.json, trie);
  std::set<std::string> nothing;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, sample.protobuf.size()}) {
    const Cells found = from_protobuf(sample.protobuf, message, trie, piece);
    REQUIRE(found.size() == paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (found[i] == "-" && expected[i] == "-") nothing.insert(paths[i]);
      CHECK_MESSAGE(found[i] == expected[i], sample.name, " ", paths[i]);
    }
  }
  return nothing;
}

}  // namespace

TEST_SUITE_BEGIN("real/samples");

TEST_CASE("each value the table of messages knows is read from protobuf as from JSON") {
  std::set<const Message*> seen;
  std::size_t metadata_only = 0;
  for (const std::string release : {"HEAD", "crd", "v1.33.0", "v1.34.0", "v1.35.0"}) {
    CAPTURE(release);
    for (const Sample& sample : samples_of(release)) {
      const Message* message = sample.message();
      CAPTURE(sample.name);
      if (message == nullptr) {
        ++metadata_only;
        compare(sample, protobuf::partial_object_metadata());
        continue;
      }
      const std::set<std::string> nothing = compare(sample, *message);
      if (release != "HEAD" && release != "crd") continue;
      seen.insert(message);
      CHECK_MESSAGE(nothing.empty(), sample.name, " has nothing at ", *nothing.begin());
    }
  }
  CHECK(seen.size() == 22);
  CHECK(metadata_only > 300);
}

TEST_SUITE_END();
