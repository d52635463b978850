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
#include <regex>
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
  std::set<std::string> asked_for = {};  // the words reads are made with, which stay as they are
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

// "a=b,c in (d,e)" as {a, b} and {c, d}.
std::vector<std::pair<std::string, std::string>> terms(const std::string& selector) {
  static const std::regex term(R"(([^=, ]+)(?:=| in \()([^,)]+)(?:[^)=]*\))?)");
  std::vector<std::pair<std::string, std::string>> all;
  for (std::sregex_iterator at(selector.begin(), selector.end(), term), end; at != end; ++at) {
    all.emplace_back((*at)[1], (*at)[2]);
  }
  return all;
}

// By the last member of a path: words that jobs know, where they look for words.
const std::map<std::string, std::string> known_texts = {
    {"args", "--feature-gates=GatewayAlpha=true"},
    {"controllerName", "konghq.com/gateway-operator"},
    {"creationTimestamp", "2022-05-03T08:46:22Z"},
    {"image", "kong/kubernetes-ingress-controller:3.4.5"},
    {"lastTransitionTime", "2022-05-03T08:46:22Z"},
    {"manager", "kubectl"},
    {"name", "ingress-controller"},
    {"providerID", "aws:///zone/i-0"},
    {"time", "2022-05-03T08:46:22Z"}};

std::string known_text(const json::Path& path) {
  for (auto step = path.steps.rbegin(); step != path.steps.rend(); ++step) {
    if (step->kind == json::Step::Kind::each) continue;
    const auto found = known_texts.find(step->name);
    return found == known_texts.end() ? "1.2.3" : found->second;
  }
  return {};
}

// An object, a document or samples for every read, with `leaf` at its paths, or what jobs know if
// that is empty. `all`: also for those that, being there, keep others from being read.
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
      const json::Path parsed = json::parse_path(std::string(path.as_string())).value();
      put(document, parsed, leaf_.empty() ? known_text(parsed) : leaf_);
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

    js::value selected = std::move(object);
    // One a read, or they would be one object.
    put(selected, member("metadata.name"), "object-" + std::to_string(served_.size()));
    ask_for(selected, member("metadata.name"), filled_in(text(read, "name")));
    ask_for(selected, member("metadata.namespace"), filled_in(text(read, "namespace")));
    for (const auto& [label, value] : terms(text(read, "label_selector"))) {
      ask_for(selected, member("metadata.labels['" + label + "']"), value);
    }
    for (const auto& [field, value] : terms(text(read, "field_selector"))) {
      ask_for(selected, member(field == "source" ? "source.component" : field), value);
    }
    selected.as_object()["apiVersion"] = group.empty() ? version : group + "/" + version;
    selected.as_object()["kind"] = kind_of(resource);
    objects_[{group + version, resource}].push_back(selected);
  }

  static json::Path member(const std::string& path) { return json::parse_path(path).value(); }

  void ask_for(js::value& object, const json::Path& path, const std::string& word) {
    if (word.empty()) return;
    put(object, path, word);
    cluster_.asked_for.insert(word);
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

js::value as_a_suffix(const std::string& s) { return js::string(s + "-" + marker); }
js::value as_one_more(const std::string& s) { return js::string(s + "," + marker + "=true"); }

const std::pair<std::string, Plant> plants[] = {
    {"in its place",
     [](const std::string& s) {
       // Still one text for one, so that two objects do not become the same.
       return js::string(marker + std::to_string(std::hash<std::string>()(s) % 100'000));
     }},
    {"behind it", [](const std::string& s) { return js::string(s + marker); }},
    {"as a suffix", as_a_suffix},
    {"as a build", [](const std::string& s) { return js::string(s + "+" + marker + ".1"); }},
    {"as a prefix", [](const std::string& s) { return js::string(marker + "-" + s); }},
    {"as one more", as_one_more},
    {"as a folder", [](const std::string& s) { return js::string(marker + "/" + s); }},
    {"too long",
     [](const std::string& s) { return js::string(s + std::string(5000, ' ') + marker); }},
    {"as another type",
     [](const std::string&) {
       return js::value{{marker, js::array{marker}}};
     }},
};

void mark_keys(js::object& object) {
  std::vector<std::string> keys;
  for (const auto& member : object) keys.emplace_back(member.key());
  for (const std::string& key : keys) object[key + marker] = marker;
  object[marker + "/" + marker] = marker;
}

class Marking {
 public:
  // only: of the members of that name alone, so that jobs know the rest; empty: of all.
  Marking(const Cluster& cluster, const Plant& plant, std::string only)
      : asked_for_(cluster.asked_for), plant_(plant), only_(std::move(only)) {}

  void mark(js::value& value) const { mark(value, only_.empty()); }

  // All but the type, without which it would not be read.
  void mark_object(js::object& object) const {
    for (auto& member : object) {
      if (member.key() != "apiVersion" && member.key() != "kind") mark_member(member, false);
    }
  }

 private:
  void mark(js::value& value, bool inside) const {
    if (value.is_string()) {
      const std::string text(value.get_string());
      if (inside && !asked_for_.contains(text)) value = plant_(text);
    } else if (value.is_array()) {
      for (js::value& item : value.get_array()) mark(item, inside);
    } else if (value.is_object()) {
      for (auto& member : value.get_object()) mark_member(member, inside);
    }
  }

  void mark_member(js::key_value_pair& member, bool inside) const {
    inside = inside || only_.empty() || member.key() == only_;
    mark(member.value(), inside);
    const bool has_keys = member.key() == "labels" || member.key() == "annotations";
    if (inside && has_keys && member.value().is_object()) mark_keys(member.value().get_object());
  }

  const std::set<std::string>& asked_for_;
  const Plant& plant_;
  const std::string only_;
};

// What is served has marks of its own, and when a snapshot was taken is no text of a cluster.
void mark_file(const std::string& name, js::value& document, const Marking& marking) {
  if (name == "_reads/served.json" || name == "_snapshot.json") return;
  if (!name.starts_with("_reads/")) {
    for (js::value& item : document.at("items").as_array()) marking.mark_object(item.as_object());
  } else if (document.is_array()) {  // samples
    for (js::value& sample : document.get_array()) marking.mark(sample.as_object()["labels"]);
  } else {
    marking.mark(document);
  }
}

void write(const test::TempDir& to, const Cluster& cluster, const Plant& plant,
           const std::string& only = {}) {
  const Marking marking(cluster, plant, only);
  Files marked = cluster.files;
  for (auto& [name, document] : marked) {
    mark_file(name, document, marking);
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
  static const test::TempDir cache;  // of what plugins declare: looking is done once
  const test::Given given = {.env = {{"XDG_CACHE_HOME", cache.path()}}};
  test::Words words = {"workflows", "run", "-v", "--jobs", "all", "--snapshot", snapshot};
  for (const auto& [name, value] : parameters) {
    words = words + test::Words{"--param", "service-mesh." + name + "=" + value};
  }
  const auto dry = user.ktel(words + test::Words{"--dry-run"}, given);
  REQUIRE_MESSAGE(dry.exit_code == 0, dry.err);
  const auto r = user.ktel(words, given);
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
       {Row{"", true}, Row{"", false}, Row{"1.2.3", true}, Row{"kong/kong-gateway:3.4.5", true},
        Row{"istio", true}, Row{"konghq.com/kic", false}}) {
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

TEST_CASE("no text of a member comes out where the jobs know all others") {
  const Declared declared(test::User(), "", true);
  for (const auto& [member, known] : known_texts) {
    for (const Plant plant : {as_a_suffix, as_one_more}) {
      CAPTURE(member);
      const test::TempDir snapshot;
      write(snapshot, declared.cluster(), plant, member);
      CHECK(marked(run_all(snapshot.path()).text) == "");
    }
  }
}

TEST_CASE("what may leave does, so that nothing else is what is left out") {
  const test::TempDir snapshot;
  write(snapshot, Declared(test::User(), "1.2.3", true).cluster(), as_a_suffix);
  const js::value report = run_all(snapshot.path()).report;
  for (const auto& [job, field] : with_a_suffix) {
    CHECK(text(report.at(job).as_object(), field) == "1.2.3-" + marker);
  }
}

TEST_CASE("a word beside a marked one is understood, so that the marked one was read") {
  const test::TempDir snapshot;
  write(snapshot, Declared(test::User(), "", true).cluster(), as_one_more, "args");
  const js::value report = run_all(snapshot.path()).report;
  CHECK(report.at("feature-flags").at("controller").at("GatewayAlpha") == true);
}

TEST_SUITE_END();
