// An aggregated API whose server is gone takes its own fields along, and nothing else.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "real/cluster.hpp"
#include "real/crds.hpp"
#include "real/jobs_run.hpp"
#include "real/kong_cluster.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace std::chrono_literals;

namespace {

// An APIService that points at no Service; returns when discovery knows that it does not answer.
void break_api(test::Cluster& cluster, const std::string& group, const std::string& version) {
  cluster.create("/apis/apiregistration.k8s.io/v1/apiservices",
                 R"({"metadata":{"name":")" + version + "." + group + R"("},"spec":{"group":")" +
                     group + R"(","version":")" + version +
                     R"(","groupPriorityMinimum":100,"versionPriority":10,)"
                     R"("insecureSkipTLSVerify":true,)"
                     R"("service":{"namespace":"default","name":"nobody"}}})");
  const std::string stale = R"({"version":")" + version + R"(","freshness":"Stale"})";
  const bool known = test::eventually(
      [&] {
        const std::string served =
            cluster
                .request("GET", "/apis", {}, {},
                         "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
                .body;
        const std::size_t at = served.find("\"name\":\"" + group + "\"");
        return at != served.npos && served.find(stale, at) != served.npos;
      },
      60s);
  REQUIRE(known);
}

}  // namespace

TEST_SUITE_BEGIN("real/broken_api");

TEST_CASE("what a broken aggregated API serves is unknown, and everything else is reported") {
  test::Cluster cluster;
  test::load_crds(cluster, {"kong-ingress-controller"});
  test::install_kong(cluster);
  cluster.create("/apis/configuration.konghq.com/v1/namespaces/kong/kongplugins",
                 "{apiVersion: configuration.konghq.com/v1, kind: KongPlugin, metadata: {name: a}, "
                 "plugin: cors}");
  const auto kubeconfig = cluster.kubeconfig(cluster.admin_token());
  auto wanted = test::run_jobs(kubeconfig, {"--jobs", "all"}).fields;
  // It was not there and now may be; and what is in it may be newer than what else there is.
  REQUIRE(wanted.erase("gateway-api.installed") == 1);
  REQUIRE(wanted.erase("configuration.last_object_change") == 1);
  REQUIRE(wanted.erase("configuration.last_change") == 1);

  break_api(cluster, "gateway.networking.k8s.io", "v1");
  break_api(cluster, "metrics.k8s.io", "v1beta1");  // no job asks after this one
  const auto run = test::run_jobs(kubeconfig, {"--jobs", "all"});

  CHECK(run.fields == wanted);
  const std::string unknown =
      ": the server of the API group gateway.networking.k8s.io/v1 does not answer, so what it "
      "serves is unknown: look at the APIService v1.gateway.networking.k8s.io";
  CHECK(run.findings == std::vector<std::string>{"configuration" + unknown, "gateway-api" + unknown,
                                                 "routes" + unknown});
  CHECK(run.not_ok.empty());
}

TEST_SUITE_END();
