// OpenSSL's blocking calls, which the destructor ends by shutting the sockets down.
#include "support/tls_line_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>
#include <thread>

namespace ktel::test {
namespace {

void need(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("the line server failed: ") + what);
}

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;
using Ssl = std::unique_ptr<SSL, FreeSsl>;
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Context context_of(const TlsLineOptions& options) {
  Context context(SSL_CTX_new(TLS_server_method()));
  need(context != nullptr, "SSL_CTX_new");
  if (options.tls12) SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  X509* const cert =
      PEM_read_bio_X509(reading(options.cert.cert_pem).get(), nullptr, nullptr, nullptr);
  EVP_PKEY* const key =
      PEM_read_bio_PrivateKey(reading(options.cert.key_pem).get(), nullptr, nullptr, nullptr);
  need(SSL_CTX_use_certificate(context.get(), cert) == 1 &&
           SSL_CTX_use_PrivateKey(context.get(), key) == 1,
       "its certificate");
  X509_free(cert);
  EVP_PKEY_free(key);
  if (!options.client_ca.empty()) {
    X509* const ca = PEM_read_bio_X509(reading(options.client_ca).get(), nullptr, nullptr, nullptr);
    need(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca) == 1, "the client's CA");
    X509_free(ca);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

}  // namespace

class TlsLineServer::Impl {
 public:
  explicit Impl(const TlsLineOptions& options) : does_(options.does) {
    if (does_ != LineServer::says_nothing) context_ = context_of(options);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int small = 4096;  // so that who writes much has to wait for a reader
    ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    need(::bind(listener_, generic, size) == 0 && ::listen(listener_, 16) == 0 &&
             ::getsockname(listener_, generic, &size) == 0,
         "listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }

  std::uint16_t port() const { return port_; }
  std::vector<std::string> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::vector<std::string> handshakes() const {
    const std::lock_guard lock(mutex_);
    return handshakes_;
  }

 private:
  void run() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // OpenSSL's writes raise it
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      if (does_ == LineServer::hangs_up) {
        ::close(socket);
      } else if (!keep(socket)) {
        return;
      } else if (serve(socket)) {
        end(socket);
      }
    }
  }

  // False: the server is at its end, and so is the socket.
  bool keep(int socket) {
    const std::lock_guard lock(mutex_);
    if (ending_) ::close(socket);
    if (!ending_) sockets_.push_back(socket);
    return !ending_;
  }

  void end(int socket) {
    const std::lock_guard lock(mutex_);
    std::erase(sockets_, socket);
    ::close(socket);
  }

  // Whether the connection is to be closed.
  bool serve(int socket) {
    if (does_ == LineServer::says_nothing) return false;
    if (does_ == LineServer::speaks_plain) {
      ::send(socket, "220 ready\r\n", 11, MSG_NOSIGNAL);
      return false;
    }
    const Ssl ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), socket);
    ERR_clear_error();
    if (SSL_accept(ssl.get()) != 1) return true;
    note_handshake(ssl.get());
    if (does_ == LineServer::reads_nothing) return false;
    if (does_ == LineServer::breaks_off) {
      pollfd one{socket, POLLIN, 0};
      ::poll(&one, 1, -1);
      const linger at_once{1, 0};
      ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return true;
    }
    read_all(ssl.get());
    if (does_ == LineServer::stays) return false;
    SSL_shutdown(ssl.get());
    return true;
  }

  void note_handshake(SSL* ssl) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const std::lock_guard lock(mutex_);
    handshakes_.push_back(SSL_get_version(ssl) + (name ? std::string(" ") + name : ""));
  }

  void read_all(SSL* ssl) {
    std::string all;
    char bytes[4096];
    for (int got = 0; (got = SSL_read(ssl, bytes, sizeof bytes)) > 0;) {
      all.append(bytes, static_cast<std::size_t>(got));
    }
    const std::lock_guard lock(mutex_);
    if (!all.empty()) received_.push_back(std::move(all));
  }

  const LineServer does_;
  Context context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<int> sockets_;  // open ones
  std::vector<std::string> received_;
  std::vector<std::string> handshakes_;
  bool ending_ = false;
  std::thread thread_;
};

TlsLineServer::TlsLineServer(const TlsLineOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}
TlsLineServer::~TlsLineServer() = default;

std::uint16_t TlsLineServer::port() const noexcept { return impl_->port(); }
std::string TlsLineServer::authority() const { return "127.0.0.1:" + std::to_string(port()); }
std::vector<std::string> TlsLineServer::received() const { return impl_->received(); }
std::vector<std::string> TlsLineServer::handshakes() const { return impl_->handshakes(); }

}  // namespace ktel::test
