// Events of Kong's controllers among those of others, as a real API server selects them.
#include <doctest/doctest.h>

#include <string>

#include "real/cluster.hpp"
#include "real/jobs_run.hpp"

using namespace ktel;

namespace {

std::string event(const std::string& name, const std::string& reason, const std::string& who,
                  const std::string& when) {
  return R"({"metadata":{"name":")" + name + R"("},"reason":")" + reason + "\"," + who + "," +
         when +
         R"(,"type":"Normal","action":"Apply","reportingInstance":"kong-0",)"
         R"("involvedObject":{"kind":"Pod","namespace":"default","name":"kong-0"}})";
}

}  // namespace

TEST_SUITE_BEGIN("real/events");

TEST_CASE("what Kong's controllers say dates a configuration, by whichever API they say it") {
  test::Cluster cluster;
  const std::string events = "/api/v1/namespaces/default/events";
  const std::string of_source = R"("source":{"component":"kong-client"})";
  const std::string of_reporter = R"("reportingComponent":"kong-client")";
  const std::string of_another = R"("source":{"component":"acme-client"})";
  cluster.create(events, event("a", "KongConfigurationSucceeded", of_source,
                               R"("lastTimestamp":"2022-05-03T08:46:24Z")"));
  cluster.create(events, event("b", "KongConfigurationApplyFailed", of_reporter,
                               R"("eventTime":"2022-05-03T08:31:57.250000Z")"));
  cluster.create(events, event("c", "KongConfigurationSucceeded", of_another,
                               R"("lastTimestamp":"2022-05-03T09:00:00Z")"));

  const auto run =
      test::run_jobs(cluster.kubeconfig(cluster.admin_token()), {"--jobs", "configuration"});

  CHECK(
      run.report ==
      R"({"configuration":{"last_change":"2022-05-03 08:46:24","last_refusal":"2022-05-03 08:31:57"}})");
  CHECK(run.findings.empty());
}

TEST_SUITE_END();
