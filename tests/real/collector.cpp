// Configuration in, journal out.
#include "real/collector.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace ktel::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

// JSON is YAML, so what comes from options needs no quoting rules of its own.
std::string quoted(const std::string& text) { return json::serialize(json::string(text)); }

std::string configuration(const CollectorOptions& options, std::uint16_t port,
                          const CertFiles& files, const std::string& journal) {
  std::string extensions = "tap";
  std::string server = "endpoint: 127.0.0.1:" + std::to_string(port) +
                       ", tls: {cert_file: " + quoted(files.cert) +
                       ", key_file: " + quoted(files.key) + "}, middleware: [{id: tap}]";
  std::string more;
  if (!options.token.empty()) {
    extensions += ", bearertokenauth";
    more += std::string("  bearertokenauth: {scheme: ") + (options.otlp ? "Bearer" : "Splunk") +
            ", token: " + quoted(options.token) + "}\n";
    server += ", auth: {authenticator: bearertokenauth}";
  }
  if (options.acks) {
    extensions += ", ack";
    more += "  ack: {}\n";
    server += ", ack: {extension: ack}";
  }
  const std::string receiver =
      options.otlp ? "otlp: {protocols: {http: {" + server + "}}}" : "splunk_hec: {" + server + "}";
  const json::array refuse(options.refuse.begin(), options.refuse.end());
  const std::string pipelines = options.otlp
                                    ? "    logs: {receivers: [otlp], exporters: [journal]}\n"
                                      "    metrics: {receivers: [otlp], exporters: [journal]}\n"
                                    : "    logs: {receivers: [splunk_hec], exporters: [journal]}\n";
  return "extensions:\n  tap: {path: " + quoted(journal) + "}\n" + more + "receivers:\n  " +
         receiver + "\nexporters:\n  journal: {path: " + quoted(journal) +
         ", refuse: " + json::serialize(refuse) + "}\nservice:\n  extensions: [" + extensions +
         "]\n  telemetry: {metrics: {level: none}}\n  pipelines:\n" + pipelines;
}

// Every line of this kind.
std::vector<json::object> lines(const std::filesystem::path& journal, std::string_view kind) {
  std::vector<json::object> all;
  if (!std::filesystem::exists(journal)) return all;
  const std::string text = read_file(journal);
  std::string_view left = text;
  for (std::size_t end; (end = left.find('\n')) != left.npos; left.remove_prefix(end + 1)) {
    json::value line = json::parse(json::string_view(left.data(), end));
    if (line.at("kind").as_string() == kind) all.push_back(std::move(line.as_object()));
  }
  return all;
}

std::string text(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

std::string shortest(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

// Whole numbers without a fraction, the others in their shortest form.
void write_sorted(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::object: {
      std::vector<json::string_view> keys;
      for (const auto& member : value.get_object()) keys.push_back(member.key());
      std::sort(keys.begin(), keys.end());
      const char* separator = "{";
      for (const json::string_view key : keys) {
        out += separator;
        out += json::serialize(json::string(key)) + ":";
        write_sorted(value.get_object().at(key), out);
        separator = ",";
      }
      out += keys.empty() ? "{}" : "}";
      break;
    }
    case json::kind::array: {
      const char* separator = "[";
      for (const json::value& item : value.get_array()) {
        out += separator;
        write_sorted(item, out);
        separator = ",";
      }
      out += value.get_array().empty() ? "[]" : "]";
      break;
    }
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: {
      const double number = value.to_number<double>();
      const bool whole = std::trunc(number) == number && std::abs(number) < 0x1p63;
      out += whole ? std::to_string(static_cast<std::int64_t>(number)) : shortest(number);
      break;
    }
    default:
      out += json::serialize(value);
  }
}

std::string sorted(const json::value& value) {
  std::string out;
  write_sorted(value, out);
  return out;
}

}  // namespace

std::string as_collected(const std::string& text) { return sorted(json::parse(text)); }

Collector::Collector(const CollectorOptions& options, const std::filesystem::path& servers)
    : dir_("ktel-collector"), port_(free_port()) {
  const CertFiles files = options.cert.write(dir_, "server");
  const auto config =
      dir_.write("config.yaml", configuration(options, port_, files, dir_ / "journal"), 0600);
  process_ = std::make_unique<Process>(
      std::vector<std::string>{servers / "collector", "--config", "file:" + config.string()});
  const bool up = eventually([&] { return listening(port_) || !process_->running(); }, 30s);
  if (!up || !process_->running()) {
    throw std::runtime_error("the collector does not start:\n" + process_->err());
  }
}

std::string Collector::authority() const { return "127.0.0.1:" + std::to_string(port_); }
std::string Collector::url() const { return "https://" + authority(); }

std::vector<CollectorRecord> Collector::records() const {
  std::vector<CollectorRecord> all;
  for (const json::object& line : lines(dir_ / "journal", "record")) {
    all.push_back({.time_unix_nano = text(line, "time_unix_nano"),
                   .host = text(line, "host"),
                   .source = text(line, "source"),
                   .sourcetype = text(line, "sourcetype"),
                   .index = text(line, "index"),
                   .fields = sorted(line.at("fields")),
                   .event = sorted(line.at("event")),
                   .observed_unix_nano = text(line, "observed_unix_nano"),
                   .severity = line.at("severity").to_number<int>(),
                   .severity_text = text(line, "severity_text"),
                   .event_name = text(line, "event_name"),
                   .resource = sorted(line.at("resource")),
                   .scope = text(line, "scope") + " " + text(line, "scope_version")});
  }
  return all;
}

std::vector<CollectorPoint> Collector::points() const {
  std::vector<CollectorPoint> all;
  for (const json::object& line : lines(dir_ / "journal", "point")) {
    all.push_back({.name = text(line, "name"),
                   .unit = text(line, "unit"),
                   .time_unix_nano = text(line, "time_unix_nano"),
                   .fields = sorted(line.at("fields")),
                   .value = text(line, "type") + " " + text(line, "value"),
                   .resource = sorted(line.at("resource")),
                   .scope = text(line, "scope") + " " + text(line, "scope_version")});
  }
  return all;
}

std::vector<CollectorRequest> Collector::requests() const {
  std::vector<CollectorRequest> all;
  for (const json::object& line : lines(dir_ / "journal", "request")) {
    all.push_back({.method = text(line, "method"),
                   .path = text(line, "path"),
                   .channel = text(line, "channel"),
                   .body = text(line, "body"),
                   .status = line.at("status").to_number<int>(),
                   .truncated = line.at("truncated").as_bool()});
  }
  return all;
}

}  // namespace ktel::test
