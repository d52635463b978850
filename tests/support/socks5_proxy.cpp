// RFC 1928 and 1929, CONNECT alone: see the header.
#include "support/socks5_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace ktel::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Of what a client says; throws where it says no more.
std::string take(tcp::socket& from, std::size_t size) {
  std::string bytes(size, '\0');
  asio::read(from, asio::buffer(bytes));
  return bytes;
}

std::size_t number(const std::string& bytes) {
  std::size_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

void say(tcp::socket& to, std::string_view bytes) { asio::write(to, asio::buffer(bytes)); }

void carry(tcp::socket& client, tcp::socket& server) {
  pollfd ends[] = {{client.native_handle(), POLLIN, 0}, {server.native_handle(), POLLIN, 0}};
  for (;;) {
    if (::poll(ends, 2, -1) < 0) return;
    for (const int from : {0, 1}) {
      if (ends[from].revents == 0) continue;
      char bytes[16 * 1024];
      const ssize_t got = ::recv(ends[from].fd, bytes, sizeof bytes, 0);
      if (got <= 0) return;
      const auto size = static_cast<std::size_t>(got);
      if (::send(ends[1 - from].fd, bytes, size, MSG_NOSIGNAL) != got) return;
    }
  }
}

}  // namespace

class Socks5Proxy::Impl {
 public:
  Impl(std::string user, std::string password)
      : user_(std::move(user)), password_(std::move(password)) {
    thread_ = std::thread([this] { accept(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      for (tcp::socket* socket : open_) ::shutdown(socket->native_handle(), SHUT_RDWR);
    }
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
    for (std::thread& connection : connections_) connection.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void accept() {
    for (;;) {
      auto client = std::make_shared<tcp::socket>(io_);
      error_code failed;
      acceptor_.accept(*client, failed);
      if (failed) return;
      connections_.emplace_back([this, client] {
        tcp::socket server(io_);
        if (!enter(*client, server)) return;
        try {
          if (connect(*client, server)) carry(*client, server);
        } catch (const boost::system::system_error&) {  // the client is gone
        }
        leave(*client, server);
      });
    }
  }

  bool connect(tcp::socket& client, tcp::socket& server) {
    const std::string methods = take(client, number(take(client, 2).substr(1)));
    const char method = user_.empty() ? '\0' : '\2';
    if (methods.find(method) == std::string::npos) {
      say(client, "\5\xff");
      return false;
    }
    say(client, {user_.empty() ? "\5\0" : "\5\2", 2});
    if (!user_.empty() && !log_in(client)) return false;

    const char kind = take(client, 4)[3];
    std::string host;
    if (kind == '\3') {
      host = take(client, number(take(client, 1)));
    } else if (kind == '\1') {
      asio::ip::address_v4::bytes_type bytes{};
      asio::read(client, asio::buffer(bytes));
      host = asio::ip::address_v4(bytes).to_string();
    }
    const auto port = static_cast<std::uint16_t>(number(take(client, 2)));
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(host + ":" + std::to_string(port));
    }
    error_code failed;
    server.connect({asio::ip::address_v4::loopback(), port}, failed);
    say(client, {failed ? "\5\5\0\1\0\0\0\0\0\0" : "\5\0\0\1\0\0\0\0\0\0", 10});
    return !failed;
  }

  bool log_in(tcp::socket& client) const {
    const std::string user = take(client, number(take(client, 2).substr(1)));
    const std::string password = take(client, number(take(client, 1)));
    const bool known = user == user_ && password == password_;
    say(client, {known ? "\1\0" : "\1\1", 2});
    return known;
  }

  // Both are shut down when this ends, the server's also before it is connected.
  bool enter(tcp::socket& client, tcp::socket& server) {
    server.open(tcp::v4());
    const std::lock_guard lock(mutex_);
    if (ending_) return false;
    open_.insert({&client, &server});
    return true;
  }

  void leave(tcp::socket& client, tcp::socket& server) {
    const std::lock_guard lock(mutex_);
    open_.erase(&client);
    open_.erase(&server);
    for (tcp::socket* socket : {&client, &server}) {
      error_code ignored;
      socket->close(ignored);
    }
  }

  const std::string user_;
  const std::string password_;
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::vector<std::thread> connections_;  // of the accepting thread
  mutable std::mutex mutex_;              // guards what follows
  std::vector<std::string> asked_;
  std::set<tcp::socket*> open_;
  bool ending_ = false;
  std::thread thread_;
};

Socks5Proxy::Socks5Proxy(std::string user, std::string password)
    : impl_(std::make_unique<Impl>(std::move(user), std::move(password))) {}
Socks5Proxy::~Socks5Proxy() = default;

std::uint16_t Socks5Proxy::port() const noexcept { return impl_->port(); }

std::string Socks5Proxy::url(std::string_view user_info) const {
  return "socks5://" + std::string(user_info) + "127.0.0.1:" + std::to_string(port());
}

std::vector<std::string> Socks5Proxy::asked() const { return impl_->asked(); }

}  // namespace ktel::test
