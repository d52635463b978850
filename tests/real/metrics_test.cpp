// What a real kube-apiserver says of its feature gates, and what becomes of it where it may not.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>

#include "real/cluster.hpp"
#include "support/process.hpp"

using namespace ktel;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

test::RunResult report_gates(test::Cluster& cluster, const test::ServiceAccount& account) {
  const test::TempDir home;
  test::RunOptions options;
  options.deadline = std::chrono::seconds(120);
  options.unset = {"DO_NOT_TRACK", "KTEL_TELEMETRY", "KUBECONFIG", "HTTPS_PROXY", "https_proxy"};
  options.env = {{"HOME", home.path().string()},
                 {"XDG_STATE_HOME", (home / "state").string()},
                 {"XDG_CACHE_HOME", (home / "cache").string()}};
  return test::run({KTEL_PROGRAM, "workflows", "run", "--jobs", "feature-flags", "--kubeconfig",
                    cluster.kubeconfig(account.token).string()},
                   options);
}

// Lines of text, counted without a parser: gates that are on and generally available.
int stable_gates(const std::string& metrics) {
  std::istringstream lines(metrics);
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string_view gate = line;
    if (gate.starts_with("kubernetes_feature_enabled{") && gate.ends_with(",stage=\"\"} 1"))
      ++count;
  }
  return count;
}

}  // namespace

TEST_SUITE_BEGIN("real/metrics");

TEST_CASE("feature gates come from one request for metrics, or nothing is said of them") {
  test::Cluster cluster({"--feature-gates=HPAScaleToZero=true,WatchList=false"});
  const auto reader = cluster.service_account("reader", R"([
    {"apiGroups":[""],"resources":["pods"],"verbs":["list"]},
    {"nonResourceURLs":["/metrics"],"verbs":["get"]}])");
  const auto poor = cluster.service_account(
      "poor", R"([{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}])");
  const std::string metrics = cluster.request("GET", "/metrics").body;
  REQUIRE(stable_gates(metrics) > 0);

  const auto run = report_gates(cluster, reader);

  MESSAGE(run.out);
  MESSAGE(run.err);
  REQUIRE(run.exit_code == 0);
  CHECK(has(run.out, R"("HPAScaleToZero":true)"));
  CHECK(has(run.out, R"("WatchList":false)"));
  CHECK(has(run.out, R"("stable":)" + std::to_string(stable_gates(metrics)) + "}"));
  const auto requests = cluster.requests_of(reader.user);
  for (const auto& request : requests) MESSAGE(request.verb << " " << request.uri);
  CHECK(std::count_if(requests.begin(), requests.end(),
                      [](const auto& request) { return request.uri == "/metrics"; }) == 1);
  CHECK(std::all_of(requests.begin(), requests.end(),
                    [](const auto& request) { return request.status == 200; }));

  const auto without = report_gates(cluster, poor);

  MESSAGE(without.err);
  CHECK(without.exit_code == 4);  // there is nothing else to report
  CHECK(without.out == "");
  CHECK(without.err ==
        "ktel: the API server forbids to get /metrics: the rule {nonResourceURLs: [\"/metrics\"], "
        "verbs: [\"get\"]} is missing; add it to a ClusterRole that is bound to \"" +
            poor.user + "\"\n");
}

TEST_SUITE_END();
