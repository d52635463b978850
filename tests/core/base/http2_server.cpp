// Frames of RFC 9113, as few as libcurl needs; headers are never decoded.
#include "core/base/http2_server.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <csignal>
#include <list>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace ktel::test {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Stream = asio::ssl::stream<tcp::socket>;

enum : std::uint8_t { data = 0, headers = 1, rst_stream = 3, settings = 4, ping = 6, goaway = 7 };
enum : std::uint8_t { ack = 1, end_stream = 1, end_headers = 4 };

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  return bytes + number(stream) + std::string(payload);
}

int select_h2(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
              unsigned offered_size, void*) {
  static const unsigned char h2[] = {2, 'h', '2'};
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, size, h2, sizeof h2, offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

class Http2Server::Impl {
 public:
  Impl(const CertKey& cert, Options options)
      : options_(std::move(options)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    std::signal(SIGPIPE, SIG_IGN);
    tls_.use_certificate_chain(asio::buffer(cert.cert_pem));
    tls_.use_private_key(asio::buffer(cert.key_pem), asio::ssl::context::pem);
    SSL_CTX_set_alpn_select_cb(tls_.native_handle(), &select_h2, nullptr);
    acceptor_thread_ = std::thread([this] { accept(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      for (tcp::socket* socket : open_) ::shutdown(socket->native_handle(), SHUT_RDWR);
    }
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    acceptor_thread_.join();
    for (std::thread& thread : threads_) thread.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::atomic<unsigned> connections{0};
  std::atomic<unsigned> requests{0};

 private:
  void accept() {
    for (;;) {
      error_code failed;
      tcp::socket socket = acceptor_.accept(failed);
      if (failed) return;
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      ++connections;
      threads_.emplace_back([this, s = std::move(socket)]() mutable { serve(std::move(s)); });
    }
  }

  void serve(tcp::socket socket) {
    Stream stream(std::move(socket), tls_);
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      open_.push_back(&stream.next_layer());
    }
    error_code failed;
    stream.handshake(asio::ssl::stream_base::server, failed);
    if (!failed) talk(stream);
    const std::lock_guard lock(mutex_);
    open_.remove(&stream.next_layer());
  }

  void talk(Stream& stream) {
    constexpr std::size_t preface = 24;
    if (read(stream, preface).size() != preface || !write(stream, frame(settings, 0, 0, ""))) {
      return;
    }
    std::vector<std::uint32_t> waiting;
    for (;;) {
      const std::string head = read(stream, 9);
      if (head.size() != 9) return;
      const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(head[i]); };
      const std::size_t size = (std::size_t{byte(0)} << 16) | (std::size_t{byte(1)} << 8) | byte(2);
      const std::uint32_t id = (std::uint32_t{byte(5)} << 24) | (std::uint32_t{byte(6)} << 16) |
                               (std::uint32_t{byte(7)} << 8) | byte(8);
      const std::string payload = read(stream, size);
      if (payload.size() != size) return;
      if (byte(3) == settings && (byte(4) & ack) == 0) write(stream, frame(settings, ack, 0, ""));
      if (byte(3) == ping && (byte(4) & ack) == 0) write(stream, frame(ping, ack, 0, payload));
      if (byte(3) == goaway) return;
      const bool asked = (byte(3) == headers || byte(3) == data) && (byte(4) & end_stream) != 0;
      if (!asked) continue;
      waiting.push_back(id);
      if (waiting.size() < options_.together) continue;
      for (const std::uint32_t stream_id : waiting) {
        if (!answer(stream, stream_id)) return;
      }
      waiting.clear();
    }
  }

  // Shall the connection go on?
  bool answer(Stream& stream, std::uint32_t id) {
    const unsigned request = requests++;
    const Answer answer = options_.answer ? options_.answer(request) : Answer::ok;
    if (answer == Answer::silence) return true;
    constexpr std::uint32_t internal_error = 2;
    if (answer == Answer::reset) {
      return write(stream, frame(rst_stream, 0, id, number(internal_error)));
    }
    if (answer == Answer::lose) return false;
    if (answer == Answer::refuse) {
      // Streams of a client have odd numbers: the one before is the last that was looked at.
      write(stream, frame(goaway, 0, 0, number(id > 1 ? id - 2 : 0) + number(0)));
      return false;
    }
    constexpr std::string_view status_200 = "\x88";  // of HPACK's table
    // The goodbye first: who has the answer has heard it, and closes the connection.
    std::string frames;
    if (answer == Answer::goodbye) frames += frame(goaway, 0, 0, number(id) + number(0));
    frames += frame(headers, end_headers, id, status_200);
    frames += frame(data, end_stream, id, "ok");
    return write(stream, frames);
  }

  static std::string read(Stream& stream, std::size_t size) {
    std::string bytes(size, '\0');
    error_code failed;
    bytes.resize(asio::read(stream, asio::buffer(bytes), failed));
    return bytes;
  }

  static bool write(Stream& stream, std::string_view bytes) {
    error_code failed;
    asio::write(stream, asio::buffer(bytes), failed);
    return !failed;
  }

  const Options options_;
  asio::io_context io_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_;
  std::mutex mutex_;
  bool ending_ = false;
  std::list<tcp::socket*> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_thread_;
};

Http2Server::Http2Server(const CertKey& cert, Options options)
    : impl_(std::make_unique<Impl>(cert, std::move(options))) {}
Http2Server::~Http2Server() = default;

std::uint16_t Http2Server::port() const noexcept { return impl_->port(); }
std::string Http2Server::url() const { return "https://127.0.0.1:" + std::to_string(port()); }
unsigned Http2Server::connections() const noexcept { return impl_->connections; }
unsigned Http2Server::requests() const noexcept { return impl_->requests; }

}  // namespace ktel::test
