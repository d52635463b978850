// The roles go to the server as they were printed; what rules are for comes from the declarations.
#include "real/roles.hpp"

#include <yaml-cpp/yaml.h>

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

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

// The one item of a list, "" without the list.
std::string only(const YAML::Node& list) {
  if (!list) return {};
  if (list.size() != 1) throw std::runtime_error("a rule is for one thing");
  return list[0].as<std::string>();
}

Permission permission_of(const YAML::Node& rule, const YAML::Node& name_space) {
  return {.name_space = name_space ? name_space.as<std::string>() : "",
          .group = only(rule["apiGroups"]),
          .resource = only(rule["resources"]),
          .object = only(rule["resourceNames"]),
          .url = only(rule["nonResourceURLs"])};
}

std::string text_of(const Permission& permission) {
  if (!permission.url.empty()) return "get " + permission.url;
  const std::string where = permission.name_space.empty() ? "" : permission.name_space + "/";
  return "list " + permission.resource + (permission.group.empty() ? "" : "." + permission.group) +
         (where.empty() && permission.object.empty() ? "" : " " + where + permission.object);
}

bool covers(const Permission& wide, const Permission& narrow) {
  const auto all_or_same = [](const std::string& all, const std::string& one) {
    return all.empty() || all == one;
  };
  return wide.group == narrow.group && wide.resource == narrow.resource && wide.url == narrow.url &&
         all_or_same(wide.object, narrow.object) && all_or_same(wide.name_space, narrow.name_space);
}

}  // namespace

std::string Rule::text() const { return text_of(permission); }

std::set<std::string> declared_fields() {
  std::set<std::string> names;
  for (const auto& [job, declared] : declarations()) {
    for (const auto& field : declared.at("fields").as_object()) {
      names.insert(job + "." + std::string(field.key()));
    }
  }
  return names;
}

Roles::Roles(Cluster& cluster, const std::vector<std::string>& options)
    : cluster_(cluster), account_(cluster.service_account("ktel", discovery)) {
  for (const char* name : roles_of_everybody) {
    cluster.request("DELETE", rbac + "clusterrolebindings/" + name);
  }
  std::vector<std::string> arguments = {"jobs", "rbac"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  read(ktel_output(arguments));
  say_what_for();
  for (const Rule& rule : rules_) wait_until(rule.permission, true);
}

void Roles::read(const std::string& yaml) {
  for (const YAML::Node& document : YAML::LoadAll(yaml)) {
    const YAML::Node name_space = document["metadata"]["namespace"];
    const auto kind = document["kind"].as<std::string>();
    const std::string place =
        name_space ? "namespaces/" + name_space.as<std::string>() + "/" : "cluster";
    const Role role = {rbac + place, document["metadata"]["name"].as<std::string>(),
                       YAML::Dump(document)};
    cluster_.create(role.collection + "roles", role.yaml);
    bind(role, kind);
    for (std::size_t i = 0; i < document["rules"].size(); ++i) {
      rules_.push_back({.permission = permission_of(document["rules"][i], name_space),
                        .fields = {},
                        .role = roles_.size(),
                        .place = i});
    }
    roles_.push_back(role);
  }
}

void Roles::say_what_for() {
  for (const auto& [job, declared] : declarations()) {
    for (const YAML::Node& access : YAML::Load(json::serialize(declared.at("access")))) {
      const Permission wanted = permission_of(access, access["namespace"]);
      const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& candidate) {
        return covers(candidate.permission, wanted);
      });
      if (rule == rules_.end()) {
        throw std::runtime_error("no role allows to " + text_of(wanted) + ", as " + job + " needs");
      }
      for (const YAML::Node& field : access["for"]) {
        rule->fields[job].insert(field.as<std::string>());
      }
    }
  }
  for (const Rule& rule : rules_) {
    if (rule.fields.empty()) throw std::runtime_error("nobody needs to " + rule.text());
  }
}

void Roles::bind(const Role& role, const std::string& kind) {
  const json::object of = {
      {"apiGroup", "rbac.authorization.k8s.io"}, {"kind", kind}, {"name", role.name}};
  const json::object subject = {
      {"kind", "ServiceAccount"}, {"name", "ktel"}, {"namespace", "default"}};
  cluster_.create(role.collection + "rolebindings",
                  json::serialize(json::object{{"metadata", {{"name", role.name}}},
                                               {"roleRef", of},
                                               {"subjects", json::array{subject}}}));
}

void Roles::take_away(std::size_t index) {
  const Rule* before = std::exchange(gone_, &rules_[index]);
  if (before != nullptr && before->role != gone_->role) {
    write(before->role, roles_[before->role].yaml);
  }
  YAML::Node role = YAML::Load(roles_[gone_->role].yaml);
  role["rules"].remove(gone_->place);
  write(gone_->role, YAML::Dump(role));
  wait_until(gone_->permission, false);
  if (before != nullptr && before != gone_) wait_until(before->permission, true);
}

void Roles::write(std::size_t role, const std::string& yaml) {
  cluster_.replace(roles_[role].collection + "roles/" + roles_[role].name, yaml);
}

bool Roles::allowed(const Permission& what) {
  json::object spec = {{"user", account_.user}};
  if (what.url.empty()) {
    spec["resourceAttributes"] = {{"group", what.group},
                                  {"resource", what.resource},
                                  {"name", what.object},
                                  {"namespace", what.name_space},
                                  {"verb", "list"}};
  } else {
    spec["nonResourceAttributes"] = {{"path", what.url}, {"verb", "get"}};
  }
  const std::string review = json::serialize(json::object{{"spec", spec}});
  const std::string answer =
      cluster_.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
  return json::parse(answer).at("status").at("allowed").as_bool();
}

void Roles::wait_until(const Permission& what, bool is_allowed) {
  if (eventually([&] { return allowed(what) == is_allowed; }, 10s)) return;
  throw std::runtime_error("the account " + std::string(is_allowed ? "may not " : "still may ") +
                           text_of(what));
}

}  // namespace ktel::test
