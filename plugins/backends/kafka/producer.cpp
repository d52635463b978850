// Producer: see the header.
#include "producer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <ktel/sdk/guard.hpp>

namespace kafka {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::Refusal;

// What all brokers that are down get to come back in: a connection that was idle for long is
// closed, and made anew.
constexpr std::chrono::seconds patience{1};
constexpr std::chrono::milliseconds slice{100};

struct FreeConfiguration {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Configuration = std::unique_ptr<rd_kafka_conf_t, FreeConfiguration>;

Producer* producer(void* self) { return static_cast<Producer*>(self); }

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(address);
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  if (address->sa_family == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  }
  return false;
}

}  // namespace

Producer::Producer(const Properties& properties, bool plain) {
  Configuration conf(rd_kafka_conf_new());
  std::array<char, 512> why{};
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
      throw Refusal(KTEL_E_INVALID, why.data());
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &Producer::on_report);
  rd_kafka_conf_set_error_cb(conf.get(), &Producer::on_error);
  rd_kafka_conf_set_log_cb(conf.get(), &Producer::on_log);
  if (plain) {
    rd_kafka_conf_set_connect_cb(conf.get(), &Producer::on_connect);
  } else {
    rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), &Producer::on_certificate);
  }
  producer_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size()));
  if (!producer_) throw Refusal(KTEL_E_INVALID, why.data());
  static_cast<void>(conf.release());  // the producer's now
  rd_kafka_set_log_queue(producer_.get(), nullptr);
}

Producer::~Producer() = default;

void Producer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  Producer& me = *producer(self);
  if (reinterpret_cast<std::uintptr_t>(message->_private) != me.serial_) return;
  me.reported_ = true;
  me.sent_.perhaps_there = rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  const bool taken_back = message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
                          message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
  if (!taken_back) me.sent_.error = message->err;
  me.sent_.delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (me.sent_.delivered) me.down_since_ = {};
}

void Producer::on_error(rd_kafka_t* rd, int error, const char* reason, void* self) {
  Producer& me = *producer(self);
  if (me.host_ != nullptr) me.host_->log(KTEL_LOG_DEBUG, reason);
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    me.down_since_ = Clock::now();
    if (me.sent_.error == RD_KAFKA_RESP_ERR_NO_ERROR) me.sent_.error = RD_KAFKA_RESP_ERR__TRANSPORT;
  } else if (error == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> why{};
    me.sent_.fatal = true;
    me.sent_.error = rd_kafka_fatal_error(rd, why.data(), why.size());
  } else {
    // Who does not speak TLS just goes.
    const bool in_handshake =
        std::string_view(reason).find("SSL_HANDSHAKE") != std::string_view::npos;
    me.sent_.error =
        in_handshake ? RD_KAFKA_RESP_ERR__SSL : static_cast<rd_kafka_resp_err_t>(error);
  }
}

// Else it would go to stderr.
void Producer::on_log(const rd_kafka_t* rd, int, const char*, const char* line) {
  const Producer& me = *producer(rd_kafka_opaque(rd));
  if (me.host_ != nullptr) me.host_->log(KTEL_LOG_DEBUG, line);
}

int Producer::on_certificate(rd_kafka_t*, const char*, std::int32_t, int* error, int, const char*,
                             std::size_t, char*, std::size_t, void* self) {
  if (*error == 0) return 1;
  producer(self)->certificate_ = *error;
  return 0;
}

int Producer::on_connect(int socket, const sockaddr* address, int size, const char*, void* self) {
  if (!is_loopback(address)) {
    producer(self)->elsewhere_ = true;
    return EACCES;
  }
  const bool begun = ::connect(socket, address, static_cast<socklen_t>(size)) == 0;
  return begun || errno == EINPROGRESS ? 0 : errno;
}

// Nothing will come of waiting.
bool Producer::hopeless() const {
  if (sent_.fatal || certificate_ != 0 || elsewhere_) return true;
  if (sent_.error == RD_KAFKA_RESP_ERR__AUTHENTICATION) return true;
  return down_since_ != Clock::time_point{} && Clock::now() - down_since_ >= patience;
}

// So that what becomes of it is known now. What has been on its way may be there.
void Producer::take_back() {
  rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto end = Clock::now() + patience;
  while (!reported_ && Clock::now() < end) {
    rd_kafka_poll(producer_.get(), static_cast<int>(slice.count()));
  }
  if (!reported_) sent_.perhaps_there = true;
}

Sent Producer::send(const Message& message, Delivery host) {
  // What happened while nothing was to be sent is over, except that brokers are down: that is told
  // once.
  while (rd_kafka_poll(producer_.get(), 0) > 0) {
  }
  const bool down = down_since_ != Clock::time_point{};
  sent_ = {.error = down ? sent_.error : RD_KAFKA_RESP_ERR_NO_ERROR};
  if (down) down_since_ = Clock::now();
  reported_ = false;
  ++serial_;
  host_ = &host;
  struct Leave {
    Delivery*& host;
    ~Leave() { host = nullptr; }
  } leave{host_};

  rd_kafka_headers_t* const headers = rd_kafka_headers_new(message.headers.size());
  for (const auto& [name, value] : message.headers) {
    rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
  }
  const std::string topic(message.topic);
  const rd_kafka_resp_err_t refused = rd_kafka_producev(
      producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(message.key.data(), message.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(message.value.data()), message.value.size()),
      RD_KAFKA_V_TIMESTAMP(message.time_ms), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(serial_)), RD_KAFKA_V_END);
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_headers_destroy(headers);
    sent_.error = refused;
    return sent_;
  }
  while (!reported_ && !hopeless()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(host.remaining());
    rd_kafka_poll(producer_.get(), static_cast<int>(std::min(left, slice).count()));
    if (host.cancelled()) break;
  }
  if (!reported_) take_back();
  sent_.certificate = certificate_;
  sent_.elsewhere = elsewhere_;
  return sent_;
}

}  // namespace kafka
