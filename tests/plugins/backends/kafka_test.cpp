// The backend kafka: the message, and what becomes of it, at librdkafka's own mock of brokers.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "delivery/sink.hpp"
#include "plugins/backends/load.hpp"
#include "support/certs.hpp"
#include "support/kafka_login.hpp"
#include "support/kafka_mock.hpp"
#include "support/process.hpp"
#include "support/tls_line_server.hpp"

TEST_SUITE_BEGIN("plugins/backends/kafka");

namespace {

using namespace ktel;
using delivery::Answer;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;
using test::KafkaRequest;
using test::LineServer;

constexpr const char* id = "01936f00-0000-7000-8000-000000000001";
constexpr const char* twice = ". It is sent again, and may be there twice, with one id";

Result<std::shared_ptr<delivery::Sink>> open(const std::string& url,
                                             std::map<std::string, std::string> secrets = {}) {
  static const auto backend = test::load_backend(KTEL_PLUGIN_FILE);
  auto destination = delivery::parse_destination(url, {});
  if (!destination) return destination.error();
  return delivery::open_sink(backend, *destination, std::move(secrets),
                             {.http = nullptr,
                              .secrets = std::make_shared<Secrets>(),
                              .log = {},
                              .ktel_version = "0.1.0"});
}

delivery::Outgoing report(const std::string& body = R"({"b":1.0,  "a":[]})") {
  return {.id = id,
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = body,
          .findings = 2,
          .fields = {}};
}

Attempt send(delivery::Sink& sink, const delivery::Outgoing& outgoing = report()) {
  std::promise<Attempt> promise;
  sink.send(outgoing, {}, [&](Answer said) { promise.set_value(said.judge()); });
  return promise.get_future().get();
}

Attempt send(const std::string& url) {
  const auto sink = open(url);
  REQUIRE(sink);
  return send(**sink);
}

std::string url_of(const test::KafkaMock& kafka, const std::string& more = "") {
  return "kafka+plain://" + kafka.authority() + "/reports" + more;
}

std::size_t threads() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("a report is a message: its bytes verbatim, its id as key and header") {
  const test::KafkaMock kafka;
  const auto sink = open(url_of(kafka));
  REQUIRE(sink);
  auto again = report(R"({"c":3})");
  again.attempt = 2;

  const Attempt first = send(**sink);
  const Attempt second = send(**sink, again);

  CHECK(first.outcome == Outcome::delivered);
  CHECK(first.verdict == Verdict::up);
  CHECK(first.text == kafka.authority() + " has it in topic reports");
  CHECK(second.outcome == Outcome::delivered);
  const auto messages = kafka.messages("reports", 2);
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].key == id);
  CHECK(messages[0].value == R"({"b":1.0,  "a":[]})");
  CHECK(messages[0].time_ms == 1764000000000);
  std::map<std::string, std::string> headers = {{"ktel-id", id},
                                                {"ktel-signal", "daily"},
                                                {"ktel-version", "0.1.0"},
                                                {"ktel-standard", "1"},
                                                {"ktel-findings", "2"}};
  CHECK(messages[0].headers == headers);
  headers["ktel-attempt"] = "2";
  CHECK(messages[1].headers == headers);
  CHECK(messages[1].value == R"({"c":3})");
}

TEST_CASE("a preview is the message, and connects to nobody") {
  const auto sink = open("kafka://kafka.example/reports?compression=zstd");
  REQUIRE(sink);

  const auto preview = (*sink)->preview(report());

  REQUIRE(preview);
  CHECK(preview->method.empty());
  CHECK(preview->url == "kafka://kafka.example:9092/reports");
  CHECK(preview->body == R"({"b":1.0,  "a":[]})");
  CHECK(preview->headers.at(0) == std::pair<std::string, std::string>("ktel-id", id));
}

TEST_CASE("each compression is taken") {
  const test::KafkaMock kafka;
  for (const char* kind : {"none", "gzip", "snappy", "lz4", "zstd"}) {
    CAPTURE(kind);
    CHECK(send(url_of(kafka, std::string("?compression=") + kind)).outcome == Outcome::delivered);
  }
  for (const auto& message : kafka.messages("reports", 5)) {
    CHECK(message.value == R"({"b":1.0,  "a":[]})");
  }
}

TEST_CASE("what brokers get over by themselves is not the host's to repeat, and arrives once") {
  test::KafkaMock kafka;
  kafka.fail_next(KafkaRequest::produce,
                  {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT});

  CHECK(send(url_of(kafka)).outcome == Outcome::delivered);

  CHECK(kafka.messages("reports", 2).size() == 1);
}

TEST_CASE("what brokers refuse is told by who can do something about it") {
  const struct {
    rd_kafka_resp_err_t error;
    Outcome outcome;
    Verdict verdict;
    Cause cause;
    std::string says;
  } rows[] = {
      {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Outcome::rejected, Verdict::up, Cause::data,
       "Broker: Message size too large; it takes larger ones where the topic's max.message.bytes "
       "says so"},
      {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, Outcome::rejected, Verdict::up, Cause::data,
       "Broker: Message batch larger than configured server segment size; it takes larger ones "
       "where the topic's segment.bytes says so"},
      {RD_KAFKA_RESP_ERR_INVALID_RECORD, Outcome::rejected, Verdict::up, Cause::data,
       "Broker: Broker failed to validate record; it does not take this report"},
      {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, Outcome::rejected, Verdict::up, Cause::data,
       "Broker: Invalid timestamp; the topic's limits for timestamps leave it out"},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Outcome::retry, Verdict::blocked, Cause::auth,
       "Broker: Topic authorization failed; allow the user to write to the topic, and to produce "
       "idempotently"},
      {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Outcome::retry, Verdict::blocked,
       Cause::auth,
       "Broker: Cluster authorization failed; allow the user to write to the topic, and to produce "
       "idempotently"},
      {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, Outcome::retry, Verdict::blocked, Cause::auth,
       "Broker: SASL Authentication failed; check user= and mechanism= in the URL, and the token "
       "(--token-file FILE, KTEL_TOKEN_FILE)"},
      {RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, Outcome::retry, Verdict::blocked,
       Cause::config,
       "Broker: Message format on broker does not support request; the topic's "
       "message.format.version must be 0.11 or later"},
      {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, Outcome::retry, Verdict::blocked,
       Cause::config,
       "Broker: Unsupported compression type; name another one with compression= in the URL"},
      {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Outcome::retry, Verdict::blocked, Cause::config,
       "Broker: Invalid topic; make the topic, or name another one in the URL"},
      {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, Outcome::retry, Verdict::blocked, Cause::config,
       "Broker: Policy violation; ask who runs the brokers for their policies"},
      {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, Outcome::retry, Verdict::throttled, Cause::io,
       "Broker: Throttling quota has been exceeded; it is tried again"},
      {RD_KAFKA_RESP_ERR_UNKNOWN, Outcome::retry, Verdict::down, Cause::io,
       "Unknown broker error; it is tried again"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.says);
    test::KafkaMock kafka;
    kafka.fail_next(KafkaRequest::produce, {row.error});
    const auto sink = open(url_of(kafka));
    REQUIRE(sink);

    const Attempt attempt = send(**sink);

    CHECK(attempt.outcome == row.outcome);
    CHECK(attempt.verdict == row.verdict);
    CHECK(attempt.cause == row.cause);
    CHECK(attempt.text.find(kafka.authority() + ": " + row.says) == 0);
    CHECK(attempt.code == (row.error > 0 ? static_cast<std::uint32_t>(row.error) : 0));
    // Whatever it was, the next one goes its way.
    CHECK(send(**sink).outcome == Outcome::delivered);
  }
}

TEST_CASE("a producer that may not be idempotent is no producer") {
  test::KafkaMock kafka;
  kafka.fail_next(KafkaRequest::init_producer_id, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});

  const Attempt attempt = send(url_of(kafka));

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::blocked);
  CHECK(attempt.cause == Cause::auth);
  CHECK(attempt.text == kafka.authority() +
                            ": Broker: Cluster authorization failed; allow the user to write to "
                            "the topic, and to produce idempotently");
}

TEST_CASE("a topic that is not there is an operator's to make") {
  test::KafkaMock kafka;
  kafka.fail_topic("missing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);

  const Attempt attempt = send("kafka+plain://" + kafka.authority() + "/missing");

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::blocked);
  CHECK(attempt.cause == Cause::config);
  CHECK(attempt.text ==
        kafka.authority() + ": has no such topic; make the topic, or name another one in the URL");
}

TEST_CASE("brokers that are down, and come back") {
  test::KafkaMock kafka;
  const auto sink = open(url_of(kafka));
  REQUIRE(sink);
  CHECK(send(**sink).outcome == Outcome::delivered);

  kafka.set_down(true);
  const Attempt attempt = send(**sink);
  kafka.set_down(false);

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::connect);
  CHECK(attempt.text.find(kafka.authority() +
                          ": no connection; check the address, and that a broker runs there") == 0);
  CHECK(send(**sink).outcome == Outcome::delivered);
}

TEST_CASE("a broker that does not answer in time may have it, and is told so") {
  test::KafkaMock kafka;
  const auto sink = open(url_of(kafka, "?timeout=1"));
  REQUIRE(sink);
  CHECK(send(**sink).outcome == Outcome::delivered);

  kafka.set_slow(5000);
  const Attempt attempt = send(**sink);
  kafka.set_slow(0);

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::timeout);
  CHECK(attempt.text == kafka.authority() +
                            ": no answer within the time one delivery has; check its load, and "
                            "the firewalls between" +
                            twice);
}

TEST_CASE("who is not there") {
  const std::string at = "127.0.0.1:" + std::to_string(test::free_port());
  const Attempt refused = send("kafka+plain://" + at + "/reports");
  CHECK(refused.outcome == Outcome::retry);
  CHECK(refused.verdict == Verdict::down);
  CHECK(refused.cause == Cause::connect);
  CHECK(refused.text == at + ": no connection; check the address, and that a broker runs there");

  const Attempt unknown = send("kafka://no-such-host.invalid/reports");
  CHECK(unknown.outcome == Outcome::retry);
  CHECK(unknown.verdict == Verdict::down);
  CHECK(unknown.cause == Cause::dns);
  CHECK(unknown.text ==
        "no-such-host.invalid:9092: the host name cannot be resolved; check its spelling, and the "
        "DNS of this machine");
}

TEST_CASE("who does not speak TLS, and whom nobody may trust, gets nothing") {
  const test::TestCa ca;
  const test::TempDir dir;
  const std::string trust = "?timeout=5&ca=" + dir.write("ca.pem", ca.pem()).string();
  const test::KafkaMock plain;
  const Attempt at_plain = send("kafka://" + plain.authority() + "/reports" + trust);
  CHECK(at_plain.outcome == Outcome::retry);
  CHECK(at_plain.verdict == Verdict::down);
  CHECK(at_plain.cause == Cause::tls);
  CHECK(at_plain.text ==
        plain.authority() +
            ": the TLS handshake does not succeed; check that its listener speaks TLS, and "
            "whether it asks for a client certificate (cert= and key= in the URL)");

  const struct {
    test::CertKey cert;
    std::string says;
  } rows[] = {
      {ca.expired(), " has expired; renew it, or set this machine's clock right"},
      {ca.make({.valid_from = std::chrono::hours(1)}),
       " is not valid yet; check this machine's clock"},
      {ca.wrong_name(),
       " is for another name; check the address, and the names the brokers give themselves"},
      {test::self_signed(),
       " is signed by an unknown authority; give the CA certificate that signed it"},
      {ca.make({.client = true}),
       " cannot be verified (unsuitable certificate purpose); replace it, or the CA certificate"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.says);
    const test::TlsLineServer server({.cert = row.cert});
    const std::string at = "localhost:" + std::to_string(server.port());
    const Attempt attempt = send("kafka://" + at + "/reports" + trust);
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict == Verdict::down);
    CHECK(attempt.cause == Cause::tls);
    CHECK(attempt.text == "the certificate of " + at + row.says +
                              " (whom to trust: --ca-file FILE, or ca= in the URL)");
    CHECK(server.received().empty());
  }
}

TEST_CASE("who proves its name, or its address, is spoken to") {
  const test::TestCa ca;
  const test::TempDir dir;
  const std::string trust = "?timeout=1&ca=" + dir.write("ca.pem", ca.pem()).string();
  for (const auto& [host, handshake] :
       {std::pair{"localhost:", "TLSv1.3 localhost"}, std::pair{"127.0.0.1:", "TLSv1.3"}}) {
    const test::TlsLineServer server({.cert = ca.server(), .does = LineServer::stays});
    const std::string at = host + std::to_string(server.port());

    const Attempt attempt = send("kafka://" + at + "/reports" + trust);

    CHECK(attempt.cause == Cause::timeout);
    CHECK(attempt.text == at + ": no answer within the time one delivery has; check its load, and "
                               "the firewalls between");
    REQUIRE_FALSE(server.handshakes().empty());
    CHECK(server.handshakes().front() == handshake);
  }
}

TEST_CASE(
    "the token is the password of who logs in, and one that is wrong is an operator's to mend") {
  const test::KafkaLogin door({.password = "s3cret"});
  const auto login = [&](const std::string& more, const std::string& password) {
    const auto sink = open("kafka+plain://" + door.authority() + "/reports?user=ktel" + more,
                           {{"token", password}});
    REQUIRE(sink);
    return send(**sink);
  };

  const Attempt wrong = login("&mechanism=plain", "guessed");
  CHECK(wrong.outcome == Outcome::retry);
  CHECK(wrong.verdict == Verdict::blocked);
  CHECK(wrong.cause == Cause::auth);
  CHECK(wrong.text == door.authority() +
                          ": does not let us in; check user= and mechanism= in the URL, and the "
                          "token (--token-file FILE, KTEL_TOKEN_FILE)");
  REQUIRE_FALSE(door.logins().empty());
  CHECK(door.logins().front() == "ktel:guessed");

  const Attempt other = login("", "s3cret");  // scram-sha-512
  CHECK(other.verdict == Verdict::blocked);
  CHECK(other.cause == Cause::auth);
  CHECK(other.text == wrong.text);
}

TEST_CASE("brokers on other machines get nothing in clear") {
  const test::KafkaLogin door({.password = "s3cret"});
  const auto sink =
      open("kafka+plain://" + door.authority() + "/reports?user=ktel&mechanism=plain&timeout=10",
           {{"token", "s3cret"}});
  REQUIRE(sink);

  const Attempt attempt = send(**sink);

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::blocked);
  CHECK(attempt.cause == Cause::config);
  CHECK(attempt.text == door.authority() +
                            ": kafka+plain:// is for this machine alone, and its brokers call "
                            "themselves another one; correct their advertised.listeners, or write "
                            "kafka://");
  CHECK(door.logins().front() == "ktel:s3cret");
}

TEST_CASE("a stop is answered at once, and the next delivery is as good as any") {
  test::KafkaMock kafka;
  const auto sink = open(url_of(kafka));
  REQUIRE(sink);
  kafka.set_slow(3000);
  std::stop_source stop;
  std::promise<Attempt> promise;
  (*sink)->send(report(), stop.get_token(), [&](Answer said) { promise.set_value(said.judge()); });
  stop.request_stop();
  CHECK(promise.get_future().get().cause == Cause::stopped);
  kafka.set_slow(0);

  CHECK(send(**sink).outcome == Outcome::delivered);
}

TEST_CASE(
    "no thread outlives its sink, none is there before the first delivery, nothing is printed") {
  const test::KafkaMock kafka;
  const test::TempDir dir;
  const int err = ::dup(STDERR_FILENO);
  const int file = ::open((dir / "err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ::dup2(file, STDERR_FILENO);
  const std::size_t before = threads();
  std::size_t opened = 0;
  {
    const auto good = open(url_of(kafka));
    const auto bad = open("kafka+plain://127.0.0.1:1/reports");
    opened = threads();
    send(**good);
    send(**bad);
  }
  const std::size_t after = threads();
  ::dup2(err, STDERR_FILENO);
  ::close(file);
  ::close(err);

  CHECK(opened == before + 2);  // a sink's own, each
  CHECK(after == before);
  CHECK(test::read_file(dir / "err").empty());
}

TEST_CASE("what an operator may get wrong in the URL is said when it is opened") {
  const test::TempDir dir;
  const test::TestCa ca;
  const test::CertFiles one = ca.client("one").write(dir, "one");
  const auto damaged =
      dir.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const std::pair<std::string, std::string> rows[] = {
      {"kafka:///reports", "kafka: kafka:// needs a host: write it like kafka://HOST:9092/TOPIC"},
      {"kafka://h",
       "kafka: kafka://h needs the name of a topic behind it, of letters, digits, ., _ and -: "
       "write it like kafka://h/TOPIC"},
      {"kafka://h:1/a/b",
       "kafka: kafka://h:1 needs the name of a topic behind it, of letters, digits, ., _ and -: "
       "write it like kafka://h:1/TOPIC"},
      {"kafka+plain://h:1/t",
       "kafka: kafka+plain:// is for this machine alone, and h is another: reports would travel in "
       "clear; write kafka://h:1/t"},
      {"kafka+plain://localhost/t?cert=" + one.cert.string() + "&key=" + one.key.string(),
       "kafka: kafka+plain:// shows no certificate: leave out cert= and key="},
      {"kafka://h/t?user=ktel",
       "kafka: user= in the URL needs a token, its password: give it with --token-file FILE or "
       "KTEL_TOKEN_FILE"},
      {"kafka://h/t?mechanism=gssapi",
       "kafka: parameter mechanism takes one of scram-sha-512, scram-sha-256, plain"},
      {"kafka://h/t?compression=zip",
       "kafka: parameter compression takes one of none, gzip, snappy, lz4, zstd"},
      {"kafka://h/t?acks=1", "kafka has no parameter acks; `ktel backends list` shows all"},
      {"kafka://h/t?insecure=1", "kafka has no parameter insecure; `ktel backends list` shows all"},
      {"kafka://h/t?pin=sha256//x", "kafka has no parameter pin; `ktel backends list` shows all"},
  };
  for (const auto& [url, sentence] : rows) {
    CAPTURE(url);
    const auto sink = open(url);
    REQUIRE_FALSE(sink);
    CHECK(sink.error().message == sentence);
  }
  const auto unreadable = open("kafka://h/t?ca=" + damaged.string());
  REQUIRE_FALSE(unreadable);
  CHECK(unreadable.error().message.find("check the files of ca=, cert= and key= in the URL") !=
        std::string::npos);
  CHECK(open("kafka://h/t?user=ktel&mechanism=plain", {{"token", "s3cret"}}));
}
