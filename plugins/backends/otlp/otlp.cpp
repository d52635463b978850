// The backend "otlp": reports for an OpenTelemetry receiver, over OTLP/HTTP.
//
// A destination takes reports as one of two things: as logs, one record a report whose body is the
// report's bytes verbatim; or as metrics, a gauge for each number whose declaration calls it one.
// Each is one request, so who wants both names two destinations.
#include <ktel/sdk/backend.hpp>
#include <ktel/sdk/target.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include "export.hpp"
#include "json.hpp"
#include "judge.hpp"
#include "protobuf.hpp"

namespace otlp {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::is_loopback;
using ktel::sdk::port_of;
using ktel::sdk::Refusal;
using ktel::sdk::str;
using ktel::sdk::view;

constexpr std::string_view default_port = ":4318";

constexpr ktel_label as_values[] = {{"logs", "a log record a report"},
                                    {"metrics", "a gauge for each number that is a metric"}};
constexpr ktel_label encoding_values[] = {{"protobuf", "as every receiver takes it"},
                                          {"json", "as people read it"}};

enum Param : std::uint32_t { token, as, encoding, header, gzip };
constexpr ktel_param params[] = {
    {.name = "token",
     .type = KTEL_T_TEXT,
     .flags = KTEL_PARAM_SECRET,
     .description = "What the receiver knows the sender by, if it asks: Authorization: Bearer."},
    {.name = "as",
     .type = KTEL_T_ENUM,
     .description = "What a report is sent as.",
     .default_text = "logs",
     KTEL_VALUES(as_values)},
    {.name = "encoding",
     .type = KTEL_T_ENUM,
     .description = "How requests are written.",
     .default_text = "protobuf",
     KTEL_VALUES(encoding_values)},
    {.name = "header",
     .type = KTEL_T_TEXT,
     .description = "The header that takes what the token file holds, as it is, instead."},
    {.name = "gzip",
     .type = KTEL_T_BOOL,
     .description = "Whether requests are compressed.",
     .default_text = "1"},
};

// Behind the "/prefix" of a proxy; the operator may have written the whole path.
std::string path_for(Kind kind, std::string_view path) {
  const bool logs = kind == Kind::logs;
  const std::string_view wanted = logs ? "/v1/logs" : "/v1/metrics";
  while (path.ends_with('/')) path.remove_suffix(1);
  for (const std::string_view route : {"/v1/logs", "/v1/metrics", "/v1/traces"}) {
    if (!path.ends_with(route)) continue;
    if (route != wanted) {
      throw Refusal(KTEL_E_INVALID, std::string(path) + " takes no " + (logs ? "logs" : "metrics") +
                                        ": write " + std::string(wanted) +
                                        ", or no path at all; as=" + (logs ? "metrics" : "logs") +
                                        " sends the other");
    }
    path.remove_suffix(route.size());
  }
  return std::string(path) + std::string(wanted);
}

// The header the token goes into, and in what form; the host puts the token in, it never gets here.
struct Authorization {
  std::string name;  // "": no token is sent
  std::string value;
};

Authorization authorization(Delivery host) {
  const std::string_view name = host.text(header);
  const bool given = host.has_secret(token);
  if (name.empty()) {
    return given ? Authorization{"Authorization", "Bearer ${token}"} : Authorization{};
  }
  const auto fits = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_';
  };
  if (!std::all_of(name.begin(), name.end(), fits)) {
    throw Refusal(KTEL_E_INVALID,
                  "header= is no header's name: letters, digits and dashes, like header=api-key");
  }
  if (!given) {
    throw Refusal(KTEL_E_INVALID,
                  "header= says where the token goes, and there is none: give it with --token-file "
                  "FILE or KTEL_TOKEN_FILE");
  }
  return {std::string(name), "${token}"};
}

class Sink {
 public:
  Sink(Delivery host, const ktel_target& target) : authorization_(authorization(host)) {
    std::string authority(view(target.authority));
    const bool plain = view(target.scheme) == "otlp+http";
    if (plain && !is_loopback(authority)) {
      throw Refusal(KTEL_E_INVALID, "otlp+http:// is for this machine alone, and " + authority +
                                        " is another: the report would travel in clear; write "
                                        "otlp://" +
                                        authority);
    }
    if (port_of(authority).empty()) authority += default_port;
    asked_.at = authority;
    asked_.kind = host.text(as) == "metrics" ? Kind::metrics : Kind::logs;
    asked_.encoding = host.text(encoding) == "json" ? Encoding::json : Encoding::protobuf;
    asked_.gzip = host.flag(gzip);
    asked_.authorized = !authorization_.name.empty();
    url_ = (plain ? "http://" : "https://") + authority + path_for(asked_.kind, view(target.path));
  }

  void encode(Delivery host, const ktel_report& report) {
    const std::string body = body_of(report);
    const bool json = asked_.encoding == Encoding::json;
    const ktel_header headers[] = {
        {str("Content-Type"), str(json ? "application/json" : "application/x-protobuf")},
        {str(authorization_.name), str(authorization_.value)},
    };
    ktel_request request;
    KTEL_SIZED(request);
    request.flags = asked_.gzip ? KTEL_REQUEST_GZIP : 0;
    request.method = str("POST");
    request.url = str(url_);
    request.body = str(body);
    request.headers = headers;
    request.header_count = asked_.authorized ? 2 : 1;
    host.request(request);
  }

  void decode(Delivery host, const ktel_report&, const ktel_response& response) {
    const Judged judged = judge(asked_, reply_of(response));
    if (judged.without_gzip) asked_.gzip = false;
    if (!judged.warning.empty()) host.log(KTEL_LOG_WARN, judged.warning);
    host.outcome(judged.outcome);
    host.verdict(judged.verdict);
  }

 private:
  std::string body_of(const ktel_report& report) const {
    const bool json = asked_.encoding == Encoding::json;
    if (asked_.kind == Kind::logs) {
      const Log log = log_of(report);
      return json ? as_json(log) : as_protobuf(log);
    }
    const Metrics metrics = metrics_of(report);
    return json ? as_json(metrics) : as_protobuf(metrics);
  }

  static Reply reply_of(const ktel_response& response) {
    Reply reply;
    reply.status = response.status;
    reply.retry_after_ms = response.retry_after_ms;
    reply.body = view(response.body);
    for (std::uint32_t i = 0; i < response.header_count; ++i) {
      const ktel_header& given = response.headers[i];
      if (view(given.name) == "location") reply.location = view(given.value);
      if (view(given.name) == "content-type") reply.content_type = view(given.value);
    }
    return reply;
  }

  Authorization authorization_;
  std::string url_;
  Asked asked_;
};

constexpr ktel_backend backends[] = {{
    .name = "otlp",
    .summary = "Log records or gauges for an OpenTelemetry receiver, over HTTP and TLS.",
    .schemes = "otlp otlp+http",
    KTEL_PARAMS(params),
    .open = ktel::sdk::open_sink<Sink>,
    .encode = ktel::sdk::encode<Sink>,
    .decode = ktel::sdk::decode<Sink>,
    .close = ktel::sdk::close_sink<Sink>,
}};

}  // namespace
}  // namespace otlp

KTEL_PLUGIN(.id = "io.ktel.otlp", .version = "0.1.0", .vendor = "ktel",
            .summary = "Delivers reports to OpenTelemetry receivers.",
            KTEL_BACKENDS(otlp::backends));
