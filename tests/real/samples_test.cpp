// The API's own samples of its objects, in JSON and in protobuf, give the same cells.
//
// Every path the table of messages knows is held against every sample of its kind, of four releases
// of Kubernetes; of kinds the table does not know, their metadata.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cluster/kinds.hpp"
#include "protobuf/schema.hpp"
#include "real/every_path.hpp"
#include "support/process.hpp"

using namespace ktel;
using protobuf::Message;

namespace {

namespace fs = std::filesystem;

fs::path samples(const std::string& release) {
  const char* dir = std::getenv("KTEL_CRDS");
  REQUIRE_MESSAGE(dir != nullptr, "KTEL_CRDS is not set: run tests/real/fetch_crds.sh PROGRAM ...");
  return fs::path(dir) / ("samples-" + release);
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
  const test::EveryPath paths(message);
  const test::Cells expected = paths.from_json(sample.json, json::Shape::document).at(0);
  std::set<std::string> nothing;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, sample.protobuf.size()}) {
    const auto rows = paths.from_protobuf(sample.protobuf, protobuf::Shape::document, piece);
    REQUIRE(rows.size() == 1);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (rows[0][i] == "-" && expected[i] == "-") nothing.insert(paths.names()[i]);
      CHECK_MESSAGE(rows[0][i] == expected[i], sample.name, " ", paths.names()[i]);
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
