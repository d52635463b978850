// The command's reports at receivers that others have written.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "real/peers.hpp"
#include "support/certs.hpp"
#include "support/kafka_mock.hpp"
#include "support/process.hpp"

TEST_SUITE_BEGIN("real/peers");

namespace {

using namespace ktel;

constexpr const char* delivered = "; delivered ";

// A user with a home, who reports on the embedded snapshot of a cluster.
struct User {
  test::TempDir home;

  test::RunResult run(const std::string& report_server) const {
    test::RunOptions options;
    options.deadline = std::chrono::seconds(120);
    options.unset = {"DO_NOT_TRACK", "KTEL_TELEMETRY", "KUBECONFIG", "KTEL_TOKEN_FILE"};
    options.env = {{"HOME", (home / "").string()},
                   {"XDG_STATE_HOME", (home / "state").string()},
                   {"XDG_CACHE_HOME", (home / "cache").string()}};
    return test::run(
        {KTEL_PROGRAM, "workflows", "run", "--jobs", "cluster-state,identify-platform,service-mesh",
         "--signal", "kic-ping", "--snapshot", KTEL_DEMO, "--report-server", report_server},
        options);
  }
};

constexpr const char* line =
    "<14>signal=kic-ping;k8s_arch=linux/amd64;k8s_provider=GKE;k8sv=v1.23.4;k8sv_semver=v1.23.4;"
    "k8s_ingresses_count=4;k8s_namespaces_count=8;k8s_nodes_count=5;k8s_pods_count=49;"
    "k8s_services_count=17;mdist=all17;";

void expect_two_lines(const test::LineReceiver& receiver, const test::TestCa& ca) {
  const User user;
  const std::string url =
      "kong+tls://" + receiver.authority() + "?ca=" + user.home.write("ca.pem", ca.pem()).string();
  for (int i = 0; i < 2; ++i) {
    const test::RunResult result = user.run(url);
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
    CHECK(result.err.find(delivered) != std::string::npos);
  }

  CHECK(receiver.wait_for_lines(2) == std::vector<std::string>{line, line});
}

}  // namespace

TEST_CASE("syslog-ng gets Kong's line over TLS 1.3") {
  const test::TestCa ca;
  expect_two_lines(test::start_syslog_ng(ca.server()), ca);
}

TEST_CASE("rsyslog gets Kong's line over TLS") {
  const test::TestCa ca;
  expect_two_lines(test::start_rsyslog(ca.server()), ca);
}

TEST_CASE("kcat reads what the command sent to Kafka's own protocol") {
  const test::KafkaMock kafka;
  const User user;

  const test::RunResult result = user.run("kafka+plain://" + kafka.authority() + "/reports");

  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find(delivered) != std::string::npos);
  const test::RunResult read =
      test::run({"kcat", "-C", "-q", "-e", "-b", kafka.authority(), "-t", "reports", "-p", "0",
                 "-o", "beginning", "-f", "%k %h\n%s"});
  CAPTURE(read.err);
  REQUIRE(read.exit_code == 0);
  const std::string id = read.out.substr(0, 36);
  CHECK(result.err.find("report " + id + ": ") != std::string::npos);
  CHECK(read.out.find(id + " ktel-id=" + id + ",ktel-signal=kic-ping,ktel-version=") == 0);
  // The report's own bytes, as they stand on stdout.
  CHECK(read.out.substr(read.out.find('\n') + 1) == result.out);
}
