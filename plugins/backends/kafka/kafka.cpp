// The backend "kafka": a report is a message of a topic, its bytes the value.
//
// It is delivered when the brokers say that as many replicas have it as the topic asks for. Key and
// header `ktel-id` are the report's id: one that is sent twice ends in the same partition, where a
// reader drops the second, or the topic does that is compacted. librdkafka repeats what it may
// within one delivery; everything else is the host's to repeat.
#include <ktel/sdk/backend.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "judge.hpp"
#include "producer.hpp"

namespace kafka {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::Refusal;
using ktel::sdk::str;
using ktel::sdk::view;

constexpr std::string_view default_port = ":9092";

constexpr ktel_label mechanisms[] = {{"scram-sha-512", "SCRAM with SHA-512"},
                                     {"scram-sha-256", "SCRAM with SHA-256"},
                                     {"plain", "the password itself, within TLS"}};
constexpr ktel_label compressions[] = {{"none", "none"},
                                       {"gzip", "gzip"},
                                       {"snappy", "Snappy"},
                                       {"lz4", "LZ4"},
                                       {"zstd", "Zstandard, from Kafka 2.1 on"}};

enum Param : std::uint32_t { token, user, mechanism, compression, ca, cert, key };
constexpr ktel_param params[] = {
    {.name = "token",
     .type = KTEL_T_TEXT,
     .flags = KTEL_PARAM_SECRET,
     .description = "The password of the user, where one is named."},
    {.name = "user",
     .type = KTEL_T_TEXT,
     .description = "Who logs in, by SASL; without it nobody does."},
    {.name = "mechanism",
     .type = KTEL_T_ENUM,
     .description = "How the user logs in.",
     .default_text = "scram-sha-512",
     KTEL_VALUES(mechanisms)},
    {.name = "compression",
     .type = KTEL_T_ENUM,
     .description = "How messages are compressed.",
     .default_text = "lz4",
     KTEL_VALUES(compressions)},
    {.name = "ca",
     .type = KTEL_T_TEXT,
     .description = "A PEM file with the authorities to trust, instead of the system's."},
    {.name = "cert", .type = KTEL_T_TEXT, .description = "A PEM file with a client certificate."},
    {.name = "key", .type = KTEL_T_TEXT, .description = "A PEM file with its key."},
};

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(host.begin(), host.end(), '.') == 3;
}

// The rules of Kafka itself.
bool is_topic(std::string_view name) {
  constexpr std::string_view signs = "._-";
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  signs.find(c) != signs.npos;
         });
}

Where where_of(const ktel_target& target) {
  const std::string scheme(view(target.scheme));
  std::string at(view(target.authority));
  if (at.empty()) {
    throw Refusal(KTEL_E_INVALID,
                  scheme + ":// needs a host: write it like " + scheme + "://HOST:9092/TOPIC");
  }
  std::string_view topic = view(target.path);
  if (topic.starts_with('/')) topic.remove_prefix(1);
  if (!is_topic(topic)) {
    throw Refusal(KTEL_E_INVALID, scheme + "://" + at +
                                      " needs the name of a topic behind it, of letters, digits, "
                                      "., _ and -: write it like " +
                                      scheme + "://" + at + "/TOPIC");
  }
  const std::size_t after_address = at.rfind(']') + 1;  // npos + 1 is 0
  const std::size_t colon = at.find(':', after_address);
  const std::string_view host = std::string_view(at).substr(0, colon);
  if (scheme == "kafka+plain" && !is_loopback(host)) {
    throw Refusal(KTEL_E_INVALID, "kafka+plain:// is for this machine alone, and " +
                                      std::string(host) +
                                      " is another: reports would travel in clear; write kafka://" +
                                      at + "/" + std::string(topic));
  }
  if (colon == at.npos) at += default_port;
  return {.at = at, .topic = std::string(topic)};
}

Properties properties_of(Delivery host, const ktel_target& target) {
  const bool tls = view(target.scheme) == "kafka";
  const std::string_view name = host.text(user);
  Properties all = {
      {"client.id", "ktel"},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"compression.codec", std::string(host.text(compression))},
      // One message is sent at a time: there is nothing to wait for.
      {"linger.ms", "0"},
      // The delivery's own time is what bounds it.
      {"message.timeout.ms", "0"},
      // Whether one is too large is the brokers' to say.
      {"message.max.bytes", "33554432"},
      // A topic that is just being made gets that long to be known.
      {"topic.metadata.propagation.max.ms", "3000"},
      {"socket.connection.setup.timeout.ms", "5000"},
      {"socket.keepalive.enable", "true"},
      {"log.connection.close", "false"},
      {"log.queue", "true"},
  };
  std::string protocol = tls ? "ssl" : "plaintext";
  if (tls) {
    all.emplace_back("ssl.endpoint.identification.algorithm", "https");
    for (const auto& [property, param] :
         {std::pair{"ssl.ca.pem", ca}, std::pair{"ssl.certificate.pem", cert},
          std::pair{"ssl.key.pem", key}}) {
      if (const std::string_view pem = host.text(param); !pem.empty()) {
        all.emplace_back(property, std::string(pem));
      }
    }
  } else if (!host.text(cert).empty()) {
    throw Refusal(KTEL_E_INVALID, "kafka+plain:// shows no certificate: leave out cert= and key=");
  }
  if (!name.empty()) {
    const auto password = host.secret(token);
    if (!password) {
      throw Refusal(KTEL_E_INVALID,
                    "user= in the URL needs a token, its password: give it with "
                    "--token-file FILE or KTEL_TOKEN_FILE");
    }
    std::string how(host.text(mechanism));
    std::transform(how.begin(), how.end(), how.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    protocol = "sasl_" + protocol;
    all.emplace_back("sasl.mechanisms", how);
    all.emplace_back("sasl.username", std::string(name));
    all.emplace_back("sasl.password", std::string(*password));
  }
  all.emplace_back("security.protocol", protocol);
  return all;
}

class Sink {
 public:
  Sink(Delivery host, const ktel_target& target)
      : where_(where_of(target)),
        scheme_(view(target.scheme)),
        properties_(properties_of(host, target)) {
    // librdkafka reads certificates when a producer is made. This one knows no broker to connect
    // to.
    try {
      const Producer checked(properties_, plain());
    } catch (const Refusal& refusal) {
      throw Refusal(KTEL_E_INVALID, std::string(refusal.what()) +
                                        ": check the files of ca=, cert= and key= in the URL");
    }
    properties_.emplace_back("bootstrap.servers", where_.at);
  }

  // The value of the message deliver would send.
  void encode(Delivery host, const ktel_report& report) {
    const std::string url = scheme_ + "://" + where_.at + "/" + where_.topic;
    const auto headers = headers_of(report);
    std::vector<ktel_header> shown;
    for (const auto& [name, value] : headers) shown.push_back({str(name), str(value)});
    ktel_request request;
    KTEL_SIZED(request);
    request.url = str(url);
    request.body = report.body;
    request.headers = shown.data();
    request.header_count = static_cast<std::uint32_t>(shown.size());
    host.request(request);
  }

  void deliver(Delivery host, const ktel_report& report) {
    if (!producer_) producer_ = std::make_unique<Producer>(properties_, plain());
    const Sent sent = producer_->send({.topic = where_.topic,
                                       .key = view(report.id_text),
                                       .value = view(report.body),
                                       .time_ms = report.time_s * 1000,
                                       .headers = headers_of(report)},
                                      host);
    const Judged judged = judge(where_, sent);
    host.outcome(judged.outcome);
    host.verdict(judged.verdict);
    // After a failure it begins anew: its numbering, its connections and what it knows of brokers.
    const bool good =
        judged.outcome.result == KTEL_DELIVERED || judged.outcome.result == KTEL_REJECTED;
    if (!good) producer_.reset();
  }

 private:
  bool plain() const { return scheme_ == "kafka+plain"; }

  static std::vector<std::pair<const char*, std::string>> headers_of(const ktel_report& report) {
    std::vector<std::pair<const char*, std::string>> headers = {
        {"ktel-id", std::string(view(report.id_text))},
        {"ktel-signal", std::string(view(report.signal))},
        {"ktel-version", std::string(view(report.version))},
        {"ktel-standard", std::to_string(report.standard)},
        {"ktel-findings", std::to_string(report.findings)}};
    if (report.attempt > 1) headers.emplace_back("ktel-attempt", std::to_string(report.attempt));
    return headers;
  }

  const Where where_;
  const std::string scheme_;
  Properties properties_;
  std::unique_ptr<Producer> producer_;  // from the first delivery on: it connects at once
};

constexpr ktel_backend backends[] = {{
    .name = "kafka",
    .summary = "Messages of a Kafka topic, over TLS.",
    .schemes = "kafka kafka+plain",
    .flags = KTEL_BACKEND_OWN_IO,
    .timeout_ms = 30'000,
    KTEL_PARAMS(params),
    .open = ktel::sdk::open_sink<Sink>,
    .encode = ktel::sdk::encode<Sink>,
    .deliver = ktel::sdk::deliver<Sink>,
    .close = ktel::sdk::close_sink<Sink>,
}};

}  // namespace
}  // namespace kafka

KTEL_PLUGIN(.id = "io.ktel.kafka", .version = "0.1.0", .vendor = "ktel",
            .summary = "Delivers reports to Kafka.", KTEL_BACKENDS(kafka::backends));
