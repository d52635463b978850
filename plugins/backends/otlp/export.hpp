// A report in OTLP's terms, before it is written in one of OTLP's two encodings.
//
// Made of one ktel_report: views of it, for the call. What stands here is all that leaves: no host
// name, no instance, nothing a library would add of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <ktel/abi/plugin.h>

namespace otlp {

inline constexpr std::string_view producer = "ktel";  // service.name, and the scope's name
inline constexpr std::uint32_t severity_number = 9;   // OTLP's INFO
inline constexpr std::string_view severity_text = "INFO";

struct Attribute {
  std::string_view key;
  std::variant<std::string_view, std::int64_t> value;
};

// One log record for /v1/logs.
struct Log {
  std::string_view version;  // of ktel, the scope's
  std::uint64_t time_ns = 0;
  std::string_view event;  // the signal
  std::string_view body;   // the report's bytes, verbatim
  std::vector<Attribute> attributes;
};

struct Point {
  std::vector<Attribute> attributes;
  std::variant<std::int64_t, double> value;
};

struct Gauge {
  std::string name;  // ktel.JOB.FIELD
  std::string_view unit;
  std::vector<Point> points;  // one; of a MAP one a key
};

// The gauges of a report for /v1/metrics.
struct Metrics {
  std::string_view version;
  std::uint64_t time_ns = 0;
  std::vector<Gauge> gauges;
};

Log log_of(const ktel_report& report);

// Throws Refusal: no field of the report is a gauge, or one holds a number OTLP has no form for.
Metrics metrics_of(const ktel_report& report);

}  // namespace otlp
