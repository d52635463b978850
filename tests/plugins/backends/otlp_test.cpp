// The backend otlp: what it makes of a report in both encodings, and of every answer.
//
// protoc reads the protobuf bytes, by an excerpt of OTLP's own schema; a collector reads them in
// tests/real/otlp_test.cpp.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "delivery/open_backend.hpp"
#include "plugins/backends/load.hpp"
#include "support/process.hpp"

TEST_SUITE_BEGIN("plugins/backends/otlp");

namespace {

using namespace ktel;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;

// A count, a ratio that happens to be whole, a map; a number that is no metric, and a caller's key.
delivery::Outgoing report() {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = R"({"cluster-state":{"pods_count":12,"ready":1,"spare_count":3},)"
                  R"("identify-platform":{"arch":"amd64","nodes_by_arch":{"amd64":2,"arm64":0}},)"
                  R"("note":{"a":"\"é\""}})",
          .findings = 2,
          .fields = {{"cluster-state", "pods_count", KTEL_T_COUNT, KTEL_M_GAUGE, "{pod}", ""},
                     {"cluster-state", "ready", KTEL_T_RATIO, KTEL_M_GAUGE, "1", ""},
                     {"cluster-state", "spare_count", KTEL_T_COUNT, 0, "{pod}", ""},
                     {"identify-platform", "arch", KTEL_T_ENUM, 0, "", ""},
                     {"identify-platform", "nodes_by_arch", KTEL_T_MAP, KTEL_M_GAUGE, "{node}",
                      "k8s_arch"}}};
}

Result<std::shared_ptr<delivery::OpenBackend>> open(
    const std::string& url, const std::map<std::string, std::string>& secrets = {},
    const Logger& log = {}) {
  static const auto otlp = test::load_backend(KTEL_PLUGIN_FILE);
  auto destination = delivery::parse_destination(url, {});
  REQUIRE(destination);
  auto params = delivery::bind_params(*otlp.declaration, *destination, secrets);
  if (!params) return params.error();
  delivery::SinkServices services{
      .http = nullptr, .secrets = std::make_shared<Secrets>(), .log = log, .ktel_version = "0.1.0"};
  services.secrets->add("s3cret-token");
  return delivery::OpenBackend::open(otlp, *destination, *params, services);
}

using Headers = std::vector<std::pair<std::string, std::string>>;

Attempt answer(const std::string& url, int status, const std::string& body, Headers headers = {}) {
  const auto backend = open(url);
  REQUIRE(backend);
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.headers = std::move(headers);
  return (*backend)->decode(report(), response);
}

std::string body_for(const std::string& url, const delivery::Outgoing& of = report()) {
  const auto backend = open(url);
  REQUIRE(backend);
  const auto pushed = (*backend)->encode(of);
  REQUIRE(pushed);
  return pushed->request.body;
}

std::string protoc(const std::string& option, const std::string& in) {
  const std::string folder = std::filesystem::path(KTEL_OTLP_PROTO).parent_path();
  const auto done =
      test::run({"protoc", "-I", folder, option, KTEL_OTLP_PROTO}, {.stdin_text = in});
  CHECK(done.err == "");
  REQUIRE(done.exit_code == 0);
  return done.out;
}

// As protoc's text, without its line breaks and indents.
std::string read_by_protoc(const std::string& message, const std::string& bytes) {
  return std::regex_replace(protoc("--decode=" + message, bytes), std::regex("\\s+"), " ");
}

std::string written_by_protoc(const std::string& message, const std::string& as_text) {
  return protoc("--encode=" + message, as_text);
}

// A length-delimited field of protobuf: short ones are enough here.
std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

const Headers in_protobuf = {{"content-type", "application/x-protobuf"}};
const Headers in_json = {{"content-type", "application/json"}};
const Headers in_text = {{"content-type", "text/plain; charset=utf-8"}};

const std::string url = "otlp://h";

}  // namespace

TEST_CASE("a report is one log record, its body the canonical bytes") {
  const auto backend = open("otlp://collector.example?encoding=json");
  REQUIRE(backend);

  const auto pushed = (*backend)->encode(report());

  REQUIRE(pushed);
  CHECK(pushed->request.method == "POST");
  CHECK(pushed->request.url == "https://collector.example:4318/v1/logs");
  CHECK(pushed->gzip);
  CHECK(pushed->request.headers == Headers{{"Content-Type", "application/json"}});
  CHECK(pushed->request.body ==
        R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":)"
        R"({"stringValue":"ktel"}}]},"scopeLogs":[{"scope":{"name":"ktel","version":"0.1.0"},)"
        R"("logRecords":[{"timeUnixNano":"1764000000000000000",)"
        R"("observedTimeUnixNano":"1764000000000000000","severityNumber":9,"severityText":"INFO",)"
        R"("eventName":"daily","body":{"stringValue":"{\"cluster-state\":{\"pods_count\":12,)"
        R"(\"ready\":1,\"spare_count\":3},\"identify-platform\":{\"arch\":\"amd64\",)"
        R"(\"nodes_by_arch\":{\"amd64\":2,\"arm64\":0}},\"note\":{\"a\":\"\\\"é\\\"\"}}"},)"
        R"("attributes":[{"key":"ktel.report.id","value":)"
        R"({"stringValue":"01936f00-0000-7000-8000-000000000001"}},)"
        R"({"key":"ktel.signal","value":{"stringValue":"daily"}},)"
        R"({"key":"ktel.standard","value":{"intValue":"1"}},)"
        R"({"key":"ktel.findings","value":{"intValue":"2"}}]}]}]}]})");
}

TEST_CASE("the same in protobuf, as protoc reads it, with the body's bytes as they are") {
  const auto backend = open(url);
  const auto pushed = (*backend)->encode(report());

  REQUIRE(pushed);
  CHECK(pushed->request.headers == Headers{{"Content-Type", "application/x-protobuf"}});
  CHECK(pushed->request.body.find(report().body) != std::string::npos);
  CHECK(read_by_protoc("ExportLogsServiceRequest", pushed->request.body) ==
        R"(resource_logs { resource { attributes { key: "service.name" )"
        R"(value { string_value: "ktel" } } } )"
        R"(scope_logs { scope { name: "ktel" version: "0.1.0" } )"
        R"(log_records { time_unix_nano: 1764000000000000000 )"
        R"(severity_number: SEVERITY_NUMBER_INFO severity_text: "INFO" )"
        R"(body { string_value: "{\"cluster-state\":{\"pods_count\":12,\"ready\":1,)"
        R"(\"spare_count\":3},\"identify-platform\":{\"arch\":\"amd64\",)"
        R"(\"nodes_by_arch\":{\"amd64\":2,\"arm64\":0}},)"
        R"(\"note\":{\"a\":\"\\\"\303\251\\\"\"}}" } )"
        R"(attributes { key: "ktel.report.id" )"
        R"(value { string_value: "01936f00-0000-7000-8000-000000000001" } } )"
        R"(attributes { key: "ktel.signal" value { string_value: "daily" } } )"
        R"(attributes { key: "ktel.standard" value { int_value: 1 } } )"
        R"(attributes { key: "ktel.findings" value { int_value: 2 } } )"
        R"(observed_time_unix_nano: 1764000000000000000 event_name: "daily" } } } )");
}

TEST_CASE("the attempt travels from the second one on") {
  auto again = report();
  again.attempt = 3;

  CHECK(body_for("otlp://h?encoding=json", again)
            .ends_with(R"({"key":"ktel.attempt","value":{"intValue":"3"}}]}]}]}]})"));
  CHECK(read_by_protoc("ExportLogsServiceRequest", body_for(url, again))
            .find(R"({ key: "ktel.attempt" value { int_value: 3 } })") != std::string::npos);
  CHECK(body_for("otlp://h?as=metrics", again) == body_for("otlp://h?as=metrics"));
}

TEST_CASE("as metrics, each number that is one is a gauge, and a map's keys are its points") {
  const auto backend = open("otlp://h?as=metrics&encoding=json&gzip=0");
  const auto pushed = (*backend)->encode(report());

  REQUIRE(pushed);
  CHECK(pushed->request.url == "https://h:4318/v1/metrics");
  CHECK_FALSE(pushed->gzip);
  const std::string signal = R"({"key":"ktel.signal","value":{"stringValue":"daily"}})";
  const std::string time = R"("timeUnixNano":"1764000000000000000")";
  CHECK(pushed->request.body ==
        R"({"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":)"
        R"({"stringValue":"ktel"}}]},"scopeMetrics":[{"scope":{"name":"ktel","version":"0.1.0"},)"
        R"("metrics":[)"
        R"({"name":"ktel.cluster-state.pods_count","unit":"{pod}","gauge":{"dataPoints":[)"
        R"({"attributes":[)" +
            signal + "]," + time +
            R"(,"asInt":"12"}]}},)"
            R"({"name":"ktel.cluster-state.ready","unit":"1","gauge":{"dataPoints":[)"
            R"({"attributes":[)" +
            signal + "]," + time +
            R"(,"asDouble":1}]}},)"
            R"({"name":"ktel.identify-platform.nodes_by_arch","unit":"{node}",)"
            R"("gauge":{"dataPoints":[{"attributes":[)" +
            signal + R"(,{"key":"ktel.key","value":{"stringValue":"amd64"}}],)" + time +
            R"(,"asInt":"2"},{"attributes":[)" + signal +
            R"(,{"key":"ktel.key","value":{"stringValue":"arm64"}}],)" + time +
            R"(,"asInt":"0"}]}}]}]}]})");
}

TEST_CASE("gauges in protobuf, as protoc reads them") {
  const std::string signal =
      R"(attributes { key: "ktel.signal" value { string_value: "daily" } } )";
  const std::string time = "time_unix_nano: 1764000000000000000 ";
  const auto key = [](const std::string& name) {
    return R"(attributes { key: "ktel.key" value { string_value: ")" + name + R"(" } } )";
  };

  CHECK(read_by_protoc("ExportMetricsServiceRequest", body_for("otlp://h?as=metrics")) ==
        R"(resource_metrics { resource { attributes { key: "service.name" )"
        R"(value { string_value: "ktel" } } } )"
        R"(scope_metrics { scope { name: "ktel" version: "0.1.0" } )"
        R"(metrics { name: "ktel.cluster-state.pods_count" unit: "{pod}" )"
        R"(gauge { data_points { )" +
            time + "as_int: 12 " + signal +
            R"(} } } metrics { name: "ktel.cluster-state.ready" unit: "1" gauge { data_points { )" +
            time + "as_double: 1 " + signal +
            R"(} } } metrics { name: "ktel.identify-platform.nodes_by_arch" unit: "{node}" )"
            R"(gauge { data_points { )" +
            time + "as_int: 2 " + signal + key("amd64") + "} data_points { " + time + "as_int: 0 " +
            signal + key("arm64") + "} } } } } ");
}

TEST_CASE("numbers keep their values: the extremes of both forms") {
  auto extreme = report();
  extreme.body =
      R"({"j":{"a":-9223372036854775808,"b":9223372036854775807,"c":0.1,"d":-2.5e-300}})";
  extreme.fields = {{"j", "a", KTEL_T_INT, KTEL_M_GAUGE, "1", ""},
                    {"j", "b", KTEL_T_BYTES, KTEL_M_GAUGE, "By", ""},
                    {"j", "c", KTEL_T_RATIO, KTEL_M_GAUGE, "1", ""},
                    {"j", "d", KTEL_T_DURATION, KTEL_M_GAUGE, "s", ""}};

  const std::string as_json = body_for("otlp://h?as=metrics&encoding=json", extreme);
  const std::string as_protobuf =
      read_by_protoc("ExportMetricsServiceRequest", body_for("otlp://h?as=metrics", extreme));

  for (const char* number :
       {R"("asInt":"-9223372036854775808")", R"("asInt":"9223372036854775807")",
        R"("asDouble":0.1})", R"("asDouble":-2.5e-300})"}) {
    CAPTURE(number);
    CHECK(as_json.find(number) != std::string::npos);
  }
  for (const char* number : {"as_int: -9223372036854775808", "as_int: 9223372036854775807",
                             "as_double: 0.1 ", "as_double: -2.5e-300 "}) {
    CAPTURE(number);
    CHECK(as_protobuf.find(number) != std::string::npos);
  }
}

TEST_CASE("a report without a metric, or with one that has no form, is said to be none") {
  auto without = report();
  without.fields = {};
  auto beyond = report();
  beyond.body = R"({"cluster-state":{"pods_count":9223372036854775808}})";
  const auto backend = open("otlp://h?as=metrics");

  const auto none = (*backend)->encode(without);
  const auto too_large = (*backend)->encode(beyond);

  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::bad_input);
  CHECK(none.error().message ==
        "otlp: the report has no field that is a metric: send it to a destination with as=logs, "
        "or choose jobs that have some (`ktel jobs describe JOB` says metric: gauge)");
  REQUIRE_FALSE(too_large);
  CHECK(too_large.error().code == Errc::bad_input);
  CHECK(too_large.error().message ==
        "otlp: ktel.cluster-state.pods_count is no number that OTLP has a form for: send the "
        "report to a destination with as=logs");
}

TEST_CASE("a list is no gauge, though its numbers be declared as metrics") {
  auto listed = report();
  listed.body = R"({"j":{"a":1,"sizes":[1,2]}})";
  listed.fields = {{"j", "a", KTEL_T_COUNT, KTEL_M_GAUGE, "{a}", ""},
                   {"j", "sizes", KTEL_T_LIST, KTEL_M_GAUGE, "By", ""}};

  const std::string body = body_for("otlp://h?as=metrics&encoding=json", listed);

  CHECK(body.find("ktel.j.a") != std::string::npos);
  CHECK(body.find("sizes") == std::string::npos);
}

TEST_CASE("a body with control characters and quotes is a JSON string all the same") {
  auto odd = report();
  odd.body = R"({"a":"\u0001\\ \"x\" \n"})";
  odd.signal = "a\tb";

  const std::string body = body_for("otlp://h?encoding=json", odd);

  CHECK(body.find(R"("body":{"stringValue":"{\"a\":\"\\u0001\\\\ \\\"x\\\" \\n\"}"})") !=
        std::string::npos);
  CHECK(body.find(R"("eventName":"a\u0009b")") != std::string::npos);
}

TEST_CASE("the path may be a prefix, or the receiver's own") {
  const struct {
    const char* url;
    const char* sent;
  } rows[] = {
      {"otlp://h", "https://h:4318/v1/logs"},
      {"otlp://h:443/", "https://h:443/v1/logs"},
      {"otlp://h/otlp/", "https://h:4318/otlp/v1/logs"},
      {"otlp://h/v1/logs", "https://h:4318/v1/logs"},
      {"otlp://h/otlp/v1/logs/", "https://h:4318/otlp/v1/logs"},
      {"otlp://h/v1", "https://h:4318/v1/v1/logs"},
      {"otlp://h?as=metrics", "https://h:4318/v1/metrics"},
      {"otlp://h/p/v1/metrics?as=metrics", "https://h:4318/p/v1/metrics"},
      {"otlp://[::1]", "https://[::1]:4318/v1/logs"},
      {"otlp://[2001:db8::1]:9", "https://[2001:db8::1]:9/v1/logs"},
      {"otlp+http://127.0.0.1:1", "http://127.0.0.1:1/v1/logs"},
      {"otlp+http://localhost", "http://localhost:4318/v1/logs"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    const auto backend = open(row.url);
    REQUIRE(backend);
    const auto pushed = (*backend)->encode(report());
    REQUIRE(pushed);
    CHECK(pushed->request.url == row.sent);
  }
}

TEST_CASE("a destination that cannot be right is refused") {
  const struct {
    const char* url;
    const char* says;
  } rows[] = {
      {"otlp://h/v1/metrics",
       "otlp: /v1/metrics takes no logs: write /v1/logs, or no path at all; as=metrics sends the "
       "other"},
      {"otlp://h/p/v1/logs?as=metrics",
       "otlp: /p/v1/logs takes no metrics: write /v1/metrics, or no path at all; as=logs sends the "
       "other"},
      {"otlp://h/v1/traces",
       "otlp: /v1/traces takes no logs: write /v1/logs, or no path at all; as=metrics sends the "
       "other"},
      {"otlp+http://10.0.0.1:4318",
       "otlp: otlp+http:// is for this machine alone, and 10.0.0.1:4318 is another: the report "
       "would travel in clear; write otlp://10.0.0.1:4318"},
      {"otlp+http://127.1",
       "otlp: otlp+http:// is for this machine alone, and 127.1 is another: the report would "
       "travel in clear; write otlp://127.1"},
      {"otlp://h?header=api-key",
       "otlp: header= says where the token goes, and there is none: give it with --token-file FILE "
       "or KTEL_TOKEN_FILE"},
      {"otlp://h?header=api%20key",
       "otlp: header= is no header's name: letters, digits and dashes, like header=api-key"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    const auto backend = open(row.url);
    REQUIRE_FALSE(backend);
    CHECK(backend.error().code == Errc::bad_input);
    CHECK(backend.error().message == row.says);
  }
}

TEST_CASE("a token goes along, in the header the URL says") {
  const struct {
    const char* url;
    std::map<std::string, std::string> secrets;
    Headers sent;
  } rows[] = {
      {"otlp://h", {}, {}},
      {"otlp://h", {{"token", "s3cret-token"}}, {{"Authorization", "Bearer s3cret-token"}}},
      {"otlp://h?header=api-key", {{"token", "s3cret-token"}}, {{"api-key", "s3cret-token"}}},
      {"otlp://h?header=Authorization",
       {{"token", "Basic czNjcmV0"}},
       {{"Authorization", "Basic czNjcmV0"}}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    const auto backend = open(row.url, row.secrets);
    REQUIRE(backend);
    const auto pushed = (*backend)->encode(report());
    REQUIRE(pushed);
    auto headers = (*backend)->headers(*pushed);
    REQUIRE(headers);
    CHECK(headers->front().first == "Content-Type");
    headers->erase(headers->begin());
    CHECK(*headers == row.sent);
    for (const auto& [name, value] : pushed->request.headers) {
      CHECK(value.find("s3cret") == std::string::npos);  // the host alone knows it
    }
  }
}

TEST_CASE("every status has its outcome, verdict and cause") {
  const struct {
    int status;
    Outcome outcome;
    Verdict verdict;
    Cause cause;
  } rows[] = {
      {200, Outcome::delivered, Verdict::up, Cause::none},
      {201, Outcome::delivered, Verdict::up, Cause::none},  // as Fluent Bit answers
      {202, Outcome::delivered, Verdict::up, Cause::none},
      {204, Outcome::delivered, Verdict::up, Cause::none},
      {300, Outcome::rejected, Verdict::up, Cause::http},
      {301, Outcome::retry, Verdict::blocked, Cause::config},
      {302, Outcome::retry, Verdict::blocked, Cause::config},
      {303, Outcome::retry, Verdict::blocked, Cause::config},
      {307, Outcome::retry, Verdict::blocked, Cause::config},
      {308, Outcome::retry, Verdict::blocked, Cause::config},
      {400, Outcome::rejected, Verdict::up, Cause::data},
      {401, Outcome::retry, Verdict::blocked, Cause::auth},
      {402, Outcome::rejected, Verdict::up, Cause::http},
      {403, Outcome::retry, Verdict::blocked, Cause::auth},
      {404, Outcome::retry, Verdict::blocked, Cause::config},
      {405, Outcome::retry, Verdict::blocked, Cause::config},
      {408, Outcome::rejected, Verdict::up, Cause::http},
      {410, Outcome::rejected, Verdict::up, Cause::http},
      {413, Outcome::rejected, Verdict::up, Cause::data},
      {415, Outcome::retry, Verdict::down, Cause::http},
      {422, Outcome::rejected, Verdict::up, Cause::http},
      {425, Outcome::rejected, Verdict::up, Cause::http},
      {429, Outcome::retry, Verdict::throttled, Cause::http},
      {500, Outcome::rejected, Verdict::up, Cause::http},
      {501, Outcome::retry, Verdict::blocked, Cause::config},
      {502, Outcome::retry, Verdict::down, Cause::http},
      {503, Outcome::retry, Verdict::throttled, Cause::http},
      {504, Outcome::retry, Verdict::down, Cause::http},
      {505, Outcome::rejected, Verdict::up, Cause::http},
  };
  for (const auto& row : rows) {
    for (const char* as : {"logs", "metrics"}) {
      CAPTURE(row.status);
      CAPTURE(as);
      const Attempt attempt = answer(url + "?as=" + as, row.status, "");
      CHECK(attempt.outcome == row.outcome);
      CHECK(attempt.verdict == row.verdict);
      CHECK(attempt.cause == row.cause);
      CHECK(attempt.text.starts_with("OTLP receiver h:4318 "));
      const bool good = row.outcome == Outcome::delivered;
      CHECK(attempt.code == (good ? 0u : static_cast<std::uint32_t>(row.status)));
    }
  }
}

TEST_CASE("a web page is no receiver's answer, whatever its status") {
  const struct {
    int status;
    Outcome outcome;
    Verdict verdict;
    Cause cause;
  } rows[] = {
      {200, Outcome::retry, Verdict::down, Cause::http},
      {204, Outcome::retry, Verdict::down, Cause::http},
      {400, Outcome::retry, Verdict::blocked, Cause::config},
      {401, Outcome::retry, Verdict::blocked, Cause::auth},
      {404, Outcome::retry, Verdict::blocked, Cause::config},
      {500, Outcome::retry, Verdict::blocked, Cause::config},
      {502, Outcome::retry, Verdict::down, Cause::http},
      {503, Outcome::retry, Verdict::throttled, Cause::http},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    const Attempt attempt = answer(url, row.status, "\n<html>Sign in</html>");
    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == row.verdict);
    CHECK(attempt.cause == row.cause);
  }
}

TEST_CASE("what is rejected behind a 200 is not sent again") {
  const std::string warning = written_by_protoc(
      "ExportLogsServiceResponse", R"(partial_success { error_message: "slow down" })");
  const std::string rejected =
      written_by_protoc("ExportLogsServiceResponse",
                        R"(partial_success { rejected_log_records: 1 error_message: "no quota" })");
  const std::string most = written_by_protoc(
      "ExportMetricsServiceResponse",
      R"(partial_success { rejected_data_points: 9223372036854775807 error_message: "too old" })");
  const struct {
    std::string body;
    Headers headers;
    Outcome outcome;
  } rows[] = {
      {"{}", in_json, Outcome::delivered},
      {R"({"partialSuccess":{}})", in_json, Outcome::delivered},
      {R"({"partialSuccess":null})", in_json, Outcome::delivered},
      {R"({"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}})", in_json,
       Outcome::delivered},
      {R"({"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no quota"}})", in_json,
       Outcome::rejected},
      {R"( { "x":[{"a":"}"}], "partialSuccess" : { "errorMessage":"no quota", "y":-1.5e3,)"
       R"( "rejectedLogRecords" : 1 } } )",
       in_json, Outcome::rejected},
      {R"({"partialSuccess":{"rejectedDataPoints":"1"}})", in_json, Outcome::rejected},
      // Not where it belongs, or no number: says nothing.
      {R"({"rejectedLogRecords":"1"})", in_json, Outcome::delivered},
      {R"({"x":{"partialSuccess":{"rejectedLogRecords":"1"}}})", in_json, Outcome::delivered},
      {R"({"partialSuccess":{"rejectedLogRecords":"many"}})", in_json, Outcome::delivered},
      {R"({"partialSuccess":{"rejectedLogRecords":"1"})", in_json, Outcome::delivered},
      {R"({"partialSuccess":{"partialSuccess":{"rejectedLogRecords":"1"}}})", in_json,
       Outcome::delivered},
      {"OK", in_text, Outcome::delivered},
      {"", in_protobuf, Outcome::delivered},
      {field(1, ""), in_protobuf, Outcome::delivered},
      {warning, in_protobuf, Outcome::delivered},
      {rejected, in_protobuf, Outcome::rejected},
      {field(9, "unknown") + rejected, in_protobuf, Outcome::rejected},
      {rejected, {{"content-type", "application/x-protobuf; v=1"}}, Outcome::rejected},
      // Broken off, a length beyond the end, a varint without its end, a group, field 0.
      {rejected.substr(0, rejected.size() - 1), in_protobuf, Outcome::delivered},
      {"\x0a\x7f", in_protobuf, Outcome::delivered},
      {"\x08" + std::string(11, '\xff'), in_protobuf, Outcome::delivered},
      {"\x0b\x08\x01\x0c", in_protobuf, Outcome::delivered},
      {std::string("\x02\x00", 2), in_protobuf, Outcome::delivered},
      {"\x0d\x01\x02", in_protobuf, Outcome::delivered},
      {std::string(64, '\xfe'), in_protobuf, Outcome::delivered},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body);
    const Attempt attempt = answer(url, 200, row.body, row.headers);
    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == Verdict::up);
    if (row.outcome == Outcome::rejected) CHECK(attempt.cause == Cause::data);
  }
  CHECK(answer(url, 200, rejected, in_protobuf).text ==
        R"(OTLP receiver h:4318 answers "no quota" (HTTP 200): it does not take this report)");
  CHECK(answer(url + "?as=metrics", 200,
               R"({"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}})", in_json)
            .text ==
        R"(OTLP receiver h:4318 answers "too old" (HTTP 200): it does not take 3 of its numbers, )"
        "and OTLP forbids to send the others again");
  CHECK(answer(url + "?as=metrics", 200, most, in_protobuf).text ==
        R"(OTLP receiver h:4318 answers "too old" (HTTP 200): it does not take )"
        "9223372036854775807 of its numbers, and OTLP forbids to send the others again");
}

TEST_CASE("a warning behind a delivery is logged") {
  std::vector<std::string> lines;
  const auto keep = [&](LogLevel level, std::string_view component, std::string_view line) {
    CHECK(level == LogLevel::warn);
    lines.push_back(std::string(component) + ": " + std::string(line));
  };
  const auto backend = open(url, {}, Logger(keep, std::make_shared<Secrets>()));
  HttpResponse response;
  response.status = 200;
  response.headers = in_json;
  response.body = R"({"partialSuccess":{"errorMessage":"slow down"}})";

  const Attempt warned = (*backend)->decode(report(), response);
  response.body = "{}";
  const Attempt taken = (*backend)->decode(report(), response);

  CHECK(warned.outcome == Outcome::delivered);
  CHECK(warned.text == R"(OTLP receiver h:4318 answers "slow down" (HTTP 200))");
  CHECK(taken.outcome == Outcome::delivered);
  CHECK(lines == std::vector<std::string>{
                     "backend otlp: OTLP receiver h:4318 took the report and warns: slow down"});
}

TEST_CASE("nesting without end is walked, not climbed into") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"partialSuccess":)";

  CHECK(answer(url, 200, deep, in_json).outcome == Outcome::delivered);
}

TEST_CASE("a failure's words come from a Status in either encoding, or from plain text") {
  const std::string status =
      written_by_protoc("Status", R"(code: 3 message: "bad \"time\"")") + field(3, "details");
  const struct {
    std::string body;
    Headers headers;
    std::string said;  // "": nothing
  } rows[] = {
      {status, in_protobuf, R"(bad "time")"},
      {R"({"code":3,"message":"bad \"time\"\n","details":[{"@type":"x","message":"no"}]})", in_json,
       R"(bad "time" )"},
      {R"({"message":"plain JSON"})", {}, "plain JSON"},
      {"404 page not found\n", in_text, "404 page not found"},
      {R"({"errorMessage":"of another message"})", in_json, ""},
      {R"({"message":7})", in_json, ""},
      {R"({"message":"x)", in_json, ""},
      {status + "\xff", in_protobuf, ""},
      {"", in_protobuf, ""},
      {"", in_json, ""},
      {"no JSON", in_json, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body);
    const std::string says =
        row.said.empty() ? "answers HTTP 400" : "answers \"" + row.said + "\" (HTTP 400)";
    CHECK(answer(url, 400, row.body, row.headers).text ==
          "OTLP receiver h:4318 " + says + ": it does not take this report");
  }
}

TEST_CASE("the sentences name the receiver's words and the next step") {
  const auto with_token = [](int status) {
    HttpResponse response;
    response.status = status;
    return (*open(url, {{"token", "s3cret-token"}}))->decode(report(), response);
  };
  const std::string later = " for later reports (this one keeps the URL it was made for)";
  const std::string correct = "correct host, port and path in the URL" + later;
  CHECK(answer(url, 503, R"({"message":"queue is full"})", in_json).text ==
        R"(OTLP receiver h:4318 answers "queue is full" (HTTP 503): it is tried again)");
  CHECK(answer(url, 504, "").text == "OTLP receiver h:4318 answers HTTP 504: it is tried again");
  CHECK(answer(url, 200, "<!DOCTYPE html>").text ==
        "OTLP receiver h:4318 answers HTTP 200 and a web page: no OTLP receiver answers so, and "
        "the report counts as not delivered: " +
            correct + ", or look at the proxy between");
  CHECK(answer(url, 400, "<html>").text ==
        "OTLP receiver h:4318 answers HTTP 400 and a web page: this is no answer of an OTLP "
        "receiver: " +
            correct + ", or look at the proxy between");
  CHECK(answer(url, 302, "", {{"location", "https://login.example/"}}).text ==
        "OTLP receiver h:4318 redirects to https://login.example/ (HTTP 302), and a report is "
        "never forwarded to another address: give the address of the receiver itself" +
            later);
  CHECK(answer(url, 401, "").text ==
        "OTLP receiver h:4318 answers HTTP 401: give it a token with --token-file FILE or "
        "KTEL_TOKEN_FILE");
  CHECK(with_token(403).text ==
        "OTLP receiver h:4318 answers HTTP 403: give it another token with --token-file FILE or "
        "KTEL_TOKEN_FILE");
  CHECK(answer(url, 404, "404 page not found\n", in_text).text ==
        R"(OTLP receiver h:4318 answers "404 page not found" (HTTP 404): it takes no logs at that )"
        "path: give it a pipeline for logs, or " +
            correct);
  CHECK(answer(url + "?as=metrics", 405, "").text ==
        "OTLP receiver h:4318 answers HTTP 405: it takes no metrics at that path: give it a "
        "pipeline for metrics, or " +
            correct);
  CHECK(answer(url, 413, "").text ==
        "OTLP receiver h:4318 answers HTTP 413: the report is too large for it: raise its limit "
        "for a request's body (max_request_body_size of a collector)");
  CHECK(answer(url, 415, "").text ==
        "OTLP receiver h:4318 answers HTTP 415: it is tried again without gzip; gzip=0 in the URL "
        "saves the first try");
  CHECK(answer(url + "?gzip=0", 415, "").text ==
        "OTLP receiver h:4318 answers HTTP 415: it does not take protobuf: write encoding=json in "
        "the URL" +
            later);
  CHECK(answer(url + "?gzip=0&encoding=json", 415, "").text ==
        "OTLP receiver h:4318 answers HTTP 415: it does not take JSON: write encoding=protobuf in "
        "the URL" +
            later);
  CHECK(answer(url, 500, R"({"code":13,"message":"disk"})", in_json).text ==
        R"(OTLP receiver h:4318 answers "disk" (HTTP 500): OTLP forbids to send it again after )"
        "this answer; its log says why");
}

TEST_CASE("after a 415 the sink goes on without gzip, and a second one blocks") {
  const auto backend = open(url);
  HttpResponse refused;
  refused.status = 415;

  const Attempt first = (*backend)->decode(report(), refused);
  const auto pushed = (*backend)->encode(report());
  const Attempt second = (*backend)->decode(report(), refused);

  CHECK(first.verdict == Verdict::down);
  CHECK_FALSE(pushed->gzip);
  CHECK(second.verdict == Verdict::blocked);
}

TEST_CASE("Retry-After is a floor") {
  CHECK(answer(url, 429, "", {{"retry-after", "7"}}).after.count() == 7000);
  CHECK(answer(url, 502, "", {{"retry-after", "2"}}).after.count() == 2000);
  CHECK(answer(url, 503, "", {{"retry-after", "Fri, 31 Dec 2066 23:59:59 GMT"}}).after.count() >
        60'000);
  CHECK(answer(url, 503, "").after.count() == 0);
}

TEST_CASE("a server that repeats the token does not get it into a text") {
  const Attempt attempt = answer(url, 401, "unknown token s3cret-token", in_text);

  CHECK(attempt.text.find("s3cret") == std::string::npos);
  CHECK(attempt.text.find("unknown token ***") != std::string::npos);
}

TEST_CASE("a long answer is quoted up to a whole character") {
  const Attempt attempt =
      answer(url, 400, std::string(199, 'x') + "\xe2\x82\xac and more", in_text);

  CHECK(attempt.text.find("answers \"" + std::string(199, 'x') + "\" (HTTP 400") !=
        std::string::npos);
}
