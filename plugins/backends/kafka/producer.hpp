// `Producer`: one of librdkafka's, idempotent, and one message through it at a time.
//
// Making one starts librdkafka's threads, which connect on their own; the destructor ends them. Its
// callbacks come in send() alone, from within, except those that judge certificates and
// connections, which come on its threads while a producer lives. Nothing is printed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <ktel/sdk/backend.hpp>

#include "judge.hpp"

namespace kafka {

// Names and values as librdkafka documents them.
using Properties = std::vector<std::pair<std::string, std::string>>;

struct Message {
  std::string_view topic;
  std::string_view key;
  std::string_view value;
  std::int64_t time_ms = 0;
  std::vector<std::pair<const char*, std::string>> headers;
};

class Producer {
 public:
  // `plain`: connections lead to this machine or nowhere. Throws Refusal with librdkafka's reason.
  Producer(const Properties& properties, bool plain);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Until the brokers have it or refuse it, or it is clear that they will not in time: then the
  // producer is of no use any more.
  Sent send(const Message& message, ktel::sdk::Delivery host);

 private:
  using Clock = std::chrono::steady_clock;

  struct FreeProducer {
    void operator()(rd_kafka_t* producer) const { rd_kafka_destroy(producer); }
  };

  static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self);
  static void on_error(rd_kafka_t*, int error, const char* reason, void* self);
  static void on_log(const rd_kafka_t* producer, int level, const char* facility, const char* line);
  static int on_certificate(rd_kafka_t*, const char* broker, std::int32_t id, int* error, int depth,
                            const char* der, std::size_t size, char* why, std::size_t why_size,
                            void* self);
  static int on_connect(int socket, const struct sockaddr* address, int size, const char* id,
                        void* self);

  bool hopeless() const;
  void take_back();

  ktel::sdk::Delivery* host_ = nullptr;  // of the send() under way
  std::uintptr_t serial_ = 0;            // of its message
  bool reported_ = false;
  Sent sent_;
  Clock::time_point down_since_{};  // nothing: not all brokers are
  std::atomic<int> certificate_{0};
  std::atomic<bool> elsewhere_{false};
  std::unique_ptr<rd_kafka_t, FreeProducer> producer_;  // last made, first to go
};

}  // namespace kafka
