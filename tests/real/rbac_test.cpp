// The roles that are made of what jobs declare are enough, and what is lost without a rule is what
// they declare.
#include <doctest/doctest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "real/catalog_cluster.hpp"
#include "real/cluster.hpp"
#include "real/crds.hpp"
#include "real/jobs_run.hpp"
#include "real/roles.hpp"
#include "support/process.hpp"

using namespace ktel;

namespace {

using Names = std::set<std::string>;

// Beside the catalog, what makes jobs ask for what else they declare: kinds of OpenShift, of Cilium
// configured elsewhere, and leftovers of old releases of Gateway API; and a Pod of the product in
// Kuma or Kong Mesh, which Services and Namespaces alone tell apart.
const std::vector<test::Kind> more_kinds = {
    {"config.openshift.io", "v1", "clusterversions", "ClusterVersion", "Cluster"},
    {"config.openshift.io", "v1", "infrastructures", "Infrastructure", "Cluster"},
    {"security.openshift.io", "v1", "securitycontextconstraints", "SecurityContextConstraints",
     "Cluster"},
    {"cilium.io", "v2", "ciliumenvoyconfigs", "CiliumEnvoyConfig"},
    {"gateway.networking.k8s.io", "v1alpha2", "referencepolicies", "ReferencePolicy"},
    {"gateway.networking.x-k8s.io", "v1alpha1", "xlistenersets", "XListenerSet"},
    {"kuma.io", "v1alpha1", "meshes", "Mesh", "Cluster"},
};
const std::vector<test::Object> more_objects = {
    {"/apis/config.openshift.io/v1/clusterversions", R"(
apiVersion: config.openshift.io/v1
kind: ClusterVersion
metadata: {name: version}
status: {desired: {version: 4.15.12}})"},
    {"/apis/config.openshift.io/v1/infrastructures", R"(
apiVersion: config.openshift.io/v1
kind: Infrastructure
metadata: {name: cluster}
status: {platformStatus: {type: GCP}})"},
    {"/apis/gateway.networking.k8s.io/v1/gatewayclasses", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: cilium}
spec: {controllerName: io.cilium/gateway-controller})"},
    {"/api/v1/namespaces", "metadata: {name: kong-mesh-system}"},
    {"/api/v1/namespaces", "metadata: {name: edge, labels: {kuma.io/sidecar-injection: enabled}}"},
    {"/api/v1/namespaces/edge/pods", R"(
metadata:
  name: kong-0
  labels: {kuma.io/sidecar-injection: enabled}
  annotations: {kuma.io/sidecar-injected: "true"}
spec:
  initContainers: [{name: kuma-init, image: i}]
  containers: [{name: proxy, image: "kong:2.8.0"}, {name: kuma-sidecar, image: i}])"},
    {"/api/v1/namespaces/edge/services", "{metadata: {name: proxy}, spec: {ports: [{port: 80}]}}"},
    {"/apis/discovery.k8s.io/v1/namespaces/edge/endpointslices", R"(
metadata: {name: proxy-a, labels: {kubernetes.io/service-name: proxy}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.5], targetRef: {kind: Pod, namespace: edge, name: kong-0}}])"},
};
const std::vector<std::string> run_of_all = {"--jobs",  "all",
                                             "--param", "service-mesh.pod_namespace=edge",
                                             "--param", "service-mesh.pod_name=kong-0",
                                             "--param", "service-mesh.proxy_service=proxy"};

// ---- where a rule costs less than the fields that it is for ----

// Rules for what this cluster does not have, so that nobody asks.
struct NotAsked {
  const char* rule;
  const char* why;
};
constexpr NotAsked not_asked[] = {
    {"list ingresses.extensions", "not served since Kubernetes 1.22"},
    {"list endpoints", "asked for only where there are no EndpointSlices"},
};

// Fields that stay, or lose an entry alone.
struct Stays {
  const char* rule;
  const char* job;
  const char* fields;
  const char* entry;  // what is lost of it; nullptr: nothing
  const char* why;
};
constexpr const char* found_elsewhere =
    "chart_version controller_version database gateway_version last-update lifecycle topology "
    "version";
constexpr const char* true_of_what_was_found =
    "what a Deployment says of itself holds whatever else there is";
constexpr const char* any_but_events = "*";
constexpr const char* others_count = "of other types there are as many as there were";
constexpr Stays stays[] = {
    {"get /version", "identify-platform", "distribution", nullptr,
     "OpenShift is told by what is served"},
    {"get /version", "identify-platform", "provider", nullptr, "nodes tell it too"},
    {"list pods", "feature-flags", "kubernetes", nullptr, "the API server's metrics tell it"},
    {"list controlplanes.gateway-operator.konghq.com", "feature-flags", "controller", "Knative",
     "a gate that one controller has on is on, whatever others say"},
    {any_but_events, "configuration", "last_change", nullptr, "an Event of Kong's tells it"},
    {"list daemonsets.apps", "identify-deployment", found_elsewhere, nullptr,
     true_of_what_was_found},
    {"list statefulsets.apps", "identify-deployment", found_elsewhere, nullptr,
     true_of_what_was_found},
    {"list ingresses.networking.k8s.io", "routes", "routes_count", "Ingress", others_count},
    {"list httproutes.gateway.networking.k8s.io", "routes", "routes_count", "HTTPRoute",
     others_count},
    {"list grpcroutes.gateway.networking.k8s.io", "routes", "routes_count", "GRPCRoute",
     others_count},
    {"list tlsroutes.gateway.networking.k8s.io", "routes", "routes_count", "TLSRoute",
     others_count},
    {"list tcproutes.gateway.networking.k8s.io", "routes", "routes_count", "TCPRoute",
     others_count},
    {"list udproutes.gateway.networking.k8s.io", "routes", "routes_count", "UDPRoute",
     others_count},
    {"list tcpingresses.configuration.konghq.com", "routes", "routes_count", "TCPIngress",
     others_count},
    {"list udpingresses.configuration.konghq.com", "routes", "routes_count", "UDPIngress",
     others_count},
    {"list ingresses.networking.internal.knative.dev", "routes", "routes_count", "KnativeIngress",
     others_count},
    {"list kongroutes.configuration.konghq.com", "routes", "routes_count", "KongRoute",
     others_count},
};

// Declared fields that no cluster has beside the others.
const Names not_here = {
    "identify-deployment.operator_version",  // the gateway is installed by Helm
};

bool has_word(const std::string& words, const std::string& word) {
  return (" " + words + " ").find(" " + word + " ") != std::string::npos;
}

bool is_asked(const test::Rule& rule) {
  return std::none_of(std::begin(not_asked), std::end(not_asked),
                      [&](const NotAsked& known) { return rule.text() == known.rule; });
}

const Stays* find_stays(const test::Rule& rule, const std::string& job, const std::string& field) {
  const auto known = std::find_if(std::begin(stays), std::end(stays), [&](const Stays& candidate) {
    const bool any = candidate.rule == any_but_events && rule.text() != "list events";
    return (any || rule.text() == candidate.rule) && job == candidate.job &&
           has_word(candidate.fields, field);
  });
  return known == std::end(stays) ? nullptr : &*known;
}

// ---- what a rule costs ----

// The field itself, or the entries of a map.
Names entries_of(const std::string& field, const test::JobsRun& run) {
  Names names;
  for (const auto& [name, value] : run.entries) {
    if (name == field || name.starts_with(field + ".")) names.insert(name);
  }
  return names;
}

Names expected_losses(const test::Rule& rule, const test::JobsRun& whole) {
  Names lost;
  if (!is_asked(rule)) return lost;
  for (const auto& [job, fields] : rule.fields) {
    for (const std::string& field : fields) {
      const std::string name = job + "." + field;
      if (const Stays* known = find_stays(rule, job, field)) {
        if (known->entry != nullptr) lost.insert(name + "." + known->entry);
      } else {
        lost.merge(entries_of(name, whole));
      }
    }
  }
  return lost;
}

Names losses(const test::JobsRun& whole, const test::JobsRun& run) {
  Names lost;
  for (const auto& [name, value] : whole.entries) {
    if (!run.entries.contains(name)) lost.insert(name);
  }
  return lost;
}

// What is there, but not as it was.
Names changes(const test::JobsRun& whole, const test::JobsRun& run) {
  Names changed;
  for (const auto& [name, value] : run.entries) {
    const auto before = whole.entries.find(name);
    if (before == whole.entries.end() || before->second != value) changed.insert(name);
  }
  return changed;
}

std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

// The jobs of which a finding names the rule, and how many do; any other finding is there itself.
std::map<std::string, int> named_by(const test::Rule& rule, const test::JobsRun& run) {
  const std::string wanted = rule.permission.url.empty()
                                 ? "the rule {apiGroups: [\"" + rule.permission.group +
                                       "\"], resources: [\"" + rule.permission.resource + "\"]"
                                 : "the rule {nonResourceURLs: [\"" + rule.permission.url + "\"]";
  std::map<std::string, int> jobs;
  for (const std::string& finding : run.findings) {
    const bool names = finding.find(wanted) != finding.npos && finding.ends_with("is missing");
    ++jobs[names ? finding.substr(0, finding.find(':')) : finding];
  }
  return jobs;
}

std::map<std::string, int> expected_findings(const test::Rule& rule) {
  std::map<std::string, int> jobs;
  if (!is_asked(rule)) return jobs;
  for (const auto& [job, fields] : rule.fields) jobs[job] = 1;
  // Both list Pods everywhere, and in one namespace, where less would do: the product's own Pod,
  // and those of the API server.
  if (rule.text() == "list pods") jobs["service-mesh"] = jobs["feature-flags"] = 2;
  return jobs;
}

// Fields that are gone, and entries of those that are not.
Names in_short(const Names& entries, const test::JobsRun& run) {
  Names names;
  for (const std::string& entry : entries) {
    const std::string field = entry.substr(0, entry.find('.', entry.find('.') + 1));
    names.insert(run.fields.contains(field) ? entry : field);
  }
  return names;
}

std::string row_of_table(const test::Rule& rule, const Names& lost) {
  std::string row = "\n" + rule.text() + "\n    lost: " + joined(lost);
  for (const NotAsked& known : not_asked) {
    if (rule.text() == known.rule) row += std::string("\n    not asked: ") + known.why;
  }
  for (const auto& [job, fields] : rule.fields) {
    std::map<std::string, std::string> stay;  // by reason
    for (const std::string& field : fields) {
      if (const Stays* known = find_stays(rule, job, field)) stay[known->why] += " " + field;
    }
    for (const auto& [why, which] : stay) row += "\n    stays: " + job + which + ": " + why;
  }
  return row;
}

// ---- what a preflight says ----

struct Denied {
  std::string permission;
  bool optional = false;
  std::map<std::string, Names> fields;  // by job
  std::string rule;
};

struct Checked {
  int exit_code = 0;
  std::size_t asked = 0;
  std::vector<Denied> denied;
};

std::string in_words(const test::Permission& permission) {
  if (!permission.url.empty()) return "get " + permission.url;
  std::string text = "list " + permission.resource;
  if (!permission.group.empty()) text += "." + permission.group;
  if (!permission.object.empty()) text += " named " + permission.object;
  if (!permission.name_space.empty()) text += " in namespace " + permission.name_space;
  return text;
}

Checked check(const std::filesystem::path& kubeconfig) {
  const test::TempDir home("ktel-check");
  std::vector<std::string> words = {KTEL_PROGRAM, "workflows", "check",        "-o",
                                    "json",       "-q",        "--kubeconfig", kubeconfig};
  words.insert(words.end(), run_of_all.begin(), run_of_all.end());
  const auto r = test::run(
      words, {.env = {{"HOME", home.path()}, {"PATH", "/usr/bin:/bin"}}, .inherit_env = false});
  Checked checked{.exit_code = r.exit_code, .asked = 0, .denied = {}};
  const auto rules = boost::json::parse(r.out).at("rules").as_array();
  checked.asked = rules.size();
  for (const auto& rule : rules) {
    const auto text = [&](const char* key) { return std::string(rule.at(key).as_string()); };
    if (text("verdict") == "allowed") continue;
    Denied denied{text("permission"), rule.at("optional").as_bool(), {}, text("rule")};
    for (const auto& name : rule.at("fields").as_array()) {
      const std::string field(name.as_string());
      const std::size_t dot = field.find('.');
      denied.fields[field.substr(0, dot)].insert(field.substr(dot + 1));
    }
    checked.denied.push_back(std::move(denied));
  }
  return checked;
}

}  // namespace

TEST_SUITE_BEGIN("real/rbac");

TEST_CASE("the generated roles give all fields, and without a rule its fields vanish") {
  test::Cluster cluster;
  test::install_catalog(cluster);
  test::define(cluster, more_kinds);
  test::create_all(cluster, more_objects);
  const auto as_admin = test::run_jobs(cluster.kubeconfig(cluster.admin_token()), run_of_all);
  test::Roles roles(cluster, run_of_all);
  const auto kubeconfig = cluster.kubeconfig(roles.account().token);

  const auto whole = test::run_jobs(kubeconfig, run_of_all);

  CHECK(whole.report == as_admin.report);
  CHECK(whole.findings.empty());
  Names missing;
  for (const std::string& field : test::declared_fields()) {
    if (!whole.fields.contains(field)) missing.insert(field);
  }
  CHECK(joined(missing) == joined(not_here));

  const std::vector<test::Rule>& rules = roles.rules();
  std::string table;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    CAPTURE(rules[i].text());
    roles.take_away(i);

    const auto run = test::run_jobs(kubeconfig, run_of_all);

    const Names lost = losses(whole, run);
    CHECK(joined(lost) == joined(expected_losses(rules[i], whole)));
    CHECK(joined(changes(whole, run)) == "");
    CHECK(named_by(rules[i], run) == expected_findings(rules[i]));
    CHECK(run.not_ok.empty());
    table += row_of_table(rules[i], in_short(lost, run));
  }
  MESSAGE(rules.size() << " rules, and what each costs:" << table);
}

TEST_CASE("a preflight finds the rule that is missing, and the one it prints is the right one") {
  test::Cluster cluster;
  test::install_catalog(cluster);  // it has the namespaces that roles are for
  test::Roles roles(cluster, run_of_all);
  const auto kubeconfig = cluster.kubeconfig(roles.account().token);

  const auto whole = check(kubeconfig);

  CHECK(whole.exit_code == 0);
  CHECK(whole.denied.empty());
  CHECK(whole.asked > roles.rules().size());  // what is served, too

  for (std::size_t i = 0; i < roles.rules().size(); ++i) {
    const test::Rule& rule = roles.rules()[i];
    CAPTURE(rule.text());
    roles.take_away(i);

    // Where a job reads the same in one namespace, that is missing, too.
    const auto without = check(kubeconfig);

    REQUIRE_FALSE(without.denied.empty());
    CHECK(without.denied[0].permission == in_words(rule.permission));
    std::map<std::string, Names> lost;
    bool all_optional = true;
    for (const Denied& denied : without.denied) {
      CHECK(denied.permission.starts_with(in_words(rule.permission)));
      all_optional = all_optional && denied.optional;
      for (const auto& [job, fields] : denied.fields) {
        lost[job].insert(fields.begin(), fields.end());
      }
    }
    CHECK(lost == rule.fields);
    CHECK(without.exit_code == (all_optional ? 0 : 4));
    if (i + 1 < roles.rules().size()) continue;

    const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/";
    cluster.create(rbac + "clusterroles",
                   "{metadata: {name: pasted}, rules: [" + without.denied[0].rule + "]}");
    cluster.create(rbac + "clusterrolebindings",
                   "{metadata: {name: pasted}, roleRef: {apiGroup: rbac.authorization.k8s.io, "
                   "kind: ClusterRole, name: pasted}, subjects: [{kind: ServiceAccount, name: "
                   "ktel, namespace: default}]}");
    CHECK(test::eventually([&] { return check(kubeconfig).denied.empty(); },
                           std::chrono::seconds(10)));
  }
  for (const auto& request : cluster.requests_of(roles.account().user)) {
    CHECK(request.uri == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    CHECK(request.status == 201);
  }
}

TEST_SUITE_END();
