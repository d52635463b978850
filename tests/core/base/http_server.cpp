// The test server: asio's synchronous sockets, and just enough HTTP/1.1 for libcurl.
#include "core/base/http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace ktel::test {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Call = HttpServer::Call;
using Reply = HttpServer::Reply;

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return std::tolower(x) == std::tolower(y); });
}

Call parse_head(std::string_view head) {
  Call call;
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end == head.npos ? head.size() : end + 2);
    if (line.empty()) break;
    if (std::exchange(first, false)) {
      const auto space = line.find(' ');
      call.method = line.substr(0, space);
      call.target = line.substr(space + 1, line.rfind(' ') - space - 1);
      continue;
    }
    const auto colon = line.find(": ");
    if (colon != line.npos)
      call.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return call;
}

std::string text_of(const Reply& reply) {
  if (!reply.raw.empty()) return reply.raw;
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\n";
  for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
  if (reply.more) return text + "Transfer-Encoding: chunked\r\n\r\n";
  return text + "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
}

}  // namespace

std::string HttpServer::Call::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same(key, name)) return value;
  }
  return {};
}

class HttpServer::Impl {
 public:
  Impl(Handler handler, std::optional<Tls> tls)
      : handler_(std::move(handler)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    std::signal(SIGPIPE, SIG_IGN);  // a client may leave in mid-answer
    if (tls) {
      context_.emplace(asio::ssl::context::tls_server);
      context_->use_certificate_chain(asio::buffer(tls->cert_pem));
      context_->use_private_key(asio::buffer(tls->key_pem), asio::ssl::context::pem);
      if (!tls->client_ca_pem.empty()) {
        context_->add_certificate_authority(asio::buffer(tls->client_ca_pem));
        context_->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
      }
    }
    acceptor_thread_ = std::thread([this] { accept(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      for (tcp::socket* socket : open_) ::shutdown(socket->native_handle(), SHUT_RDWR);
    }
    ended_.notify_all();
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    acceptor_thread_.join();
    for (std::thread& thread : threads_) thread.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  bool tls() const { return context_.has_value(); }

  std::vector<Call> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  unsigned connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  void accept() {
    for (;;) {
      error_code failed;
      tcp::socket socket = acceptor_.accept(failed);
      if (failed) return;
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      ++connections_;
      threads_.emplace_back([this, s = std::move(socket)]() mutable { serve(std::move(s)); });
    }
  }

  void serve(tcp::socket socket) {
    error_code failed;
    if (!context_) {
      if (!enter(socket)) return;
      if (starts_with_tls(socket)) {
        // What Go's servers say, the API server among them.
        asio::write(socket, asio::buffer(std::string_view("HTTP/1.0 400 Bad Request\r\n\r\n")),
                    failed);
      } else {
        talk(socket, socket, {});
      }
      socket.shutdown(tcp::socket::shutdown_both, failed);
      leave(socket);
      return;
    }
    asio::ssl::stream<tcp::socket> stream(std::move(socket), *context_);
    if (!enter(stream.next_layer())) return;
    stream.handshake(asio::ssl::stream_base::server, failed);
    if (!failed) {
      const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
      talk(stream, stream.next_layer(), name ? name : "");
    }
    leave(stream.next_layer());
  }

  static bool starts_with_tls(tcp::socket& socket) {
    char first = 0;
    return ::recv(socket.native_handle(), &first, 1, MSG_PEEK) == 1 && first == 0x16;
  }

  template <class Stream>
  void talk(Stream& stream, tcp::socket& socket, const std::string& server_name) {
    std::string buffer;
    for (;;) {
      error_code failed;
      const std::size_t head =
          asio::read_until(stream, asio::dynamic_buffer(buffer), "\r\n\r\n", failed);
      if (failed) return;
      Call call = parse_head(std::string_view(buffer).substr(0, head));
      call.server_name = server_name;
      const std::string length = call.header("Content-Length");
      const std::size_t size = head + (length.empty() ? 0 : std::stoul(length));
      if (buffer.size() < size) {
        asio::read(stream, asio::dynamic_buffer(buffer),
                   asio::transfer_exactly(size - buffer.size()), failed);
        if (failed) return;
      }
      call.body = buffer.substr(head, size - head);
      buffer.erase(0, size);

      const Reply reply = answer(call);
      if (reply.tunnel) return tunnel(socket, call.target);
      asio::write(stream, asio::buffer(text_of(reply)), failed);
      while (reply.more && !failed) {
        const std::string part = reply.more();
        char digits[32];
        std::snprintf(digits, sizeof digits, "%zx\r\n", part.size());
        asio::write(stream, asio::buffer(digits + part + "\r\n"), failed);
        if (part.empty()) break;
      }
      if (reply.hang) {
        std::unique_lock lock(mutex_);
        ended_.wait(lock, [this] { return ending_; });
      }
      if (failed || reply.close || reply.hang) {
        socket.shutdown(tcp::socket::shutdown_both, failed);
        return;
      }
    }
  }

  // "127.0.0.1:PORT", as CONNECT names it.
  void tunnel(tcp::socket& client, const std::string& target) {
    error_code failed;
    const auto port = static_cast<std::uint16_t>(std::stoul(target.substr(target.rfind(':') + 1)));
    tcp::socket server(io_);
    server.connect({asio::ip::address_v4::loopback(), port}, failed);
    if (failed || !enter(server)) return;
    asio::write(client, asio::buffer(std::string_view("HTTP/1.1 200 x\r\n\r\n")), failed);
    pollfd ends[] = {{client.native_handle(), POLLIN, 0}, {server.native_handle(), POLLIN, 0}};
    for (bool open = !failed; open && ::poll(ends, 2, -1) > 0;) {
      for (int from = 0; from < 2; ++from) {
        if (ends[from].revents == 0) continue;
        char bytes[16 * 1024];
        const ssize_t got = ::recv(ends[from].fd, bytes, sizeof bytes, 0);
        open = got > 0 && ::send(ends[1 - from].fd, bytes, static_cast<std::size_t>(got), 0) == got;
        if (!open) break;
      }
    }
    leave(server);
  }

  Reply answer(const Call& call) {
    const std::lock_guard one_at_a_time(handler_mutex_);
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(call);
    }
    return handler_(call);
  }

  bool enter(tcp::socket& socket) {
    const std::lock_guard lock(mutex_);
    if (ending_) return false;
    open_.push_back(&socket);
    return true;
  }

  void leave(tcp::socket& socket) {
    const std::lock_guard lock(mutex_);
    open_.remove(&socket);
  }

  Handler handler_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::optional<asio::ssl::context> context_;
  mutable std::mutex mutex_;
  std::mutex handler_mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  unsigned connections_ = 0;
  std::vector<Call> calls_;
  std::list<tcp::socket*> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_thread_;
};

HttpServer::HttpServer(Handler handler)
    : impl_(std::make_unique<Impl>(std::move(handler), std::nullopt)) {}
HttpServer::HttpServer(Handler handler, Tls tls)
    : impl_(std::make_unique<Impl>(std::move(handler), std::move(tls))) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const noexcept { return impl_->port(); }

std::string HttpServer::url(std::string_view path) const {
  return std::string(impl_->tls() ? "https" : "http") + "://127.0.0.1:" + std::to_string(port()) +
         std::string(path);
}

std::vector<HttpServer::Call> HttpServer::calls() const { return impl_->calls(); }
unsigned HttpServer::connections() const { return impl_->connections(); }

// Bound but not listening: the kernel refuses connections and gives the port to nobody else.
ClosedPort::ClosedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

ClosedPort::~ClosedPort() { ::close(fd_); }

}  // namespace ktel::test
