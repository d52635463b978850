// Text of a cluster stays there: a marker in every string of every object, and nothing that comes
// out of ktel has it.
//
// Two clusters are marked: the demo's, whose values the jobs know, and one with an object for each
// read that any built-in job declares, with a text at each declared path. So a new job is marked
// without a change here.
#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "end_to_end/user.hpp"
#include "json/path.hpp"

using namespace ktel;

namespace {

namespace js = boost::json;

const std::string marker = "zqxmarkerxqz";

// What an operator was told may leave with a suffix of the cluster's own. Nobody who uses a cluster
// writes these two: the API server is built with the one, OpenShift's release image has the other.
constexpr std::pair<const char*, const char*> with_a_suffix[] = {
    {"identify-platform", "kubernetes_version"}, {"identify-platform", "openshift_version"}};

// ---- clusters, as the files of a snapshot ----

using Files = std::map<std::string, js::value>;

struct Cluster {
  Files files = {};
  std::set<std::string> asked_for = {};  // names and namespaces that are not the cluster's text
};

Cluster demo() {
  Files files;
  const std::filesystem::path root = KTEL_DEMO;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".json") continue;
    files[entry.path().lexically_relative(root)] = js::parse(test::read_file(entry.path()));
  }
  return {.files = std::move(files)};
}

std::string text(const js::object& object, std::string_view key) {
  const js::value* value = object.if_contains(key);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

js::array list(const js::object& object, std::string_view key) {
  const js::value* value = object.if_contains(key);
  return value == nullptr ? js::array() : value->as_array();
}

// A kind that a snapshot takes for this resource.
std::string kind_of(std::string resource) {
  if (resource == "endpoints") return resource;
  const auto shorter = [&](std::size_t by) { return resource.substr(0, resource.size() - by); };
  if (resource.ends_with("ies")) return shorter(3) + "y";
  for (const char* end : {"sses", "xes", "ches", "shes"}) {
    if (resource.ends_with(end)) return shorter(2);
  }
  return shorter(1);
}

// Puts `leaf` at the path, with whatever has to be above it.
void put(js::value& at, const json::Path& path, const std::string& leaf) {
  js::value* here = &at;
  for (const json::Step& step : path.steps) {
    if (step.kind == json::Step::Kind::each) {
      if (!here->is_array()) *here = js::array(1);
      here = &here->get_array()[0];
    } else {
      if (!here->is_object()) here->emplace_object();
      const bool prefix = step.kind == json::Step::Kind::prefix;
      here = &here->get_object()[step.name + (prefix ? "any" : "")];
    }
  }
  *here = js::string(leaf);
}

// Which Pod is the product's is what an operator says.
const std::map<std::string, std::string> parameters = {{"pod_namespace", "here"},
                                                       {"pod_name", "this"}};

std::string filled_in(std::string name) {
  for (const auto& [parameter, value] : parameters) {
    if (name == "${" + parameter + "}") return value;
  }
  return name;
}

// An object, or a document, for every read but METRICS; each text of it is `leaf`. `all`: also
// those that, being there, keep others from being read.
class Declared {
 public:
  Declared(const test::User& user, std::string leaf, bool all) : leaf_(std::move(leaf)) {
    std::istringstream names(user.ktel({"jobs", "list", "-o", "name"}).out);
    for (std::string name; names >> name;) {
      const std::string job = user.ktel({"jobs", "describe", name, "-o", "json"}).out;
      const js::value reads = js::parse(job).at("reads");
      std::set<std::string> preferred;
      for (const auto& [id, read] : reads.as_object()) {
        const std::string when = text(read.as_object(), "when");
        if (when.starts_with('!')) preferred.insert(when.substr(1));
      }
      for (const auto& [id, read] : reads.as_object()) {
        if (all || !preferred.contains(std::string(id))) add(read.as_object());
      }
    }
    cluster_.files["_reads/served.json"] = served_;
    for (const auto& [type, items] : objects_) {
      cluster_.files["objects-" + std::to_string(cluster_.files.size()) + ".json"] = {
          {"apiVersion", "v1"}, {"kind", "List"}, {"items", items}};
    }
  }

  const Cluster& cluster() const { return cluster_; }

 private:
  void add(const js::object& read) {
    const std::string verb = text(read, "verb");
    js::value document = js::object();
    for (const js::value& path : list(read, "paths")) {
      put(document, json::parse_path(std::string(path.as_string())).value(), leaf_);
    }
    if (verb == "RAW") {
      cluster_.files["_reads" + text(read, "path") + ".json"] = document;
    } else if (verb == "METRICS") {
      add_samples(read, document);
    } else {
      add_object(read, std::move(document.as_object()));
    }
  }

  void add_samples(const js::object& read, const js::value& sample) {
    js::value& samples = cluster_.files["_reads" + text(read, "path") + ".json"];
    if (!samples.is_array()) samples.emplace_array();
    for (const js::value& metric : list(read, "metrics")) {
      js::object& added = samples.get_array().emplace_back(sample).get_object();
      added["name"] = metric;
      added["value"] = 1;
    }
  }

  // Of SERVED only its kind is there, and another one that nobody knows.
  void add_object(const js::object& read, js::object object) {
    const std::string group = text(read, "group");
    const js::array versions = list(read, "versions");
    const bool any = versions.empty() || versions[0].as_string() == "*";
    const std::string version = any ? "v1" : std::string(versions[0].as_string());
    std::string resource = text(read, "resource");
    if (resource.empty()) resource = "things";
    if (group == "*") return;
    serve(group, version, resource, kind_of(resource));
    serve(group, "v1" + marker, resource + marker, "Kind" + marker);
    if (text(read, "verb") == "SERVED") return;

    object["apiVersion"] = group.empty() ? version : group + "/" + version;
    object["kind"] = kind_of(resource);
    put_name(object, "name", text(read, "name"));
    put_name(object, "namespace", text(read, "namespace"));
    objects_[{group + version, resource}].push_back(object);
  }

  void put_name(js::object& object, const char* member, const std::string& declared) {
    js::value& metadata = object["metadata"];
    if (!metadata.is_object()) metadata.emplace_object();
    js::value& name = metadata.get_object()[member];
    if (!declared.empty()) {
      name = js::string(filled_in(declared));
      cluster_.asked_for.insert(filled_in(declared));
    } else {
      // One a read, or they would be one object.
      name = js::string(leaf_ + "-" + std::to_string(served_.size()));
    }
  }

  void serve(const std::string& group, const std::string& version, const std::string& resource,
             const std::string& kind) {
    served_.push_back(
        {{"group", group}, {"version", version}, {"resource", resource}, {"kind", kind}});
  }

  std::string leaf_;
  js::array served_;
  std::map<std::pair<std::string, std::string>, js::array> objects_;
  Cluster cluster_;
};

// ---- marking ----

using Plant = std::function<js::value(const std::string&)>;

const std::pair<std::string, Plant> plants[] = {
    {"in its place",
     [](const std::string& s) {
       // Still one text for one, so that two objects do not become the same.
       return js::string(marker + std::to_string(std::hash<std::string>()(s) % 100'000));
     }},
    {"behind it", [](const std::string& s) { return js::string(s + marker); }},
    {"as a suffix", [](const std::string& s) { return js::string(s + "-" + marker); }},
    {"as a build", [](const std::string& s) { return js::string(s + "+" + marker + ".1"); }},
    {"as a prefix", [](const std::string& s) { return js::string(marker + "-" + s); }},
    {"as a folder", [](const std::string& s) { return js::string(marker + "/" + s); }},
    {"too long",
     [](const std::string& s) { return js::string(s + std::string(5000, ' ') + marker); }},
    {"as another type",
     [](const std::string&) {
       return js::value{{marker, js::array{marker}}};
     }},
};

bool names_the_type(std::string_view key) { return key == "kind" || key == "apiVersion"; }

void mark(js::value& value, const Plant& plant) {
  if (value.is_string()) {
    value = plant(std::string(value.get_string()));
  } else if (value.is_array()) {
    for (js::value& item : value.get_array()) mark(item, plant);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) mark(member.value(), plant);
  }
}

void mark_keys(js::object& object) {
  std::vector<std::string> keys;
  for (const auto& member : object) keys.emplace_back(member.key());
  for (const std::string& key : keys) object[key + marker] = marker;
  object[marker + "/" + marker] = marker;
}

// All but the type, without which it would not be read, and the names that it is asked for by.
void mark_object(js::object& object, const std::set<std::string>& asked_for, const Plant& plant) {
  const auto kept = [&](const js::value& value) {
    return value.is_string() && asked_for.contains(std::string(value.get_string()));
  };
  for (auto& member : object) {
    if (names_the_type(member.key())) continue;
    if (member.key() != "metadata" || !member.value().is_object()) {
      mark(member.value(), plant);
      continue;
    }
    for (auto& part : member.value().get_object()) {
      const bool is_name = part.key() == "name" || part.key() == "namespace";
      if (!is_name || !kept(part.value())) mark(part.value(), plant);
      const bool has_keys = part.key() == "labels" || part.key() == "annotations";
      if (has_keys && part.value().is_object()) mark_keys(part.value().get_object());
    }
  }
}

// What is served has marks of its own, and when a snapshot was taken is no text of a cluster.
void mark_file(const std::string& name, js::value& document, const std::set<std::string>& asked_for,
               const Plant& plant) {
  if (name == "_reads/served.json" || name == "_snapshot.json") return;
  if (!name.starts_with("_reads/")) {
    for (js::value& item : document.at("items").as_array()) {
      mark_object(item.as_object(), asked_for, plant);
    }
  } else if (document.is_array()) {  // samples
    for (js::value& sample : document.get_array()) mark(sample.as_object()["labels"], plant);
  } else {
    mark(document, plant);
  }
}

void write(const test::TempDir& to, Cluster cluster, const Plant& plant) {
  for (auto& [name, document] : cluster.files) {
    mark_file(name, document, cluster.asked_for, plant);
    to.write(name, js::serialize(document));
  }
}

// ---- what comes out ----

struct Output {
  js::object report;
  std::string text;  // everything, without what may leave
};

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos;) text.erase(at, part.size());
  return text;
}

// By somebody whose ledger holds this run and no other.
Output run_all(const std::filesystem::path& snapshot) {
  const test::User user;
  test::Words words = {"workflows", "run", "-v", "--jobs", "all", "--snapshot", snapshot};
  for (const auto& [name, value] : parameters) {
    words = words + test::Words{"--param", "service-mesh." + name + "=" + value};
  }
  const auto dry = user.ktel(words + test::Words{"--dry-run"});
  REQUIRE_MESSAGE(dry.exit_code == 0, dry.err);
  const auto r = user.ktel(words);
  REQUIRE_MESSAGE(r.exit_code == 0, r.err);
  const auto record = user.ktel({"reports", "show", "--record"});
  REQUIRE(record.exit_code == 0);

  Output output{
      .report = js::parse(r.out).as_object(),
      .text = dry.out + dry.err + r.out + r.err + record.out + test::read_file(user.ledger())};
  for (const auto& [job, field] : with_a_suffix) {
    const js::value* part = output.report.if_contains(job);
    if (part == nullptr) continue;
    const js::value* value = part->as_object().if_contains(field);
    if (value == nullptr) continue;
    const std::string member = "\"" + std::string(field) + "\":" + js::serialize(*value);
    output.text = without(std::move(output.text), member);
  }
  return output;
}

// Where the marker is, with what stands around it; empty: nowhere.
std::string marked(const std::string& text) {
  const std::size_t at = text.find(marker);
  if (at == text.npos) return {};
  const std::size_t begin = at < 100 ? 0 : at - 100;
  return text.substr(begin, 200 + marker.size());
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/marker");

TEST_CASE("no text of the demo's cluster comes out") {
  const js::value unmarked = run_all(KTEL_DEMO).report;
  for (const auto& [how, plant] : plants) {
    CAPTURE(how);
    const test::TempDir snapshot;
    write(snapshot, demo(), plant);
    const Output output = run_all(snapshot.path());
    CHECK(marked(output.text) == "");
    // It was all read: what is counted does not depend on texts.
    CHECK(output.report.at("cluster-state") == unmarked.at("cluster-state"));
  }
}

TEST_CASE("no text at a declared path comes out") {
  struct Row {
    std::string leaf;
    bool all;
  };
  for (const auto& [leaf, all] :
       {Row{"1.2.3", true}, Row{"1.2.3", false}, Row{"kong/kong-gateway:3.4.5", true},
        Row{"istio", true}, Row{"konghq.com/kic", true}, Row{"aws:///zone/i-0", false}}) {
    const Declared declared(test::User(), leaf, all);
    for (const auto& [how, plant] : plants) {
      CAPTURE(leaf);
      CAPTURE(all);
      CAPTURE(how);
      const test::TempDir snapshot;
      write(snapshot, declared.cluster(), plant);
      CHECK(marked(run_all(snapshot.path()).text) == "");
    }
  }
}

TEST_CASE("what may leave does, so that nothing else is what is left out") {
  const test::TempDir snapshot;
  write(snapshot, Declared(test::User(), "1.2.3", true).cluster(), plants[2].second);
  const js::value report = run_all(snapshot.path()).report;
  for (const auto& [job, field] : with_a_suffix) {
    CHECK(text(report.at(job).as_object(), field) == "1.2.3-" + marker);
  }
}

TEST_SUITE_END();
