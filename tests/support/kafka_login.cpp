// Kafka's requests in their oldest versions, which librdkafka falls back to.
#include "support/kafka_login.hpp"

#include <sys/socket.h>
#include <boost/asio.hpp>

#include <cstdint>
#include <mutex>
#include <thread>

namespace ktel::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

enum Api : std::uint64_t {
  metadata = 3,
  sasl_handshake = 17,
  api_versions = 18,
  init_producer_id = 22,
  sasl_authenticate = 36
};
constexpr std::uint64_t unsupported_version = 35;
constexpr std::uint64_t unsupported_mechanism = 33;
constexpr std::uint64_t authentication_failed = 58;

// What a request says, byte by byte.
class Reader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char byte : text(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::string text(std::size_t size) {
    const std::string part = bytes_.substr(at_, size);
    at_ += size;
    return part;
  }
  std::string sized_text() { return text(number(2)); }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

class Writer {
 public:
  Writer& number(std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i-- > 0;) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  Writer& text(const std::string& value) {
    number(value.size(), 2);
    bytes += value;
    return *this;
  }
  std::string bytes;
};

}  // namespace

class KafkaLogin::Impl {
 public:
  explicit Impl(KafkaLoginOptions options) : options_(std::move(options)) {
    thread_ = std::thread([this] { run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      if (current_ != nullptr) ::shutdown(current_->native_handle(), SHUT_RDWR);
    }
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::vector<std::string> logins() const {
    const std::lock_guard lock(mutex_);
    return logins_;
  }

 private:
  void run() {
    for (;;) {
      tcp::socket socket(io_);
      error_code failed;
      acceptor_.accept(socket, failed);
      if (failed || !enter(&socket)) return;
      try {
        for (;;) answer(socket);
      } catch (const boost::system::system_error&) {  // it is gone
      }
      enter(nullptr);
    }
  }

  bool enter(tcp::socket* socket) {
    const std::lock_guard lock(mutex_);
    current_ = ending_ ? nullptr : socket;
    return !ending_;
  }

  void answer(tcp::socket& socket) {
    std::string bytes(4, '\0');
    asio::read(socket, asio::buffer(bytes));
    bytes.resize(Reader(bytes).number(4));
    asio::read(socket, asio::buffer(bytes));
    Reader request(std::move(bytes));
    const std::uint64_t api = request.number(2);
    const std::uint64_t version = request.number(2);
    const std::uint64_t correlation = request.number(4);
    request.sized_text();  // who it is
    Writer reply;
    reply.number(correlation, 4);
    fill(reply, api, version, request);
    const std::string framed = Writer().number(reply.bytes.size(), 4).bytes + reply.bytes;
    asio::write(socket, asio::buffer(framed));
  }

  void fill(Writer& reply, std::uint64_t api, std::uint64_t version, Reader& request) {
    switch (api) {
      case api_versions:
        reply.number(version == 0 ? 0 : unsupported_version, 2).number(6, 4);
        for (const auto& [known, most] :
             {std::pair{0u, 7u}, std::pair{3u, 0u}, std::pair{17u, 1u}, std::pair{18u, 0u},
              std::pair{22u, 0u}, std::pair{36u, 0u}}) {
          reply.number(known, 2).number(0, 2).number(most, 2);
        }
        break;
      case sasl_handshake:
        reply.number(request.sized_text() == options_.mechanism ? 0 : unsupported_mechanism, 2)
            .number(1, 4)
            .text(options_.mechanism);
        break;
      case sasl_authenticate:
        log_in(reply, request.text(request.number(4)));
        break;
      case init_producer_id:
        reply.number(0, 4).number(0, 2).number(7, 8).number(0, 2);
        break;
      case metadata:
        reply.number(1, 4).number(5, 4).text("192.0.2.1").number(9092, 4);
        reply.number(1, 4).number(0, 2).text("reports").number(1, 4);
        reply.number(0, 2).number(0, 4).number(5, 4);
        reply.number(1, 4).number(5, 4).number(1, 4).number(5, 4);
        break;
      default:
        throw boost::system::system_error(asio::error::operation_not_supported);
    }
  }

  // A NUL before the user, and one before the password.
  void log_in(Writer& reply, const std::string& given) {
    const std::size_t middle = given.find('\0', 1);
    const std::string user = given.substr(1, middle - 1);
    const std::string password = given.substr(middle + 1);
    {
      const std::lock_guard lock(mutex_);
      logins_.push_back(user + ":" + password);
    }
    const bool good = password == options_.password;
    reply.number(good ? 0 : authentication_failed, 2).text(good ? "" : "no").number(0, 4);
  }

  const KafkaLoginOptions options_;
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  mutable std::mutex mutex_;  // guards what follows
  tcp::socket* current_ = nullptr;
  std::vector<std::string> logins_;
  bool ending_ = false;
  std::thread thread_;
};

KafkaLogin::KafkaLogin(const KafkaLoginOptions& options) : impl_(std::make_unique<Impl>(options)) {}
KafkaLogin::~KafkaLogin() = default;

std::string KafkaLogin::authority() const { return "127.0.0.1:" + std::to_string(impl_->port()); }
std::vector<std::string> KafkaLogin::logins() const { return impl_->logins(); }

}  // namespace ktel::test
