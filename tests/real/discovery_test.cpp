// Discovery of a real API server: told once, then 304 until something is served that was not.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cluster/access.hpp"
#include "cluster/api_client.hpp"
#include "cluster/api_source.hpp"
#include "core/cluster/reads.hpp"
#include "real/cluster.hpp"
#include "real/crds.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace std::chrono_literals;

namespace {

cluster::Access access_to(test::Cluster& cluster) {
  cluster::AccessOptions options;
  options.kubeconfig = cluster.kubeconfig(cluster.admin_token()).string();
  return cluster::find_access(options, [](const std::string&) { return std::nullopt; }).value();
}

// Runs as one process makes them: a source each, and what was served is known from one to the next.
struct Runs {
  test::Collected run() {
    auto served = test::read(KTEL_READ_SERVED, "*", "", "group version resource");
    served.versions = {};
    return test::collect_all(std::make_shared<cluster::ApiSource>(
                                 std::make_shared<cluster::ApiClient>(
                                     http, access, std::make_shared<Secrets>(), system_clock()),
                                 known),
                             {test::job("j", {served})});
  }

  HttpClient http = {};
  const cluster::Access access;
  std::shared_ptr<cluster::DiscoveryCache> known = std::make_shared<cluster::DiscoveryCache>();
};

bool serves_kong(const test::Collected& all) {
  const auto rows = all.rows(0, 0);
  return std::any_of(rows.begin(), rows.end(), [](const std::string& row) {
    return row.find("configuration.konghq.com v1 kongplugins") != row.npos;
  });
}

}  // namespace

TEST_SUITE_BEGIN("real/discovery");

TEST_CASE("what is served is sent again only when it has changed") {
  test::Cluster cluster;
  Runs runs{.access = access_to(cluster)};
  const auto first = runs.run();
  CHECK(first.rows(0, 0).size() > 50);
  CHECK(first.stats.requests == 2);
  CHECK(first.stats.bytes > 10'000);

  const auto second = runs.run();
  CHECK(second.rows(0, 0) == first.rows(0, 0));
  CHECK(second.stats.requests == 2);
  CHECK(second.stats.bytes == 0);
  std::vector<int> statuses;
  for (const auto& request : cluster.requests_of("admin")) {
    if (request.user_agent.starts_with("ktel/")) statuses.push_back(request.status);
  }
  CHECK(statuses == std::vector<int>{200, 200, 304, 304});

  CHECK_FALSE(serves_kong(second));
  test::load_crds(cluster, {"kong-ingress-controller"});
  CHECK(test::eventually([&] { return serves_kong(runs.run()); }, 60s, 500ms));
}

TEST_SUITE_END();
