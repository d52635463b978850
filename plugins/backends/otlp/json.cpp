// OTLP as JSON: see the header.
#include "json.hpp"

#include <ktel/sdk/json.hpp>

#include <charconv>

namespace otlp {
namespace {

using ktel::sdk::quoted;

template <class Integer>
std::string as_text(Integer number) {
  return '"' + std::to_string(number) + '"';
}

// The shortest that reads back as the same double.
std::string shortest(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

// [{"key":"ktel.signal","value":{"stringValue":"daily"}}]
std::string list(const std::vector<Attribute>& attributes) {
  std::string json = "[";
  for (const Attribute& attribute : attributes) {
    if (json.size() > 1) json += ',';
    json += R"({"key":)" + quoted(attribute.key) + R"(,"value":{)";
    if (const auto* const text = std::get_if<std::string_view>(&attribute.value)) {
      json += R"("stringValue":)" + quoted(*text);
    } else {
      json += R"("intValue":)" + as_text(std::get<std::int64_t>(attribute.value));
    }
    json += "}}";
  }
  return json += ']';
}

std::string resource() {
  return R"({"resource":{"attributes":)" + list({{"service.name", producer}}) + "}";
}

std::string scope(std::string_view version) {
  return R"({"scope":{"name":)" + quoted(producer) + R"(,"version":)" + quoted(version) + "}";
}

std::string point(const Point& point, std::uint64_t time_ns) {
  std::string json =
      R"({"attributes":)" + list(point.attributes) + R"(,"timeUnixNano":)" + as_text(time_ns);
  if (const auto* const whole = std::get_if<std::int64_t>(&point.value)) {
    json += R"(,"asInt":)" + as_text(*whole);
  } else {
    json += R"(,"asDouble":)" + shortest(std::get<double>(point.value));
  }
  return json += '}';
}

std::string gauge(const Gauge& gauge, std::uint64_t time_ns) {
  std::string json = R"({"name":)" + quoted(gauge.name) + R"(,"unit":)" + quoted(gauge.unit) +
                     R"(,"gauge":{"dataPoints":[)";
  const char* separator = "";
  for (const Point& each : gauge.points) {
    json += separator + point(each, time_ns);
    separator = ",";
  }
  return json += "]}}";
}

}  // namespace

std::string as_json(const Log& log) {
  return R"({"resourceLogs":[)" + resource() + R"(,"scopeLogs":[)" + scope(log.version) +
         R"(,"logRecords":[{"timeUnixNano":)" + as_text(log.time_ns) +
         R"(,"observedTimeUnixNano":)" + as_text(log.time_ns) + R"(,"severityNumber":)" +
         std::to_string(severity_number) + R"(,"severityText":)" + quoted(severity_text) +
         R"(,"eventName":)" + quoted(log.event) + R"(,"body":{"stringValue":)" + quoted(log.body) +
         R"(},"attributes":)" + list(log.attributes) + "}]}]}]}";
}

std::string as_json(const Metrics& metrics) {
  std::string json = R"({"resourceMetrics":[)" + resource() + R"(,"scopeMetrics":[)" +
                     scope(metrics.version) + R"(,"metrics":[)";
  const char* separator = "";
  for (const Gauge& each : metrics.gauges) {
    json += separator + gauge(each, metrics.time_ns);
    separator = ",";
  }
  return json += "]}]}]}";
}

}  // namespace otlp
