// judge: a table of errors, and the sentences for what has no error of Kafka's.
#include "judge.hpp"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <iterator>

namespace kafka {
namespace {

constexpr const char* again = "it is tried again";
constexpr const char* not_taken = "it does not take this report";
constexpr const char* whom_to_trust = " (whom to trust: --ca-file FILE, or ca= in the URL)";

struct Row {
  rd_kafka_resp_err_t error;
  std::uint32_t outcome;
  std::uint32_t verdict;
  std::uint32_t cause;
  const char* says;  // behind "HOST: "; nullptr: librdkafka's own words
  const char* next;
};
constexpr const char* ask_for_write =
    "allow the user to write to the topic, and to produce idempotently";
constexpr const char* check_login =
    "check user= and mechanism= in the URL, and the token (--token-file FILE, KTEL_TOKEN_FILE)";
constexpr const char* make_topic = "make the topic, or name another one in the URL";

constexpr Row rows[] = {
    // This report alone.
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, KTEL_REJECTED, KTEL_UP, KTEL_CAUSE_DATA, nullptr,
     "it takes larger ones where the topic's max.message.bytes says so"},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, KTEL_REJECTED, KTEL_UP, KTEL_CAUSE_DATA, nullptr,
     "it takes larger ones where the topic's segment.bytes says so"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, KTEL_REJECTED, KTEL_UP, KTEL_CAUSE_DATA, nullptr, not_taken},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, KTEL_REJECTED, KTEL_UP, KTEL_CAUSE_DATA, nullptr,
     "the topic's limits for timestamps leave it out"},
    // An operator has to change something.
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_AUTH,
     "does not let us in", check_login},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_AUTH,
     nullptr, check_login},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_AUTH,
     nullptr, ask_for_write},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_AUTH,
     nullptr, ask_for_write},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_CONFIG,
     "has no such topic", make_topic},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_CONFIG,
     "has no such topic", make_topic},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_CONFIG, nullptr,
     make_topic},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_CONFIG,
     nullptr, "the topic's message.format.version must be 0.11 or later"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_CONFIG,
     nullptr, "name another one with compression= in the URL"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, KTEL_RETRY, KTEL_BLOCKED, KTEL_CAUSE_CONFIG, nullptr,
     "ask who runs the brokers for their policies"},
    // Later, perhaps.
    {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, KTEL_RETRY, KTEL_THROTTLED, KTEL_CAUSE_IO,
     nullptr, again},
    {RD_KAFKA_RESP_ERR__RESOLVE, KTEL_RETRY, KTEL_DOWN, KTEL_CAUSE_DNS,
     "the host name cannot be resolved", "check its spelling, and the DNS of this machine"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, KTEL_RETRY, KTEL_DOWN, KTEL_CAUSE_CONNECT, "no connection",
     "check the address, and that a broker runs there"},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, KTEL_RETRY, KTEL_DOWN, KTEL_CAUSE_CONNECT,
     "no connection", "check the address, and that a broker runs there"},
    {RD_KAFKA_RESP_ERR__SSL, KTEL_RETRY, KTEL_DOWN, KTEL_CAUSE_TLS,
     "the TLS handshake does not succeed",
     "check that its listener speaks TLS, and whether it asks for a client certificate (cert= and "
     "key= in the URL)"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, KTEL_RETRY, KTEL_DOWN, KTEL_CAUSE_TIMEOUT,
     "no answer within the time one delivery has", "check its load, and the firewalls between"},
};

Row row_of(rd_kafka_resp_err_t error) {
  const auto* const known = std::find_if(std::begin(rows), std::end(rows),
                                         [&](const Row& row) { return row.error == error; });
  if (known != std::end(rows)) return *known;
  return {error, KTEL_RETRY, KTEL_DOWN, KTEL_CAUSE_IO, nullptr, again};
}

std::string about_certificate(int error) {
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "is for another name; check the address, and the names the brokers give themselves";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "has expired; renew it, or set this machine's clock right";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "is not valid yet; check this machine's clock";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "is signed by an unknown authority; give the CA certificate that signed it";
    default:
      return std::string("cannot be verified (") + X509_verify_cert_error_string(error) +
             "); replace it, or the CA certificate";
  }
}

Judged down(std::uint32_t verdict, std::uint32_t cause, std::string text) {
  return {.outcome = {.result = KTEL_RETRY, .cause = cause, .text = std::move(text)},
          .verdict = {.result = verdict, .cause = cause, .text = {}}};
}

}  // namespace

Judged judge(const Where& where, const Sent& sent) {
  if (sent.delivered) {
    return {
        .outcome = {.result = KTEL_DELIVERED, .text = where.at + " has it in topic " + where.topic},
        .verdict = {.result = KTEL_UP, .text = {}}};
  }
  if (sent.elsewhere) {
    return down(KTEL_BLOCKED, KTEL_CAUSE_CONFIG,
                where.at +
                    ": kafka+plain:// is for this machine alone, and its brokers call themselves "
                    "another one; correct their advertised.listeners, or write kafka://");
  }
  if (sent.certificate != 0) {
    return down(KTEL_DOWN, KTEL_CAUSE_TLS,
                "the certificate of " + where.at + " " + about_certificate(sent.certificate) +
                    whom_to_trust);
  }
  const bool nothing_said = sent.error == RD_KAFKA_RESP_ERR_NO_ERROR;
  const Row row = row_of(nothing_said ? RD_KAFKA_RESP_ERR__TIMED_OUT : sent.error);
  std::string text = where.at + ": " +
                     (row.says != nullptr ? row.says : rd_kafka_err2str(row.error)) + "; " +
                     row.next;
  if (sent.perhaps_there && row.outcome == KTEL_RETRY) {
    text += ". It is sent again, and may be there twice, with one id";
  }
  // Codes below 0 are librdkafka's own.
  const auto code = row.error > 0 ? static_cast<std::uint32_t>(row.error) : 0;
  return {
      .outcome = {.result = row.outcome, .cause = row.cause, .code = code, .text = std::move(text)},
      .verdict = {.result = row.verdict, .cause = row.cause, .code = code, .text = {}}};
}

}  // namespace kafka
