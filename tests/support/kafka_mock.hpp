// `KafkaMock`: librdkafka's own brokers for tests, in the test's process: Kafka's protocol on
// loopback, without TLS and without logins, and errors on request.
//
//   test::KafkaMock kafka;
//   ... produce to kafka.authority() ...
//   CHECK(kafka.messages("reports", 1).at(0).value == "{}");
//
// A topic is made when somebody asks for it, unless it is said to be missing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace ktel::test {

struct KafkaMessage {
  std::string key = {};
  std::string value = {};
  std::int64_t time_ms = 0;
  std::map<std::string, std::string> headers = {};
};

enum class KafkaRequest : std::int16_t { produce = 0, init_producer_id = 22 };

class KafkaMock {
 public:
  // The topic "reports" has one partition.
  KafkaMock();
  ~KafkaMock();

  std::string authority() const;  // 127.0.0.1:PORT

  // The next requests of that kind are answered with these, one each.
  void fail_next(KafkaRequest request, const std::vector<rd_kafka_resp_err_t>& errors);
  // A topic answers with this from now on.
  void fail_topic(const std::string& topic, rd_kafka_resp_err_t error);
  // The one broker: neither answers nor takes connections.
  void set_down(bool down);
  // An answer takes that long.
  void set_slow(int milliseconds);

  // The first ones of partition 0, when there are so many, or as many as come within 5 s.
  std::vector<KafkaMessage> messages(const std::string& topic, std::size_t count) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::test
