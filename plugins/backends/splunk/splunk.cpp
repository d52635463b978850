// The backend "splunk": reports as events for Splunk's HTTP Event Collector (HEC).
//
// Splunk drops, behind a 200, an event with a key in its envelope that it does not know. So the
// envelope is written key by key here, the report's bytes verbatim in it, and nothing else.
#include <ktel/sdk/backend.hpp>
#include <ktel/sdk/json.hpp>
#include <ktel/sdk/target.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include "cookies.hpp"
#include "judge.hpp"

namespace splunk {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::is_loopback;
using ktel::sdk::port_of;
using ktel::sdk::quoted;
using ktel::sdk::Refusal;
using ktel::sdk::str;
using ktel::sdk::Tokens;
using ktel::sdk::view;

constexpr std::string_view default_port = ":8088";
constexpr std::string_view collector = "/services/collector";

constexpr ktel_label ack_values[] = {
    {"auto", "if the token has indexer acknowledgement"}, {"off", "never"}, {"require", "always"}};

enum Param : std::uint32_t { token, index, source, sourcetype, gzip, ack };
constexpr ktel_param params[] = {
    {.name = "token",
     .type = KTEL_T_TEXT,
     .flags = KTEL_PARAM_REQUIRED | KTEL_PARAM_SECRET,
     .description = "The token of a HEC input."},
    {.name = "index",
     .type = KTEL_T_TEXT,
     .description = "The index to write to; without it the token's own."},
    {.name = "source",
     .type = KTEL_T_TEXT,
     .description = "The source of the events.",
     .default_text = "ktel"},
    {.name = "sourcetype",
     .type = KTEL_T_TEXT,
     .description = "The source type of the events.",
     .default_text = "ktel:report"},
    {.name = "gzip",
     .type = KTEL_T_BOOL,
     .description = "Whether requests are compressed.",
     .default_text = "1"},
    {.name = "ack",
     .type = KTEL_T_ENUM,
     .description = "Whether a report counts as delivered only when the indexers acknowledge it.",
     .default_text = "auto",
     KTEL_VALUES(ack_values)},
};

// The collector's path: behind the "/prefix" of a proxy, or before the route the operator wrote in
// one of the forms Splunk has for events.
std::string collector_path(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string_view prefix = path;
  if (const std::size_t at = path.rfind(collector); at != std::string_view::npos) {
    const std::string_view rest = path.substr(at + collector.size());
    if (rest.empty() || rest == "/1.0" || rest == "/event" || rest == "/event/1.0") {
      prefix = path.substr(0, at);
    } else if (rest.starts_with('/')) {
      throw Refusal(KTEL_E_INVALID,
                    std::string(path) +
                        " takes no events: write /services/collector/event, or no path at all");
    }
  }
  return std::string(prefix) + std::string(collector);
}

// A random UUID (version 4).
std::string make_channel() {
  constexpr char hex[] = "0123456789abcdef";
  std::random_device random;
  std::string channel;
  for (const char c : std::string_view("xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx")) {
    if (c == 'x') {
      channel += hex[random() & 15];
    } else if (c == 'V') {
      channel += hex[8 | (random() & 3)];
    } else {
      channel += c;
    }
  }
  return channel;
}

class Sink {
 public:
  Sink(Delivery host, const ktel_target& target)
      : source_(host.text(source)), sourcetype_(host.text(sourcetype)) {
    const std::string_view scheme = view(target.scheme);
    std::string authority(view(target.authority));
    const bool plain = scheme == "splunk+http";
    if (plain && !is_loopback(authority)) {
      throw Refusal(KTEL_E_INVALID,
                    "splunk+http:// is for this machine alone, and " + authority +
                        " is another: the token would travel in clear; write splunk://" +
                        authority);
    }
    if (port_of(authority).empty()) authority += default_port;
    url_ = (plain ? "http://" : "https://") + authority + collector_path(view(target.path));
    asked_.at = authority;
    asked_.index = host.text(index);
    asked_.gzip = host.flag(gzip);
    asked_.ack = host.text(ack) == "off"       ? Ack::off
                 : host.text(ack) == "require" ? Ack::require
                                               : Ack::automatic;
  }

  void encode(Delivery host, const ktel_report& report) {
    post(host, url_ + "/event", envelope(report), asked_.gzip ? KTEL_REQUEST_GZIP : 0);
  }

  void decode(Delivery host, const ktel_report&, const ktel_response& response) {
    cookies_.take(response);
    const Judged judged = judge(asked_, reply_of(response));
    if (judged.without_gzip) asked_.gzip = false;
    host.outcome(judged.outcome);
    host.verdict(judged.verdict);
  }

  void encode_poll(Delivery host, Tokens tokens) {
    std::string ids;
    for (const std::uint64_t id : tokens) ids += (ids.empty() ? "" : ",") + std::to_string(id);
    post(host, url_ + "/ack", R"({"acks":[)" + ids + "]}", 0);
  }

  // An id is answered with true once, and then forgotten.
  void decode_poll(Delivery host, Tokens tokens, const ktel_response& response) {
    cookies_.take(response);
    const JudgedPoll judged = judge_poll(asked_, reply_of(response));
    if (judged.all) asked_.ack = Ack::off;
    for (std::uint32_t i = 0; i < tokens.size(); ++i) {
      const auto& known = judged.acknowledged;
      if (judged.all || std::find(known.begin(), known.end(), tokens[i]) != known.end()) {
        host.outcome({.result = KTEL_DELIVERED, .text = {}}, i);
      }
    }
    host.verdict(judged.verdict);
  }

 private:
  void post(Delivery host, const std::string& url, const std::string& body,
            std::uint32_t flags) const {
    const std::string cookies = cookies_.header();
    // The host puts the token in; it never gets here.
    const ktel_header headers[] = {
        {str("Authorization"), str("Splunk ${token}")},
        {str("Content-Type"), str("application/json")},
        {str("X-Splunk-Request-Channel"), str(channel_)},
        {str("Cookie"), str(cookies)},
    };
    ktel_request request;
    KTEL_SIZED(request);
    request.flags = flags;
    request.method = str("POST");
    request.url = str(url);
    request.body = str(body);
    request.headers = headers;
    request.header_count = cookies.empty() ? 3 : 4;
    host.request(request);
  }

  static Reply reply_of(const ktel_response& response) {
    Reply reply;
    reply.status = response.status;
    reply.retry_after_ms = response.retry_after_ms;
    reply.body = view(response.body);
    for (std::uint32_t i = 0; i < response.header_count; ++i) {
      const ktel_header& header = response.headers[i];
      if (view(header.name) == "location") reply.location = view(header.value);
    }
    return reply;
  }

  std::string envelope(const ktel_report& report) const {
    std::string json = R"({"time":)" + std::to_string(report.time_s) +
                       R"(,"host":"ktel","source":)" + quoted(source_) + R"(,"sourcetype":)" +
                       quoted(sourcetype_);
    if (!asked_.index.empty()) json += R"(,"index":)" + quoted(asked_.index);
    json += R"(,"event":)";
    json += view(report.body);
    json += R"(,"fields":{"ktel_id":)" + quoted(view(report.id_text)) + R"(,"ktel_signal":)" +
            quoted(view(report.signal)) + R"(,"ktel_version":)" + quoted(view(report.version)) +
            R"(,"ktel_standard":)" + std::to_string(report.standard) + R"(,"ktel_findings":)" +
            std::to_string(report.findings);
    if (report.attempt > 1) json += R"(,"ktel_attempt":)" + std::to_string(report.attempt);
    return json += "}}";
  }

  std::string url_;                             // of the collector
  const std::string channel_ = make_channel();  // tokens with indexer acknowledgement ask for one
  Cookies cookies_;
  std::string source_;
  std::string sourcetype_;
  Asked asked_;
};

constexpr ktel_backend backends[] = {{
    .name = "splunk",
    .summary = "Events for Splunk's HTTP Event Collector, over TLS.",
    .schemes = "splunk splunk+http",
    .flags = KTEL_BACKEND_HAS_ACK,
    KTEL_PARAMS(params),
    .open = ktel::sdk::open_sink<Sink>,
    .encode = ktel::sdk::encode<Sink>,
    .decode = ktel::sdk::decode<Sink>,
    .encode_poll = ktel::sdk::encode_poll<Sink>,
    .decode_poll = ktel::sdk::decode_poll<Sink>,
    .close = ktel::sdk::close_sink<Sink>,
}};

}  // namespace
}  // namespace splunk

KTEL_PLUGIN(.id = "io.ktel.splunk", .version = "0.1.0", .vendor = "ktel",
            .summary = "Delivers reports to Splunk.", KTEL_BACKENDS(splunk::backends));
