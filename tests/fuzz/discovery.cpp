// Discovery documents in any pieces: the same groups; and what is resolved from them is among them.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "cluster/discovery.hpp"
#include "json/canonical.hpp"
#include "property.hpp"

using namespace ktel;
using namespace ktel::fuzz;
using cluster::Discovery;
using cluster::ServedGroup;
using cluster::ServedResource;
using cluster::ServedVersion;
using State = cluster::Resolution::State;

namespace {

const std::vector<std::string> any = {"*"};

const std::string urls[] = {"/apis", "/api", "/apis/g/v1"};

std::string show(const Discovery& discovery) {
  std::string text = fmt::format("{} {}", discovery.known.groups, discovery.known.core);
  for (const ServedGroup& group : discovery.groups) {
    text += fmt::format("\n{}'{}'", group.name.size(), group.name);
    for (const ServedVersion& version : group.versions) {
      text += fmt::format("\n  {}'{}' {} {}", version.version.size(), version.version,
                          version.stale, version.listed);
      for (const ServedResource& resource : version.resources) {
        text += fmt::format("\n    {}'{}' {}'{}'", resource.resource.size(), resource.resource,
                            resource.kind.size(), resource.kind);
      }
    }
  }
  return text;
}

std::optional<Discovery> parse(const std::string& url, std::string_view text, Cut cut) {
  Discovery discovery;
  cluster::DiscoveryParser parser(url);
  feed(parser, text, cut);
  if (!parser.finish(discovery)) {
    require(discovery.groups.empty() && !discovery.known.groups && !discovery.known.core,
            "a document that is refused adds nothing");
    return std::nullopt;
  }
  return discovery;
}

bool has(const ServedVersion& version, std::string_view resource) {
  return std::any_of(version.resources.begin(), version.resources.end(),
                     [&](const ServedResource& r) { return r.resource == resource; });
}

void check_resolution(const Discovery& discovery, const ServedGroup& group,
                      const std::string& resource) {
  const cluster::Resolution found = discovery.resolve(group.name, any, resource);
  bool served = false;
  bool in_version = false;
  for (const ServedVersion& v : group.versions) {
    const bool serves = !v.stale && (!v.listed || has(v, resource));
    served = served || serves;
    const bool stale = found.state == State::stale && v.stale;
    in_version = in_version || (v.version == found.version && (serves || stale));
  }
  require(served == (found.state == State::served), "what a version has is served");
  const bool has_version = found.state == State::served || found.state == State::stale;
  require(!has_version || in_version, "it is served by the version that is named");
}

void check_documents(const Discovery& discovery, std::string_view group,
                     const std::string& resource) {
  const auto documents = cluster::served_documents(discovery, group, {}, resource);
  if (!documents) {
    require(!documents.error().message.empty(), "a failure says why");
    return;
  }
  for (const std::string& document : *documents) {
    const auto parsed = json::parse_strict(document);
    require(parsed && parsed->is_object(), "a row of a SERVED read is an object");
  }
}

// What must be asked next is a plain URL below the API's, and answers nothing it was not asked for.
void check_open_questions(Discovery discovery, std::string_view group,
                          const std::string& resource) {
  const std::vector<cluster::DiscoveryQuestion> questions = {
      {std::string(group), any, resource, true}};
  for (const std::string& url : discovery.open_questions(questions)) {
    require(url.starts_with("/api/") || url.starts_with("/apis/"), "a question is a URL");
    require(url.find_first_of(" ?#%\\\r\n") == url.npos, "nothing in it needs an escape");
    cluster::set_stale(discovery, url);
  }
  require(discovery.open_questions(questions).empty(), "a version that is stale is not asked");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  for (const std::string& url : choose(text, urls)) {
    const std::optional<Discovery> whole = parse(url, text, Cut::whole);
    for (const Cut cut : {Cut::bytes, Cut::pieces}) {
      const std::optional<Discovery> cut_up = parse(url, text, cut);
      require(cut_up.has_value() == whole.has_value(),
              "success does not depend on where chunks end");
      require(!whole || show(*cut_up) == show(*whole), "nor does what is served");
    }
    if (!whole) continue;
    check_documents(*whole, "*", "");
    for (const ServedGroup& group : whole->groups) {
      std::string resource = "pods";
      for (const ServedVersion& version : group.versions) {
        if (!version.resources.empty()) resource = version.resources.back().resource;
      }
      check_resolution(*whole, group, resource);
      check_documents(*whole, group.name, resource);
      check_open_questions(*whole, group.name, resource);
    }
  }
  return 0;
}
