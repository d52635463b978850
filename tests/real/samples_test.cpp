// The API's own samples of its objects, as the one item of a list, give the same rows in all forms
// in which the API source may get it: JSON and protobuf, whole and as metadata alone.
//
// Every path the table of messages knows is held against every sample of its kind, of four releases
// of Kubernetes; of kinds the table does not know, their metadata.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/kinds.hpp"
#include "cluster/list_body.hpp"
#include "protobuf/schema.hpp"
#include "real/every_path.hpp"
#include "support/process.hpp"
#include "support/protobuf_writer.hpp"

using namespace ktel;
using cluster::Representation;
using protobuf::Message;

namespace {

namespace bj = boost::json;
namespace fs = std::filesystem;

const std::string json_type = "application/json";
const std::string protobuf_type = "application/vnd.kubernetes.protobuf";

fs::path samples(const std::string& release) {
  const char* dir = std::getenv("KTEL_CRDS");
  REQUIRE_MESSAGE(dir != nullptr, "KTEL_CRDS is not set: run tests/real/fetch_crds.sh PROGRAM ...");
  return fs::path(dir) / ("samples-" + release);
}

struct Sample {
  std::string name;  // "apps.v1.Deployment", and behind it what is special about it
  std::string api_version;
  std::string kind;
  std::string json;
  std::string protobuf;  // the object, without what stands around it
  cluster::Fetch fetch = {};

  // Null: the table does not know it.
  const Message* message() const {
    return protobuf::message_of(fetch.group, fetch.version, fetch.resource);
  }
};

// A field of a message that is a message or a text.
std::string pb_field(std::string_view bytes, std::uint32_t wanted) {
  const auto varint = [&bytes] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.at(0));
      bytes.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (!bytes.empty()) {
    const std::uint64_t tag = varint();
    const std::uint64_t size = varint();
    REQUIRE((tag & 7) == 2);
    if (tag >> 3 == wanted) return std::string(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return {};
}

// What a later release made of a sample, "NAME.after_roundtrip", is there only in the encodings in
// which that is another one.
std::string read_sample(const fs::path& dir, std::string name, const std::string& extension) {
  if (!fs::exists(dir / (name + extension))) name = name.substr(0, name.rfind(".after_roundtrip"));
  return test::read_file(dir / (name + extension));
}

// Options and reviews are no objects.
std::vector<Sample> samples_of(const std::string& release) {
  const fs::path dir = samples(release);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir)) names.insert(entry.path().stem());
  std::vector<Sample> all;
  for (const std::string& name : names) {
    const std::string json = read_sample(dir, name, ".json");
    if (json.find("\n  \"metadata\": {\n    \"name\"") == json.npos) continue;
    const std::string protobuf = read_sample(dir, name, ".pb");
    const bj::value object = bj::parse(json);
    Sample sample;
    sample.name = name;
    sample.api_version = std::string(object.at("apiVersion").as_string());
    sample.kind = std::string(object.at("kind").as_string());
    sample.json = json;
    sample.protobuf = pb_field(std::string_view(protobuf).substr(4), 2);
    const auto at = cluster::split_api_version(sample.api_version);
    sample.fetch.group = at.group;
    sample.fetch.version = at.version;
    sample.fetch.resource = cluster::resource_of(sample.kind);
    all.push_back(std::move(sample));
  }
  return all;
}

std::string json_list(std::string_view api_version, std::string_view kind, std::string_view item) {
  return fmt::format(
      R"({{"kind":"{}List","apiVersion":"{}","metadata":{{"resourceVersion":"7"}},"items":[{}]}})",
      kind, api_version, item);
}

std::string protobuf_list(std::string_view api_version, std::string_view kind,
                          std::string_view item) {
  return test::pb_answer(api_version, std::string(kind) + "List",
                         test::pb_bytes(1, test::pb_bytes(2, "7")) + test::pb_bytes(2, item));
}

struct Form {
  std::string name;
  Representation representation;
  std::string type;
  std::string bytes;
};

Form whole_json(const Sample& sample) {
  return {"JSON", Representation::objects, json_type,
          json_list(sample.api_version, sample.kind, sample.json)};
}

Form whole_protobuf(const Sample& sample) {
  return {"protobuf", Representation::objects, protobuf_type,
          protobuf_list(sample.api_version, sample.kind, sample.protobuf)};
}

std::vector<Form> metadata(const Sample& sample) {
  const std::string json = bj::serialize(bj::parse(sample.json).at("metadata"));
  const std::string protobuf = pb_field(sample.protobuf, 1);
  const auto kind = "PartialObjectMetadata";
  return {{"metadata as JSON", Representation::metadata, json_type,
           json_list("meta.k8s.io/v1", kind, "{\"metadata\":" + json + "}")},
          {"metadata as protobuf", Representation::metadata, protobuf_type,
           protobuf_list("meta.k8s.io/v1", kind, test::pb_bytes(1, protobuf))}};
}

// The paths of which the sample holds nothing.
std::set<std::string> compare(const Sample& sample, const Message& message,
                              const std::vector<Form>& forms) {
  const test::EveryPath paths(message);
  std::set<std::string> nothing;
  const auto expected = paths.from_list(forms[0].type, forms[0].bytes, sample.fetch,
                                        forms[0].representation, forms[0].bytes.size());
  REQUIRE(expected.size() == 1);
  for (std::size_t i = 0; i < paths.names().size(); ++i) {
    if (expected[0][i] == "-") nothing.insert(paths.names()[i]);
  }
  for (const Form& form : forms) {
    CAPTURE(form.name);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, form.bytes.size()}) {
      const auto rows =
          paths.from_list(form.type, form.bytes, sample.fetch, form.representation, piece);
      REQUIRE(rows.size() == 1);
      if (rows == expected) continue;
      for (std::size_t i = 0; i < paths.names().size(); ++i) {
        CHECK_MESSAGE(rows[0][i] == expected[0][i], sample.name, " ", paths.names()[i]);
      }
    }
  }
  return nothing;
}

}  // namespace

TEST_SUITE_BEGIN("real/samples");

TEST_CASE("each object of the API is the same rows from all four forms of a list") {
  const struct {
    std::string release;
    std::size_t objects;
  } rows[] = {{"HEAD", 163}, {"crd", 2}, {"v1.33.0", 158}, {"v1.34.0", 160}, {"v1.35.0", 181}};
  std::set<const Message*> seen;
  for (const auto& row : rows) {
    CAPTURE(row.release);
    const std::vector<Sample> all = samples_of(row.release);
    CHECK(all.size() == row.objects);
    for (const Sample& sample : all) {
      CAPTURE(sample.name);
      const Message* message = sample.message();
      std::vector<Form> forms = metadata(sample);
      forms.push_back(whole_json(sample));
      if (message != nullptr) forms.push_back(whole_protobuf(sample));
      compare(sample, protobuf::partial_object_metadata(), forms);
      if (message == nullptr) continue;

      const std::set<std::string> nothing =
          compare(sample, *message, {whole_json(sample), whole_protobuf(sample)});
      if (row.release != "HEAD" && row.release != "crd") continue;
      seen.insert(message);
      CHECK_MESSAGE(nothing.empty(), sample.name, " has nothing at ", *nothing.begin());
    }
  }
  CHECK(seen.size() == 22);
}

TEST_SUITE_END();
