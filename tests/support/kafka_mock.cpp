// librdkafka's mock cluster, and a consumer of its own to read back with.
#include "support/kafka_mock.hpp"

#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace ktel::test {
namespace {

struct FreeClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, FreeClient>;

void need(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error("the mock of Kafka failed: " + what);
}

Client client(rd_kafka_type_t type, const std::map<std::string, std::string>& properties) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties) {
    need(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) ==
             RD_KAFKA_CONF_OK,
         why.data());
  }
  rd_kafka_conf_set_log_cb(conf, nullptr);
  rd_kafka_t* const made = rd_kafka_new(type, conf, why.data(), why.size());
  need(made != nullptr, why.data());
  return Client(made);
}

KafkaMessage copy(const rd_kafka_message_t& message) {
  KafkaMessage copied;
  copied.key.assign(static_cast<const char*>(message.key), message.key_len);
  copied.value.assign(static_cast<const char*>(message.payload), message.len);
  copied.time_ms = rd_kafka_message_timestamp(&message, nullptr);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return copied;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    copied.headers[name].assign(static_cast<const char*>(value), size);
  }
  return copied;
}

}  // namespace

class KafkaMock::Impl {
 public:
  Impl()
      : keeper(client(RD_KAFKA_PRODUCER, {})), cluster(rd_kafka_mock_cluster_new(keeper.get(), 1)) {
    need(cluster != nullptr, "no cluster");
    rd_kafka_mock_topic_create(cluster, "reports", 1, 1);
  }
  ~Impl() { rd_kafka_mock_cluster_destroy(cluster); }

  Client keeper;
  rd_kafka_mock_cluster_t* cluster;
};

KafkaMock::KafkaMock() : impl_(std::make_unique<Impl>()) {}
KafkaMock::~KafkaMock() = default;

std::string KafkaMock::authority() const {
  return rd_kafka_mock_cluster_bootstraps(impl_->cluster);
}

void KafkaMock::fail_next(KafkaRequest request, const std::vector<rd_kafka_resp_err_t>& errors) {
  rd_kafka_mock_push_request_errors_array(impl_->cluster, static_cast<std::int16_t>(request),
                                          errors.size(), errors.data());
}

void KafkaMock::fail_topic(const std::string& topic, rd_kafka_resp_err_t error) {
  rd_kafka_mock_topic_set_error(impl_->cluster, topic.c_str(), error);
}

void KafkaMock::set_down(bool down) {
  if (down) {
    rd_kafka_mock_broker_set_down(impl_->cluster, 1);
  } else {
    rd_kafka_mock_broker_set_up(impl_->cluster, 1);
  }
}

void KafkaMock::set_slow(int milliseconds) {
  rd_kafka_mock_broker_set_rtt(impl_->cluster, 1, milliseconds);
}

std::vector<KafkaMessage> KafkaMock::messages(const std::string& topic, std::size_t count) const {
  const Client consumer = client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", authority()},
                                                     {"group.id", "reader"},
                                                     {"enable.auto.commit", "false"}});
  rd_kafka_topic_partition_list_t* const all = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(all, topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer.get(), all);
  rd_kafka_topic_partition_list_destroy(all);

  std::vector<KafkaMessage> messages;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (messages.size() < count && std::chrono::steady_clock::now() < end) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(consumer.get(), 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) messages.push_back(copy(*message));
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(consumer.get());
  return messages;
}

}  // namespace ktel::test
