// Connection: see the header.
#include "connection.hpp"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace kong_tls {
namespace {

constexpr std::chrono::seconds look_up_limit{5};
constexpr std::chrono::seconds connect_limit{5};  // for each address

struct FreeAddresses {
  void operator()(addrinfo* first) const { ::freeaddrinfo(first); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

// getaddrinfo waits as long as it likes, so it does that on a thread of its own, which is left to
// itself when nobody wants the answer any more.
struct LookUp {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int error = 0;
  Addresses addresses;

  void run(const std::string& host, const std::string& port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* first = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &first);
    const std::lock_guard lock(mutex);
    error = failed;
    if (failed == 0) addresses.reset(first);
    done = true;
    changed.notify_all();
  }
};

// With all signals blocked: they are the program's.
template <class Work>
void start_quietly(Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread(std::move(work)).detach();
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Addresses look_up(const Address& to, ktel::sdk::Delivery host) {
  const auto asked = std::make_shared<LookUp>();
  asked->run(to.host, to.port, AI_NUMERICHOST | AI_NUMERICSERV);
  if (asked->addresses) return std::move(asked->addresses);

  asked->done = false;
  start_quietly(
      [asked, name = to.host, port = to.port] { asked->run(name, port, AI_NUMERICSERV); });
  const Wait wait(host, look_up_limit);
  std::unique_lock lock(asked->mutex);
  while (!asked->changed.wait_for(lock, wait.next_slice(), [&] { return asked->done; })) {
    if (!wait.over()) continue;
    throw Failure{KTEL_CAUSE_DNS, "the host name of " + to.shown + " was not resolved within " +
                                      wait.limit() + "; check the DNS of this machine"};
  }
  if (asked->error != 0) {
    throw Failure{KTEL_CAUSE_DNS, "the host name of " + to.shown +
                                      " cannot be resolved; check its spelling, and the DNS of "
                                      "this machine"};
  }
  return std::move(asked->addresses);
}

Failure not_connected(const Address& to, int error) {
  if (error == ECONNREFUSED) {
    return {KTEL_CAUSE_CONNECT,
            to.shown + " refuses connections; check the port, and that a server runs there"};
  }
  return {KTEL_CAUSE_CONNECT, "cannot connect to " + to.shown + ": " +
                                  std::generic_category().message(error) +
                                  "; check the address and the network"};
}

// 0, or why not: an errno.
int connected(int socket, const addrinfo& address, const Wait& wait) {
  if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (!wait.until_ready(socket, POLLOUT)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Connection Connection::open(const Address& to, ktel::sdk::Delivery host) {
  const Addresses addresses = look_up(to, host);
  Failure failure = not_connected(to, ECONNREFUSED);
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    Connection connection(::socket(address->ai_family,
                                   address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                   address->ai_protocol));
    if (connection.socket_ < 0) {
      failure = not_connected(to, errno);
      continue;
    }
    const Wait wait(host, connect_limit);
    const int error = connected(connection.socket_, *address, wait);
    if (error == 0) return connection;
    failure = not_connected(to, error);
    if (error == ETIMEDOUT) {
      failure = {KTEL_CAUSE_TIMEOUT, "no connection to " + to.shown + " within " + wait.limit() +
                                         "; check the address, and the firewalls between"};
    }
  }
  throw failure;
}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

Connection::End Connection::send(std::string_view& bytes, const Wait& wait) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait.until_ready(socket_, POLLOUT)) return End::late;
    } else if (errno != EINTR) {
      return End::reset;
    }
  }
  return End::none;
}

Connection::End Connection::receive(std::string& into, const Wait& wait) {
  char bytes[16 * 1024];
  for (;;) {
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got > 0) {
      into.append(bytes, static_cast<std::size_t>(got));
      return End::none;
    }
    if (got == 0) return End::closed;
    if (errno == EAGAIN) {
      if (!wait.until_ready(socket_, POLLIN)) return End::late;
    } else if (errno != EINTR) {
      return End::reset;
    }
  }
}

void Connection::finish() { ::shutdown(socket_, SHUT_WR); }

}  // namespace kong_tls
