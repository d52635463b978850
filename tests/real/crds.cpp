// The definitions are YAML, which the API server takes as it is; what is served is asked of
// discovery, as ktel does.
#include "real/crds.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string_view>

#include "support/process.hpp"

namespace ktel::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

// "httproutes.gateway.networking.k8s.io": also what a definition of it is called.
using Names = std::set<std::string>;

fs::path crds_dir() {
  const char* dir = std::getenv("KTEL_CRDS");
  if (!dir || !*dir) {
    throw std::runtime_error("KTEL_CRDS is not set: run tests/real/fetch_crds.sh PROGRAM ...");
  }
  return dir;
}

std::vector<std::string> documents_of(const std::string& yaml) {
  constexpr std::string_view separator = "\n---\n";
  const std::string text = "\n" + yaml;  // one may stand on the first line
  std::vector<std::string> documents;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    documents.push_back(text.substr(begin, end - begin));
    begin = end + separator.size() - 1;  // its last line break is the next document's
  }
  return documents;
}

bool is_definition(const std::string& document) {
  return document.find("\nkind: CustomResourceDefinition\n") != document.npos;
}

// What a file defines that is called GROUP_PLURAL.yaml, as Kong and Gateway API do it.
std::string defined_in(const fs::path& file) {
  const std::string stem = file.stem();
  const std::size_t bar = std::min(stem.find('_'), stem.size() - 1);
  return stem.substr(bar + 1) + "." + stem.substr(0, bar);
}

// The files of a set, in the order of their names.
std::vector<fs::path> files_of(const std::string& set) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(crds_dir() / set)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The server writes null for a list of nothing, or leaves it out.
const json::array& list(const json::value& object, std::string_view member) {
  static const json::array nothing;
  const json::value* found = object.as_object().if_contains(member);
  return found && found->is_array() ? found->get_array() : nothing;
}

std::string text(const json::value& object, const char* member) {
  return std::string(object.at(member).as_string());
}

Names served_names(Cluster& cluster) {
  const HttpReply reply =
      cluster.request("GET", "/apis", {}, {},
                      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  Names names;
  const json::value found = json::parse(reply.body);
  for (const json::value& group : list(found, "items")) {
    for (const json::value& version : list(group, "versions")) {
      for (const json::value& resource : list(version, "resources")) {
        names.insert(text(resource, "resource") + "." + text(group.at("metadata"), "name"));
      }
    }
  }
  return names;
}

Names defined_names(Cluster& cluster) {
  const HttpReply reply =
      cluster.request("GET", definitions, {}, {},
                      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
  Names names;
  const json::value found = json::parse(reply.body);
  for (const json::value& item : list(found, "items")) {
    names.insert(text(item.at("metadata"), "name"));
  }
  return names;
}

void wait_until_served(Cluster& cluster, const Names& wanted) {
  const bool served = eventually(
      [&] {
        const Names now = served_names(cluster);
        return std::includes(now.begin(), now.end(), wanted.begin(), wanted.end());
      },
      60s, 50ms);
  if (!served) throw std::runtime_error("the API server does not serve all that was defined");
}

}  // namespace

void load_crds(Cluster& cluster, const std::vector<std::string>& sets) {
  for (const std::string& set : sets) {
    const Names known = defined_names(cluster);
    for (const fs::path& file : files_of(set)) {
      if (known.contains(defined_in(file))) continue;
      for (const std::string& document : documents_of(read_file(file))) {
        if (is_definition(document)) cluster.create(definitions, document);
      }
    }
  }
  wait_until_served(cluster, defined_names(cluster));
}

void define(Cluster& cluster, const std::vector<Kind>& kinds) {
  // The server asks for it in groups of Kubernetes' own domain.
  const json::object of_nobody = {{"api-approved.kubernetes.io", "unapproved, of a test"}};
  for (const Kind& kind : kinds) {
    const json::object anything = {{"type", "object"},
                                   {"x-kubernetes-preserve-unknown-fields", true}};
    const std::string name = kind.plural + "." + kind.group;
    const json::object version = {{"name", kind.version},
                                  {"served", true},
                                  {"storage", true},
                                  {"schema", {{"openAPIV3Schema", anything}}}};
    const json::object spec = {{"group", kind.group},
                               {"scope", kind.scope},
                               {"names", {{"plural", kind.plural}, {"kind", kind.kind}}},
                               {"versions", json::array{version}}};
    const json::object definition = {{"apiVersion", "apiextensions.k8s.io/v1"},
                                     {"kind", "CustomResourceDefinition"},
                                     {"metadata", {{"name", name}, {"annotations", of_nobody}}},
                                     {"spec", spec}};
    cluster.create(definitions, json::serialize(definition));
  }
  wait_until_served(cluster, defined_names(cluster));
}

void remove_crds(Cluster& cluster) {
  const Names defined = defined_names(cluster);
  cluster.request("DELETE", definitions);
  const bool gone = eventually(
      [&] {
        const Names served = served_names(cluster);
        return defined_names(cluster).empty() &&
               std::none_of(defined.begin(), defined.end(),
                            [&](const std::string& name) { return served.contains(name); });
      },
      60s, 50ms);
  if (!gone) throw std::runtime_error("the API server still serves what was removed");
}

}  // namespace ktel::test
