// Masks, and which reads are left.
#include "standard/policy.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

using ktel::plugin::Field;
using ktel::plugin::Job;
using ktel::plugin::Read;
using ktel::standard::Mask;
using ktel::standard::mask;
using ktel::standard::Policy;
using ktel::standard::wanted_reads;

namespace {

const std::string today = "2026-11-25";

Field field(std::uint32_t sensitivity = KTEL_S_SCALE) {
  Field field;
  field.name = "pods_count";
  field.sensitivity = sensitivity;
  field.stability = KTEL_STABLE;
  field.expires = "2028-06-30";
  return field;
}

std::string why(const Policy& policy, const Field& f) {
  const auto found = mask(policy, "cluster-state", f, today);
  return found ? found->id + ": " + found->why : "";
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/policy");

TEST_CASE("up to the ceiling a field leaves, above it not") {
  Policy policy;
  CHECK(why(policy, field(KTEL_S_PRODUCT)) == "");
  CHECK(why(policy, field(KTEL_S_ACTIVITY)) == "");
  CHECK(why(policy, field(KTEL_S_IDENTIFIER)) ==
        "withheld-sensitivity: its class identifier is above the ceiling activity");
  policy.max_sensitivity = KTEL_S_ENVIRONMENT;
  CHECK(why(policy, field(KTEL_S_SCALE)) ==
        "withheld-sensitivity: its class scale is above the ceiling environment");
  CHECK(why(policy, field(0)).find("withheld-sensitivity") == 0);
}

TEST_CASE("an identifier needs the ceiling and its full name in allow") {
  Policy policy;
  policy.allow = {"cluster-state.pods_count"};
  CHECK(why(policy, field(KTEL_S_IDENTIFIER)).find("withheld-sensitivity") == 0);
  policy.max_sensitivity = KTEL_S_IDENTIFIER;
  CHECK(why(policy, field(KTEL_S_IDENTIFIER)) == "");
  policy.allow = {"cluster-state.*"};
  CHECK(why(policy, field(KTEL_S_IDENTIFIER)) ==
        "withheld-policy: an identifier leaves only where the policy's allow names "
        "cluster-state.pods_count");
}

TEST_CASE("a field is withheld from the day it expires") {
  Field f = field();
  f.expires = "2026-11-26";
  CHECK(why({}, f) == "");
  f.expires = "2026-11-25";
  CHECK(why({}, f) ==
        "withheld-expired: it expired on 2026-11-25; a newer version of the plugin may bring it "
        "back");
}

TEST_CASE("a field in development is withheld unless it is allowed") {
  Field f = field();
  f.stability = KTEL_DEVELOPMENT;
  Policy policy;
  CHECK(why(policy, f) ==
        "withheld-unstable: it is in development; --allow-unstable lets it leave");
  policy.allow_development = true;
  CHECK(why(policy, f) == "");
  f.stability = KTEL_DEPRECATED;
  CHECK(why({}, f) == "");
}

TEST_CASE("deny takes globs over job.field") {
  for (const char* glob : {"*", "*.pods_count", "cluster-state.*", "cluster-*", "*count",
                           "cluster-state.pods_coun?"}) {
    CAPTURE(glob);
    Policy policy;
    policy.deny = {"nothing.else", glob};
    CHECK(why(policy, field()) == std::string("withheld-policy: the policy denies ") + glob);
  }
  Policy policy;
  policy.deny = {"pods_count", "cluster-state", "*.pods", "*.nodes_count"};
  CHECK(why(policy, field()) == "");
}

TEST_CASE("a name that no job declares is refused, before data leaves for a typing error") {
  const std::vector<std::string> declared = {"cluster-state.pods_count", "acme.host_name"};
  const auto says = [&](std::vector<std::string> deny, std::vector<std::string> allow) {
    const auto checked = ktel::standard::check_policy(
        {.deny = std::move(deny), .allow = std::move(allow)}, declared);
    return checked ? "" : checked.error().message;
  };
  CHECK(says({"cluster-state.pods_count", "*.nothing"}, {"acme.host_name"}) == "");
  CHECK(says({"cluster-state.pod_count"}, {}) ==
        "--deny names cluster-state.pod_count, which no job declares; did you mean "
        "cluster-state.pods_count?");
  CHECK(says({}, {"x"}) ==
        "--allow names x, which no job declares; `ktel jobs describe JOB` shows the fields of "
        "each");
}

TEST_CASE("a read is made for an unmasked field, or for a read that depends on it") {
  Job job;
  const auto add_read = [&](const char* id, const char* when) {
    Read read;
    read.id = id;
    read.when_read = when;
    job.reads.push_back(read);
  };
  add_read("version", "");
  add_read("slices", "");
  add_read("nodes", "slices");
  add_read("pods", "nodes");
  add_read("unused", "");
  Field a, b;
  a.from = {"version"};
  b.from = {"pods"};
  job.fields = {a, b};

  CHECK(wanted_reads(job, {false, false}) == std::vector<bool>{true, true, true, true, false});
  CHECK(wanted_reads(job, {false, true}) == std::vector<bool>{true, false, false, false, false});
  CHECK(wanted_reads(job, {true, false}) == std::vector<bool>{false, true, true, true, false});
  CHECK(wanted_reads(job, {true, true}) == std::vector<bool>(5, false));
}

TEST_SUITE_END();
