// The two command lines of the proposal, against a real kube-apiserver and a real HEC receiver.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "real/cluster.hpp"
#include "real/collector.hpp"
#include "real/kong_cluster.hpp"
#include "support/process.hpp"

using namespace ktel;

namespace {

constexpr const char* token = "6a0f51e7-0000-4000-8000-7b4dd0f2c1aa";

// A user with a home, a token file and the receiver's CA; asks as a service account that may do
// what the jobs declare and nothing else.
struct Site {
  test::Cluster cluster;
  test::TestCa ca;
  test::Collector collector{{.cert = ca.server(), .token = token}};
  test::TempDir home;
  test::ServiceAccount account;
  std::string kubeconfig;

  Site() {
    test::install_kong(cluster);
    account = cluster.service_account("ktel", test::built_in_job_rules);
    kubeconfig = cluster.kubeconfig(account.token).string();
    home.write("token", std::string(token) + "\n");
    home.write("ca.pem", ca.pem());
  }

  test::RunResult ktel(const std::vector<std::string>& arguments, std::string stdin_text = {}) {
    std::vector<std::string> argv = {KTEL_PROGRAM};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    test::RunOptions options;
    options.deadline = std::chrono::seconds(120);
    options.unset = {"DO_NOT_TRACK", "KTEL_TELEMETRY", "KUBECONFIG", "HTTPS_PROXY", "https_proxy"};
    options.stdin_text = std::move(stdin_text);
    options.env = {{"HOME", (home / "").string()},
                   {"XDG_STATE_HOME", (home / "state").string()},
                   {"XDG_CACHE_HOME", (home / "cache").string()},
                   {"KTEL_TOKEN_FILE", (home / "token").string()}};
    return test::run(argv, options);
  }

  // As in the proposal; only addresses, and where the certificate authority is, are this site's.
  std::vector<std::string> command(const std::string& jobs) const {
    return {"workflows",       "run",
            "--jobs",          jobs,
            "--report-server", "splunk://" + collector.authority(),
            "--kubeconfig",    kubeconfig,
            "--ca-file",       (home / "ca.pem").string()};
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const char* const deployment_part =
    R"("identify-deployment":{"chart_version":"2.8.0","controller_version":"2.3.1",)"
    R"("database":"off","gateway_version":"2.8.0","installations_count":1,"last-update":"2022-05-03 08:46:22",)"
    R"("lifecycle":"helm","topology":"classic","version":"2.8.0"})";
const char* const platform_part =
    R"("identify-platform":{"arch":"amd64","cloud":"gcp","distribution":"gke",)"
    R"("kubernetes_release":"v1.36.0","kubernetes_version":"v1.36.0","management":"none",)"
    R"("nodes_by_arch":{"amd64":2},)"
    R"("nodes_by_os":{"linux":2},"os":"linux","provider":"GKE"})";

}  // namespace

TEST_SUITE_BEGIN("real/main_path");

TEST_CASE("the proposal's commands deliver the report's canonical bytes") {
  Site site;

  const auto first = site.ktel(site.command("identify-deployment,identify-platform"));
  auto piped = site.command("identify-deployment,identify-platform");
  piped.push_back("-");
  const auto second =
      site.ktel(piped, R"({"foo": {"red": "#ff0000", "blue": "#0000ff"}, "bar": {"one": 1}})");

  MESSAGE(first.err);
  REQUIRE(first.exit_code == 0);
  const std::string parts = std::string(deployment_part) + "," + platform_part;
  CHECK(first.out == "{" + parts + "}");
  MESSAGE(second.err);
  REQUIRE(second.exit_code == 0);
  CHECK(second.out ==
        R"({"bar":{"one":1},"foo":{"blue":"#0000ff","red":"#ff0000"},)" + parts + "}");

  const auto requests = site.collector.requests();
  REQUIRE(requests.size() == 2);
  CHECK(has(requests[0].body, R"("event":)" + first.out + ","));
  CHECK(has(requests[1].body, R"("event":)" + second.out + ","));
  const auto records = site.collector.records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].event == test::as_collected(first.out));
  CHECK(records[1].event == test::as_collected(second.out));
  CHECK(records[0].host == "ktel");
  CHECK(records[0].sourcetype == "ktel:report");

  const auto shown = site.ktel({"reports", "show"});
  CHECK(shown.out == second.out);
  const auto listed = site.ktel({"reports", "list", "-o", "json"});
  CHECK(has(listed.out, R"("state":"delivered")"));
  CHECK_FALSE(has(listed.out, "queued"));
  for (const std::string* text : {&first.err, &second.err, &listed.out, &requests[0].body}) {
    CHECK_FALSE(has(*text, token));
  }
}

TEST_CASE("three jobs ask the API server at most ten times") {
  Site site;

  const auto run = site.ktel({"workflows", "run", "--jobs",
                              "identify-deployment,identify-platform,cluster-state", "--kubeconfig",
                              site.kubeconfig});

  MESSAGE(run.err);
  REQUIRE(run.exit_code == 0);
  // kube-system and the like are the server's own, as is one of the Services.
  CHECK(has(run.out, R"("cluster-state":{"ingresses_count":0,"namespaces_count":5,"nodes_count":2,)"
                     R"("pods_count":3,"services_count":3})"));
  const auto requests = site.cluster.requests_of(site.account.user);
  for (const auto& request : requests) MESSAGE(request.verb << " " << request.uri);
  CHECK(requests.size() <= 10);
  CHECK(std::all_of(requests.begin(), requests.end(),
                    [](const auto& request) { return request.status == 200; }));
}

TEST_CASE("what the role forbids is absent from the report, and the missing rule is named") {
  Site site;
  const auto poor = site.cluster.service_account(
      "poor", R"([{"apiGroups":[""],"resources":["pods","services"],"verbs":["list"]}])");

  const auto run = site.ktel({"workflows", "run", "--jobs", "cluster-state", "--kubeconfig",
                              site.cluster.kubeconfig(poor.token).string()});

  MESSAGE(run.err);
  CHECK(run.exit_code == 0);
  CHECK(run.out == R"({"cluster-state":{"pods_count":3,"services_count":3}})");
  CHECK(has(run.err,
            "ktel: warning: cluster-state: the API server forbids to list nodes: the rule "
            "{apiGroups: [\"\"], resources: [\"nodes\"], verbs: [\"list\"]} is missing; add it to "
            "a ClusterRole that is bound to \"" +
                poor.user + "\"\n"));
}

TEST_SUITE_END();
