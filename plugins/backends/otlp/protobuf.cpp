// OTLP as protobuf: the numbers are those of opentelemetry-proto, whose messages the functions are
// named after.
#include "protobuf.hpp"

#include "wire.hpp"

namespace otlp {
namespace {

Message any_value(const std::variant<std::string_view, std::int64_t>& value) {
  Message any;
  if (const auto* const text = std::get_if<std::string_view>(&value)) {
    any.text(1, *text);
  } else {
    any.varint(3, static_cast<std::uint64_t>(std::get<std::int64_t>(value)));
  }
  return any;
}

Message key_value(const Attribute& attribute) {
  return Message().text(1, attribute.key).message(2, any_value(attribute.value));
}

Message resource() { return Message().message(1, key_value({"service.name", producer})); }

Message scope(std::string_view version) { return Message().text(1, producer).text(2, version); }

Message log_record(const Log& log) {
  Message record;
  record.fixed64(1, log.time_ns);
  record.varint(2, severity_number);
  record.text(3, severity_text);
  record.message(5, any_value(log.body));
  for (const Attribute& attribute : log.attributes) record.message(6, key_value(attribute));
  record.fixed64(11, log.time_ns);  // observed: by who made it
  record.text(12, log.event);
  return record;
}

Message number_data_point(const Point& point, std::uint64_t time_ns) {
  Message number;
  number.fixed64(3, time_ns);
  if (const auto* const whole = std::get_if<std::int64_t>(&point.value)) {
    number.fixed64(6, static_cast<std::uint64_t>(*whole));
  } else {
    number.real(4, std::get<double>(point.value));
  }
  for (const Attribute& attribute : point.attributes) number.message(7, key_value(attribute));
  return number;
}

Message metric(const Gauge& gauge, std::uint64_t time_ns) {
  Message points;
  for (const Point& point : gauge.points) points.message(1, number_data_point(point, time_ns));
  return Message().text(1, gauge.name).text(3, gauge.unit).message(5, points);
}

}  // namespace

std::string as_protobuf(const Log& log) {
  const Message scope_logs = Message().message(1, scope(log.version)).message(2, log_record(log));
  const Message resource_logs = Message().message(1, resource()).message(2, scope_logs);
  return Message().message(1, resource_logs).bytes();
}

std::string as_protobuf(const Metrics& metrics) {
  Message scope_metrics;
  scope_metrics.message(1, scope(metrics.version));
  for (const Gauge& gauge : metrics.gauges) {
    scope_metrics.message(2, metric(gauge, metrics.time_ns));
  }
  const Message resource_metrics = Message().message(1, resource()).message(2, scope_metrics);
  return Message().message(1, resource_metrics).bytes();
}

}  // namespace otlp
