// The lint: a row for each id of the table, and rows for what lies just on the right side of a
// rule.
#include "standard/lint.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "sample.hpp"

using ktel::Finding;
using ktel::FindingLevel;
using ktel::plugin::Field;
using ktel::plugin::Job;
using ktel::plugin::Read;
using ktel::standard::lint;
using ktel::standard::lint_names;
using ktel::test::make_field;
using ktel::test::paths;

namespace {

using namespace std::chrono_literals;
constexpr std::chrono::sys_days today = 2026y / 11 / 25;

constexpr FindingLevel error = FindingLevel::error;
constexpr FindingLevel warn = FindingLevel::warn;

Read read(const char* id, std::uint32_t verb, const char* resource) {
  Read read;
  read.id = id;
  read.verb = verb;
  read.versions = {"v1"};
  read.resource = resource;
  read.why = "It is told here.";
  return read;
}

Field field(const char* name, std::uint32_t type, const char* example, std::uint32_t item = 0) {
  Field field = make_field(name, type, item);
  field.from = {"pods"};
  field.description = "What the pods of a cluster have in common.";
  field.example = example;
  field.absent_when = "Pods cannot be listed.";
  field.question = "What runs there?";
  field.benefit = "It goes on running.";
  field.owner = "team-acme";
  return field;
}

// Nothing is wrong with it.
Job clean_job() {
  Job job;
  job.name = "acme-shape";
  job.title = "Shape";
  job.summary = "What there is.";
  job.question = "What runs there?";
  job.benefit = "It goes on running.";
  job.owner = "team-acme";
  job.contact = "https://acme.example/telemetry";
  job.since = "0.1.0";
  job.expires = "2028-06-30";
  job.stability = KTEL_STABLE;
  job.reads = {read("pods", KTEL_READ_LIST, "pods")};

  Field pods = field("pods_count", KTEL_T_COUNT, "812");
  pods.unit = "{pod}";
  Field by_arch = field("nodes_by_arch", KTEL_T_MAP, R"({"amd64": 4})", KTEL_T_COUNT);
  by_arch.values = {{"amd64", "x86-64"}, {"other", "any other"}};
  by_arch.unit = "{node}";
  Field lifecycle = field("lifecycle", KTEL_T_ENUM, "helm");
  lifecycle.values = {{"helm", "Helm"}, {"unknown", "none of these"}};
  lifecycle.other = "unknown";
  Field channel = field("channel", KTEL_T_TOKEN, "stable");
  channel.pattern = "[a-z]+";
  channel.max_length = 16;
  Field version = field("version", KTEL_T_SEMVER, "v1.27.8");
  version.granularity = KTEL_G_PATCH;
  job.fields = {pods, by_arch, lifecycle, channel, version};
  return job;
}

Field& of(Job& job, const std::string& name) {
  for (Field& field : job.fields) {
    if (field.name == name) return field;
  }
  throw std::invalid_argument(name);
}

using Change = std::function<void(Job&)>;

// What is wrong in the job that is changed so. One finding: a row is one mistake.
struct Row {
  std::string id;
  FindingLevel level;
  std::string field;
  std::string text;
  Change change;
};

// Sets a member of a field.
template <class T, class Value>
Change with(const char* name, T Field::*member, Value value) {
  return [=](Job& job) { of(job, name).*member = value; };
}

// Takes the field's name for another one.
Change named(const char* name, const char* other) { return with(name, &Field::name, other); }

Change expiring(const char* day) {
  return [=](Job& job) {
    job.expires = day;
    for (Field& field : job.fields) field.expires = day;
  };
}

Change listing_config_maps(const char* path, std::uint32_t verb = KTEL_READ_LIST) {
  return [=](Job& job) {
    job.reads.push_back(read("settings", verb, "configmaps"));
    job.reads.back().paths = paths(path);
    job.fields[0].from.push_back("settings");
  };
}

// A token that may hold any text a pattern does.
Change matching(const char* pattern) { return with("channel", &Field::pattern, pattern); }

std::vector<Row> rows() {
  return {
      {"missing-key", error, "", "title of acme-shape is blank",
       [](Job& job) { job.title = "  "; }},
      {"missing-key", error, "", "why of read pods is blank",
       [](Job& job) { job.reads[0].why = " "; }},
      {"missing-key", error, "pods_count", "absent_when of pods_count is blank",
       with("pods_count", &Field::absent_when, " ")},
      {"missing-key", error, "version", "replaced_by of version is missing: it is deprecated",
       with("version", &Field::stability, KTEL_DEPRECATED)},
      {"no-question", error, "", "\"Who runs it.\" is no question",
       [](Job& job) {
         job.question = "Who runs it.";
         for (Field& field : job.fields) field.question = job.question;
       }},
      {"no-question", error, "channel", "\"Which one\" is no question",
       with("channel", &Field::question, "Which one")},
      {"weak-description", error, "channel",
       "the description of channel has 19 characters, 20 are the least",
       with("channel", &Field::description, "N\xc3\xa4mlich, der Kanal.")},
      {"weak-description", error, "kong_gateway_mode",
       "the description of kong_gateway_mode is its name again",
       [](Job& job) {
         of(job, "lifecycle").description = "The mode of the Kong gateway.";
         of(job, "lifecycle").name = "kong_gateway_mode";
       }},
      {"bad-name", error, "pods", "pods counts and does not say so", named("pods_count", "pods")},
      {"bad-name", error, "nodes", "nodes counts and does not say so",
       named("nodes_by_arch", "nodes")},
      {"bad-name", error, "total_pods_count",
       "total_pods_count has total in its name, which says nothing",
       named("pods_count", "total_pods_count")},
      {"bad-name", error, "svc_count", "svc_count has the abbreviation svc in its name",
       named("pods_count", "svc_count")},
      {"bad-name", error, "", "acme-crd-state has the abbreviation crd in its name",
       [](Job& job) { job.name = "acme-crd-state"; }},
      {"similar-name", error, "life_cycle",
       "life_cycle differs from lifecycle in its separators alone", named("channel", "life_cycle")},
      {"unit-in-name", warn, "uptime_hours_count",
       "uptime_hours_count has the unit hours in its name",
       named("pods_count", "uptime_hours_count")},
      {"unit-missing", error, "pods_count", "pods_count is a number without a unit",
       with("pods_count", &Field::unit, " ")},
      {"open-token", error, "channel", "the pattern .* lets any text leave", matching(".*")},
      {"open-token", error, "channel", "the pattern [ -~]{3,9} lets any text leave",
       matching("[ -~]{3,9}")},
      {"open-enum", error, "lifecycle",
       "lifecycle has no other: a value that is not listed is lost",
       with("lifecycle", &Field::other, "")},
      {"bad-example", error, "pods_count",
       "the example many does not pass: text was put where the declared type is count",
       with("pods_count", &Field::example, "many")},
      {"bad-example", error, "version",
       "the example v1.27.8+rke2r1 does not pass: what leaves of it is \"v1.27.8\"",
       with("version", &Field::example, "v1.27.8+rke2r1")},
      {"bad-example", error, "pods_count",
       "the example 812 does not pass: what leaves of it is 512",
       with("pods_count", &Field::granularity, KTEL_G_POW2)},
      {"bad-example", error, "lifecycle",
       "the example argo does not pass: what leaves of it is \"unknown\"",
       with("lifecycle", &Field::example, "argo")},
      {"bad-example", error, "nodes_by_arch",
       "the example {\"mips\": 1} does not pass: mips is no key of the map",
       with("nodes_by_arch", &Field::example, R"({"mips": 1})")},
      {"bad-example", error, "nodes_by_arch",
       "the example {\"amd64\": -1} does not pass: at amd64: the value is below 0",
       with("nodes_by_arch", &Field::example, R"({"amd64": -1})")},
      {"bad-example", error, "nodes_by_arch",
       "the example {} does not pass: a map without a key is not put",
       with("nodes_by_arch", &Field::example, "{}")},
      {"bad-example", error, "channel",
       "the example 10.0.0.1 does not pass: the text is shaped like a network address",
       [](Job& job) {
         of(job, "channel").pattern = "[0-9.]+";
         of(job, "channel").example = "10.0.0.1";
       }},
      {"low-sensitivity", error, "node_label",
       "node_label is a token with label in its name, and no identifier",
       named("channel", "node_label")},
      {"low-sensitivity", error, "hosts",
       "hosts is a token with hosts in its name, and no identifier",
       [](Job& job) {
         Field& hosts = of(job, "channel");
         hosts.name = "hosts";
         hosts.type = KTEL_T_LIST;
         hosts.item = KTEL_T_TOKEN;
         hosts.max_items = 4;
         hosts.example = R"(["a", "b"])";
       }},
      {"expired", error, "", "expires is 2026-11-25: nothing of it is collected any more",
       expiring("2026-11-25")},
      {"expired", error, "channel", "expires is 2020-01-01: nothing of it is collected any more",
       with("channel", &Field::expires, "2020-01-01")},
      {"expires-soon", warn, "", "expires is 2026-12-25, in 30 days or less",
       expiring("2026-12-25")},
      {"expires-far", warn, "", "expires is 2028-11-26, in more than 24 months",
       expiring("2028-11-26")},
      {"unused-read", error, "", "read nodes is in no field's from",
       [](Job& job) { job.reads.push_back(read("nodes", KTEL_READ_LIST, "nodes")); }},
      {"no-source", warn, "channel", "channel is made of no read and of no other job's result",
       with("channel", &Field::from, std::vector<std::string>{})},
      {"secret-read", error, "",
       "read settings lists ConfigMaps for what they hold: who may list them has them whole",
       listing_config_maps("metadata.name data['mode']")},
      {"secret-read", error, "",
       "read settings lists ConfigMaps for what they hold: who may list them has them whole",
       listing_config_maps("['binary*'].mode")},
  };
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/lint");

TEST_CASE("a job as it should be has no finding") { CHECK(lint(clean_job(), today).empty()); }

TEST_CASE("one mistake is one finding, with what to do about it") {
  for (const Row& row : rows()) {
    CAPTURE(row.id);
    CAPTURE(row.text);
    Job job = clean_job();
    row.change(job);

    const std::vector<Finding> findings = lint(job, today);

    REQUIRE(findings.size() == 1);
    CHECK(findings[0].id == row.id);
    CHECK(findings[0].level == row.level);
    CHECK(findings[0].job == job.name);
    CHECK(findings[0].field == row.field);
    CHECK(findings[0].text == row.text);
    CHECK(findings[0].next != "");
  }
}

TEST_CASE("what is just right has no finding") {
  const std::pair<const char*, Change> rows[] = {
      {"a description of 20 characters",
       with("channel", &Field::description, "N\xc3\xa4mlich, ihr Kanal..")},
      {"a description that says more than the name",
       with("version", &Field::description, "The version of the proxy.")},
      {"an abbreviation of the standard", named("pods_count", "k8s_tls_http_count")},
      {"one letter and a digit", named("lifecycle", "l7_mode")},
      {"a map of counts that ends as a count", named("nodes_by_arch", "nodes_count")},
      {"a unit in the name of what is no number", named("lifecycle", "day_of_release")},
      {"a pattern with a form", matching("[a-z]{1,8}(-[a-z]+)?")},
      {"an identifier by its class",
       [](Job& job) {
         of(job, "channel").sensitivity = KTEL_S_IDENTIFIER;
         of(job, "channel").name = "node_name";
       }},
      {"a closed set of names", named("lifecycle", "host_name")},
      {"names that hold such words", named("channel", "namespace_shipping")},
      {"a quoted example", with("channel", &Field::example, "\"stable\"")},
      {"a time as it leaves",
       [](Job& job) {
         job.fields.push_back(field("last-update", KTEL_T_TIME, "2022-05-03 00:00:00"));
         job.fields.back().granularity = KTEL_G_DAY;
       }},
      {"a ratio as an integer",
       [](Job& job) {
         job.fields.push_back(field("meshed", KTEL_T_RATIO, "1"));
         job.fields.back().unit = "1";
       }},
      {"a sorted list",
       [](Job& job) {
         Field list = field("lifecycles", KTEL_T_LIST, R"(["helm", "unknown"])", KTEL_T_ENUM);
         list.values = of(job, "lifecycle").values;
         list.other = "unknown";
         list.max_items = 2;
         job.fields.push_back(list);
       }},
      {"a day and a month from now", expiring("2026-12-26")},
      {"24 months from now", expiring("2028-11-25")},
      {"a source in another job",
       [](Job& job) {
         of(job, "channel").from.clear();
         job.needs.emplace_back().job = "cluster-state";
       }},
      {"ConfigMaps by their names", listing_config_maps("metadata.name")},
      {"one ConfigMap", listing_config_maps("data['mode']", KTEL_READ_GET)},
      {"a deprecated field that says what follows",
       [](Job& job) {
         of(job, "version").stability = KTEL_DEPRECATED;
         of(job, "version").replaced_by = "channel";
       }},
  };
  for (const auto& [what, change] : rows) {
    CAPTURE(what);
    Job job = clean_job();
    change(job);
    for (const Finding& finding : lint(job, today)) FAIL_CHECK(finding.id << ": " << finding.text);
  }
}

TEST_CASE("what fields inherit is found once, at the job") {
  Job job = clean_job();
  job.owner = " ";
  for (Field& field : job.fields) field.owner = job.owner;

  const auto findings = lint(job, today);

  REQUIRE(findings.size() == 1);
  CHECK(findings[0].field == "");
  CHECK(findings[0].text == "owner of acme-shape is blank");
}

TEST_CASE("jobs that differ in separators alone are named") {
  Job one = clean_job();
  Job other = clean_job();
  other.name = "acmeshape";
  Job third = clean_job();
  third.name = "acme-shapes";

  const auto findings = lint_names({&one, &other, &third});

  REQUIRE(findings.size() == 1);
  CHECK(findings[0].id == "similar-name");
  CHECK(findings[0].job == "acmeshape");
  CHECK(findings[0].text == "acmeshape differs from acme-shape in its separators alone");
}

// "| `missing-key` | error | ..." below the heading "## Lint".
TEST_CASE("the standard's page has the same table") {
  std::map<std::string, FindingLevel> written;
  std::ifstream page(KTEL_STANDARD_PAGE);
  std::string line;
  while (std::getline(page, line) && line != "## Lint") continue;
  while (std::getline(page, line) && !line.starts_with("## ")) {
    if (!line.starts_with("| `")) continue;
    const std::size_t end = line.find('`', 3);
    written[line.substr(3, end - 3)] = line.substr(end).starts_with("` | error |") ? error : warn;
  }

  // Not found here: when a plugin is loaded, and in a comparison with a baseline.
  std::map<std::string, FindingLevel> found = {
      {"refused", error}, {"open-map", error}, {"breaking-change", error}, {"new-field", warn}};
  for (const Row& row : rows()) found[row.id] = row.level;
  CHECK(written == found);
}

TEST_SUITE_END();
