// Reports for a real OTLP receiver, as logs and as gauges, in both encodings.
//
// What the collector made of the bytes is compared with the report that ktel printed: a field
// number or a name that only we believe in would show here.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "real/collector.hpp"
#include "support/process.hpp"

using namespace ktel;

namespace {

constexpr const char* token = "0a4f6be2-otlp-token";

// A user who reads the embedded snapshot, and sends to a collector that knows the token.
struct Site {
  test::TestCa ca;
  test::Collector collector;
  test::TempDir home;

  explicit Site(const std::vector<std::string>& refuse = {})
      : collector({.cert = ca.server(), .token = token, .otlp = true, .refuse = refuse}) {
    home.write("ca.pem", ca.pem());
    home.write("token", std::string(token) + "\n", 0600);
    home.write("other", "another-token\n", 0600);
  }

  std::string url(const std::string& query) const {
    return "otlp://" + collector.authority() + "?" + query;
  }

  test::RunResult ktel(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv = {KTEL_PROGRAM};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    test::RunOptions options;
    options.deadline = std::chrono::seconds(120);
    options.unset = {"DO_NOT_TRACK", "KTEL_TELEMETRY", "KUBECONFIG", "HTTPS_PROXY", "https_proxy"};
    options.env = {{"HOME", (home / "").string()},
                   {"XDG_STATE_HOME", (home / "state").string()},
                   {"XDG_CACHE_HOME", (home / "cache").string()}};
    return test::run(argv, options);
  }

  // Sends one report to each of these, with a token file for each.
  test::RunResult report(const std::vector<std::string>& queries, const std::string& wait = "60s",
                         const std::string& token_file = "token") const {
    std::vector<std::string> arguments = {
        "workflows",  "run",          "--jobs", "cluster-state,identify-platform",
        "--snapshot", KTEL_DEMO,      "--wait", wait,
        "--ca-file",  home / "ca.pem"};
    for (const std::string& query : queries) {
      arguments.insert(arguments.end(),
                       {"--report-server", url(query), "--token-file", home / token_file});
    }
    return ktel(arguments);
  }

  std::vector<int> statuses() const {
    std::vector<int> all;
    for (const auto& request : collector.requests()) all.push_back(request.status);
    return all;
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The value in the report that a point is of: {"JOB":{"FIELD":7}} or {"JOB":{"FIELD":{"KEY":7}}}.
std::string reported(const boost::json::value& report, const test::CollectorPoint& point) {
  const std::size_t dot = point.name.find('.', 5);
  const boost::json::value& field =
      report.at(point.name.substr(5, dot - 5)).at(point.name.substr(dot + 1));
  const boost::json::value fields = boost::json::parse(point.fields);
  const boost::json::value* const key = fields.as_object().if_contains("ktel.key");
  return "Int " + boost::json::serialize(key == nullptr ? field : field.at(key->as_string()));
}

}  // namespace

TEST_SUITE_BEGIN("real/otlp");

TEST_CASE("a collector reads the report's bytes and its gauges, in both encodings") {
  for (const std::string encoding : {"encoding=protobuf", "encoding=json"}) {
    CAPTURE(encoding);
    const Site site;

    const auto run = site.report({encoding, encoding + "&as=metrics"});

    MESSAGE(run.err);
    REQUIRE(run.exit_code == 0);
    CHECK(site.statuses() == std::vector<int>{200, 200});
    const auto records = site.collector.records();
    REQUIRE(records.size() == 1);
    const auto& record = records[0];
    CHECK(boost::json::parse(record.event).as_string() == run.out);
    CHECK(record.time_unix_nano.ends_with("000000000"));
    CHECK(record.observed_unix_nano == record.time_unix_nano);
    CHECK(record.severity == 9);
    CHECK(record.severity_text == "INFO");
    CHECK(record.event_name == "ktel");
    CHECK(record.resource == R"({"service.name":"ktel"})");
    CHECK(record.scope == "ktel 0.1.0");
    const boost::json::value fields = boost::json::parse(record.fields);
    CHECK(fields.at("ktel.signal").as_string() == "ktel");
    CHECK(fields.at("ktel.standard").to_number<int>() == 1);
    CHECK(fields.at("ktel.findings").to_number<int>() == 0);
    CHECK(has(run.err, std::string(fields.at("ktel.report.id").as_string())));
    CHECK(fields.as_object().size() == 4);

    const boost::json::value report = boost::json::parse(run.out);
    std::string names;
    for (const auto& point : site.collector.points()) {
      CAPTURE(point.name);
      names += point.name + " " + point.unit + "\n";
      CHECK(point.value == reported(report, point));
      CHECK(point.time_unix_nano == record.time_unix_nano);
      CHECK(point.resource == record.resource);
      CHECK(point.scope == record.scope);
      CHECK(has(point.fields, R"("ktel.signal":"ktel")"));
    }
    CHECK(names ==
          "ktel.cluster-state.ingresses_count {ingress}\n"
          "ktel.cluster-state.namespaces_count {namespace}\n"
          "ktel.cluster-state.nodes_count {node}\n"
          "ktel.cluster-state.pods_count {pod}\n"
          "ktel.cluster-state.services_count {service}\n"
          "ktel.identify-platform.nodes_by_arch {node}\n"
          "ktel.identify-platform.nodes_by_os {node}\n");
  }
}

TEST_CASE("a receiver that is down, and then busy, gets the report when it says") {
  for (const std::string query : {"as=logs", "as=logs&encoding=json", "as=metrics"}) {
    CAPTURE(query);
    const Site site({"unavailable", "exhausted"});

    const auto run = site.report({query});

    MESSAGE(run.err);
    CHECK(run.exit_code == 0);
    CHECK(site.statuses() == std::vector<int>{503, 429, 200});
    CHECK(site.collector.records().size() == (has(query, "logs") ? 1 : 0));
    CHECK(site.collector.points().empty() == has(query, "logs"));
    const auto listed = site.ktel({"reports", "list", "-o", "json"});
    CHECK(has(listed.out, R"("state":"delivered")"));
    CHECK(has(listed.out, R"("attempts":3)"));
  }
}

TEST_CASE("a report it does not want is dead, with its own words") {
  for (const std::string encoding : {"encoding=protobuf", "encoding=json"}) {
    CAPTURE(encoding);
    const Site site({"invalid"});

    const auto run = site.report({encoding});

    MESSAGE(run.err);
    CHECK(site.statuses() == std::vector<int>{400});
    const auto listed = site.ktel({"reports", "list", "-o", "json"});
    MESSAGE(listed.out);
    CHECK(has(listed.out, R"("state":"dead")"));
    CHECK(has(listed.out, "OTLP receiver " + site.collector.authority() +
                              R"( answers \"the pipeline wants none of it\" (HTTP 400): it does )"
                              "not take this report"));
  }
}

TEST_CASE("a token it does not know keeps the report in the queue") {
  const Site site;

  const auto run = site.report({"as=logs"}, "1s", "other");

  MESSAGE(run.err);
  CHECK(run.exit_code == 4);
  CHECK(has(run.err, "give it another token with --token-file FILE or KTEL_TOKEN_FILE"));
  CHECK_FALSE(has(run.err, "another-token"));
  CHECK(site.collector.records().empty());
  CHECK(has(site.ktel({"reports", "list", "-o", "json"}).out, R"("state":"queued")"));
}

TEST_SUITE_END();
