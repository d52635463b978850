// Rules are those of `ktel jobs describe`; the authorizer is asked until it has heard of them.
#include "real/roles.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "real/jobs_run.hpp"
#include "support/process.hpp"

namespace ktel::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/";

// What discovery needs. Roles of everybody's allow it as well, and more.
constexpr const char* discovery =
    R"([{"nonResourceURLs":["/api","/apis","/api/*","/apis/*"],"verbs":["get"]}])";
constexpr const char* roles_of_everybody[] = {"system:discovery", "system:public-info-viewer"};

std::map<std::string, json::value> declarations() {
  std::map<std::string, json::value> all;
  std::istringstream jobs(ktel_output({"jobs", "list", "-o", "name"}));
  for (std::string job; std::getline(jobs, job);) {
    all[job] = json::parse(ktel_output({"jobs", "describe", job, "-o", "json"}));
  }
  return all;
}

std::string first(const json::object& rule, const char* member) {
  const json::value* found = rule.if_contains(member);
  return found ? std::string(found->at(0).as_string()) : std::string();
}

DeclaredRule parse(const json::object& declared, const std::string& job) {
  DeclaredRule rule;
  rule.group = first(declared, "apiGroups");
  rule.resource = first(declared, "resources");
  rule.object = first(declared, "resourceNames");
  rule.url = first(declared, "nonResourceURLs");
  if (const json::value* name_space = declared.if_contains("namespace")) {
    rule.name_space = std::string(name_space->as_string());
  }
  for (const json::value& field : declared.at("for").as_array()) {
    rule.fields[job].insert(std::string(field.as_string()));
  }
  return rule;
}

bool covers(const DeclaredRule& wide, const DeclaredRule& narrow) {
  const auto same_or_all = [](const std::string& all, const std::string& one) {
    return all.empty() || all == one;
  };
  return std::tie(wide.group, wide.resource, wide.url) ==
             std::tie(narrow.group, narrow.resource, narrow.url) &&
         same_or_all(wide.object, narrow.object) && same_or_all(wide.name_space, narrow.name_space);
}

// Adds the rule, or its fields to those of one that covers it; takes in those that it covers.
void add(std::vector<DeclaredRule>& rules, DeclaredRule rule) {
  const auto take_fields = [](DeclaredRule& into, const DeclaredRule& from) {
    for (const auto& [job, fields] : from.fields) {
      into.fields[job].insert(fields.begin(), fields.end());
    }
  };
  for (DeclaredRule& known : rules) {
    if (covers(known, rule)) return take_fields(known, rule);
  }
  std::erase_if(rules, [&](const DeclaredRule& known) {
    const bool covered = covers(rule, known);
    if (covered) take_fields(rule, known);
    return covered;
  });
  rules.push_back(std::move(rule));
}

json::object as_json(const DeclaredRule& rule) {
  if (!rule.url.empty()) {
    return {{"nonResourceURLs", json::array{rule.url}}, {"verbs", json::array{"get"}}};
  }
  json::object object = {{"apiGroups", json::array{rule.group}},
                         {"resources", json::array{rule.resource}},
                         {"verbs", json::array{"list"}}};
  if (!rule.object.empty()) object["resourceNames"] = json::array{rule.object};
  return object;
}

std::string collection(const std::string& name_space, const std::string& kind) {
  return name_space.empty() ? rbac + "cluster" + kind
                            : rbac + "namespaces/" + name_space + "/" + kind;
}

}  // namespace

std::string DeclaredRule::text() const {
  if (!url.empty()) return "get " + url;
  const std::string where = name_space.empty() ? "" : name_space + "/";
  return "list " + resource + (group.empty() ? "" : "." + group) +
         (object.empty() ? "" : " " + where + object);
}

std::vector<DeclaredRule> declared_rules() {
  std::vector<DeclaredRule> rules;
  for (const auto& [job, declared] : declarations()) {
    for (const json::value& rule : declared.at("access").as_array()) {
      add(rules, parse(rule.as_object(), job));
    }
  }
  return rules;
}

std::set<std::string> declared_fields() {
  std::set<std::string> names;
  for (const auto& [job, declared] : declarations()) {
    for (const auto& field : declared.at("fields").as_object()) {
      names.insert(job + "." + std::string(field.key()));
    }
  }
  return names;
}

Roles::Roles(Cluster& cluster, std::vector<DeclaredRule> rules)
    : cluster_(cluster),
      rules_(std::move(rules)),
      account_(cluster.service_account("jobs", discovery)) {
  for (const char* name : roles_of_everybody) {
    cluster.request("DELETE", rbac + "clusterrolebindings/" + name);
  }
  std::set<std::string> namespaces;
  for (const DeclaredRule& rule : rules_) namespaces.insert(rule.name_space);
  for (const std::string& name_space : namespaces) {
    const std::string kind = name_space.empty() ? "ClusterRole" : "Role";
    const json::object metadata = {{"name", "jobs"}};
    const json::object role = {
        {"apiGroup", "rbac.authorization.k8s.io"}, {"kind", kind}, {"name", "jobs"}};
    const json::object subject = {
        {"kind", "ServiceAccount"}, {"name", "jobs"}, {"namespace", "default"}};
    cluster.create(collection(name_space, "roles"),
                   json::serialize(json::object{{"metadata", metadata}}));
    cluster.create(
        collection(name_space, "rolebindings"),
        json::serialize(json::object{
            {"metadata", metadata}, {"roleRef", role}, {"subjects", json::array{subject}}}));
    write(name_space, nullptr);
  }
  const bool known = eventually(
      [&] {
        return std::all_of(rules_.begin(), rules_.end(),
                           [&](const DeclaredRule& rule) { return allowed(rule); });
      },
      10s);
  if (!known) throw std::runtime_error("the declared rules do not take effect");
}

void Roles::take_away(std::size_t rule) {
  const DeclaredRule& gone = rules_[rule];
  if (changed_in_ != gone.name_space) write(changed_in_, nullptr);
  changed_in_ = gone.name_space;
  write(gone.name_space, &gone);
  const bool known = eventually(
      [&] {
        return std::all_of(rules_.begin(), rules_.end(), [&](const DeclaredRule& other) {
          return allowed(other) == (&other != &gone);
        });
      },
      10s);
  if (!known) throw std::runtime_error("it does not take effect that nobody may " + gone.text());
}

void Roles::write(const std::string& name_space, const DeclaredRule* without) {
  json::array rules;
  for (const DeclaredRule& rule : rules_) {
    if (rule.name_space == name_space && &rule != without) rules.push_back(as_json(rule));
  }
  const HttpReply reply = cluster_.request(
      "PUT", collection(name_space, "roles") + "/jobs",
      json::serialize(json::object{{"metadata", {{"name", "jobs"}}}, {"rules", rules}}));
  if (reply.status != 200) throw std::runtime_error("the role: " + reply.body);
}

bool Roles::allowed(const DeclaredRule& rule) {
  json::object spec = {{"user", account_.user}};
  if (rule.url.empty()) {
    spec["resourceAttributes"] = {{"group", rule.group},
                                  {"resource", rule.resource},
                                  {"name", rule.object},
                                  {"namespace", rule.name_space},
                                  {"verb", "list"}};
  } else {
    spec["nonResourceAttributes"] = {{"path", rule.url}, {"verb", "get"}};
  }
  const std::string review = json::serialize(json::object{{"spec", spec}});
  const std::string answer =
      cluster_.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
  return json::parse(answer).at("status").at("allowed").as_bool();
}

}  // namespace ktel::test
