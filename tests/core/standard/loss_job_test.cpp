// The host's own declaration is held to what plugins are held to.
#include "standard/loss_job.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include "plugin/name_rules.hpp"
#include "standard/lint.hpp"

using namespace std::chrono_literals;

TEST_CASE("core/standard/loss_job: the lint finds only that it reads nothing") {
  const auto& job = ktel::standard::loss_job();
  for (const ktel::Finding& finding : ktel::standard::lint(job, 2026y / 11 / 27)) {
    CHECK_MESSAGE(finding.id == "no-source", finding.text);
  }
  CHECK(ktel::plugin::is_reserved(job.name));  // no plugin can be taken for it
}

TEST_CASE(
    "core/standard/loss_job: its numbers are gauges, for destinations that take nothing else") {
  for (const auto& field : ktel::standard::loss_job().fields) {
    CHECK((field.metric == KTEL_M_GAUGE) == (field.type == KTEL_T_COUNT));
  }
}
