// Connections: one coroutine each, on one thread.
#include "support/hec_strictd/server.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>

#include <future>
#include <set>
#include <sstream>
#include <thread>

namespace ktel::test::hec {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using error_code = boost::system::error_code;
using std::chrono::milliseconds;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// Long enough for a slow client, short enough that a forgotten one does not hold a test for ever.
constexpr auto patience = std::chrono::minutes(5);

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void set_reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
}

asio::awaitable<void> pause(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(no_throw);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Server::Impl {
  using Parser = http::request_parser<http::string_body>;

  // What becomes of a connection: another request, a polite end, or dropped as it is.
  enum class Next { more, end, drop };

  explicit Impl(ServerOptions given)
      : options(std::move(given)), journal(options.journal), endpoint(options.endpoint) {
    script = options.script;
    if (!options.cert.cert_pem.empty()) set_up_tls();
    const tcp::endpoint at(asio::ip::make_address(options.address), options.port);
    acceptor.open(at.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(at);
    acceptor.listen();
    port = acceptor.local_endpoint().port();
    asio::co_spawn(io, accept(), asio::detached);
    thread = std::thread([this] { io.run(); });
  }

  ~Impl() {
    io.stop();
    thread.join();
  }

  void set_up_tls() {
    tls.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                    ssl::context::no_tlsv1_1);
    tls.use_certificate_chain(asio::buffer(options.cert.cert_pem));
    tls.use_private_key(asio::buffer(options.cert.key_pem), ssl::context::pem);
    if (options.client_ca.empty()) return;
    tls.add_certificate_authority(asio::buffer(options.client_ca));
    tls.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }

  // Runs it on the server's thread and waits.
  template <typename Work>
  void on_thread(Work work) {
    std::promise<void> done;
    asio::post(io, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - script_set);
  }

  Effects effects_of(On on) {
    if (on == On::connection) return script.effects(on, connections_seen++, 0, elapsed());
    const std::uint64_t any = requests_seen++;
    const std::uint64_t number = on == On::any ? any : seen_by_kind[on]++;
    return script.effects(on, number, any, elapsed());
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(no_throw);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        co_await pause(milliseconds(10));  // out of descriptors: let some close
        continue;
      }
      asio::co_spawn(io, connection(std::move(socket), next_connection++), asio::detached);
    }
  }

  asio::awaitable<void> connection(tcp::socket socket, std::uint64_t number) {
    const Effects effects = effects_of(On::connection);
    if (effects.close) {
      if (effects.reset) set_reset(socket);
      co_return;
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);

    if (options.cert.cert_pem.empty()) {
      beast::tcp_stream stream(std::move(socket));
      const Listed listed(open, stream.socket());
      if (effects.silent) co_await pause(patience);
      co_await session(stream, number);
      stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
      co_return;
    }

    beast::ssl_stream<beast::tcp_stream> stream(std::move(socket), tls);
    const Listed listed(open, beast::get_lowest_layer(stream).socket());
    if (effects.silent) co_await pause(patience);
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(30));
    const auto [failed] = co_await stream.async_handshake(ssl::stream_base::server, no_throw);
    if (failed) co_return;
    if (co_await session(stream, number)) {
      beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(2));
      co_await stream.async_shutdown(no_throw);
    }
  }

  // Requests until one side has had enough. True if the connection should end politely.
  template <typename Stream>
  asio::awaitable<bool> session(Stream& stream, std::uint64_t conn) {
    beast::flat_buffer buffer;
    for (;;) {
      Parser parser;
      parser.header_limit(64 * 1024);
      parser.body_limit(boost::none);
      beast::get_lowest_layer(stream).expires_after(patience);
      const auto [no_header, n] =
          co_await http::async_read_header(stream, buffer, parser, no_throw);
      if (no_header) co_return no_header == http::error::end_of_stream;
      const Next next = co_await exchange(stream, buffer, parser, conn);
      if (next != Next::more) co_return next == Next::end;
    }
  }

  // One request and its answer.
  template <typename Stream>
  asio::awaitable<Next> exchange(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                 std::uint64_t conn) {
    tcp::socket& socket = beast::get_lowest_layer(stream).socket();
    const auto& head = parser.get();
    Request request;
    request.conn = conn;
    set_target(request, view(head.target()));
    const Effects effects = effects_of(kind_of(route_of(request.path)));
    request.number = next_request++;
    request.method = std::string(view(head.method_string()));
    request.authorization = std::string(view(head[http::field::authorization]));
    request.encoding = lower(view(head[http::field::content_encoding]));
    request.channel = std::string(view(head["X-Splunk-Request-Channel"]));
    if (request.channel.empty()) request.channel = request.query["channel"];
    bool keep_alive = head.keep_alive();
    const unsigned version = head.version();

    RequestEntry entry;
    entry.request = request.number;
    entry.conn = conn;
    entry.at_us = now_us();
    entry.method = request.method;
    entry.path = request.path;
    entry.channel = request.channel;
    entry.fault = effects.names;
    for (const auto& field : head) {
      const std::string name = lower(view(field.name_string()));
      if (name != "authorization") entry.headers[name] = std::string(view(field.value()));
    }

    if (effects.reset) set_reset(socket);
    if (effects.close == When::before_read || effects.silent) {
      journal.received(entry);
      if (effects.silent) co_await pause(patience);
      co_return Next::drop;
    }

    std::optional<std::uint64_t> length;
    if (parser.content_length()) length = *parser.content_length();
    std::optional<Answer> refused = endpoint.too_large(length, effects);
    if (refused) {
      keep_alive = false;  // the body is not read
    } else {
      if (!co_await read_body(stream, buffer, parser, effects, entry)) {
        journal.received(entry);
        co_return Next::drop;
      }
      request.body = std::move(parser.get().body());
    }

    Answer answer = refused ? std::move(*refused) : endpoint.answer(request, effects);
    if (effects.close == When::before_commit) answer.commit.clear();
    entry.reason = answer.reason;
    entry.accepted = answer.commit.size();
    journal.received(entry);

    if (effects.delay_before.count() > 0) co_await pause(effects.delay_before);
    journal.accepted(answer.commit);
    if (effects.delay_after.count() > 0) co_await pause(effects.delay_after);
    if (effects.close == When::before_commit || effects.close == When::after_commit) {
      co_return Next::drop;
    }

    http::response<http::string_body> response = made(answer, version, keep_alive, request.method);
    beast::get_lowest_layer(stream).expires_after(patience);
    if (effects.close == When::mid_answer || effects.close == When::mid_head) {
      std::ostringstream text;
      text << response;
      const std::string all = text.str();
      const std::size_t whole_head = all.size() - response.body().size();
      const std::size_t sent = effects.close == When::mid_head
                                   ? whole_head / 2
                                   : whole_head + response.body().size() / 2;
      co_await asio::async_write(stream, asio::buffer(all.data(), sent), no_throw);
      co_return Next::drop;
    }
    // First, so that whoever has the answer finds it in the journal.
    journal.answered(request.number, answer.status, answer.code);
    const auto [not_written, n] = co_await http::async_write(stream, response, no_throw);
    if (not_written) co_return Next::drop;
    if (refused) co_await drain(socket);
    co_return keep_alive ? Next::more : Next::end;
  }

  // Reads the body, or as much of it as the script allows. False: drop the connection.
  template <typename Stream>
  asio::awaitable<bool> read_body(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                  const Effects& effects, RequestEntry& entry) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [error, n] = co_await asio::async_write(stream, asio::buffer(go_on), no_throw);
      if (error) co_return false;
    }
    while (!parser.is_done()) {
      beast::get_lowest_layer(stream).expires_after(patience);
      const auto [error, n] = co_await http::async_read_some(stream, buffer, parser, no_throw);
      entry.body_bytes = parser.get().body().size();
      if (error) {
        entry.reason = "the body ended early: " + error.message();
        co_return false;
      }
      if (effects.close == When::mid_body && entry.body_bytes > 0) co_return false;
    }
    entry.body_bytes = parser.get().body().size();
    co_return effects.close != When::mid_body;
  }

  // A client in the middle of a large body would see a reset instead of the answer if we closed.
  asio::awaitable<void> drain(tcp::socket& socket) {
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    asio::steady_timer timer(io, std::chrono::seconds(1));
    timer.async_wait([&socket](error_code aborted) {
      error_code none;
      if (!aborted) socket.cancel(none);
    });
    std::vector<char> waste(65536);
    for (;;) {
      const auto [error, n] = co_await socket.async_read_some(asio::buffer(waste), no_throw);
      if (error) break;
    }
    timer.cancel();
  }

  http::response<http::string_body> made(const Answer& answer, unsigned version, bool keep_alive,
                                         const std::string& method) const {
    http::response<http::string_body> response(static_cast<http::status>(answer.status), version);
    if (!options.server_header.empty()) {
      response.set(http::field::server, options.server_header);
      response.set(http::field::vary, "Authorization");
    }
    if (!answer.body.empty()) response.set(http::field::content_type, answer.content_type);
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    response.keep_alive(keep_alive);
    response.content_length(answer.body.size());
    if (method != "HEAD") response.body() = answer.body;
    return response;
  }

  // A socket that restart() may close.
  struct Listed {
    Listed(std::set<tcp::socket*>& all, tcp::socket& socket) : set(all), mine(&socket) {
      set.insert(mine);
    }
    ~Listed() { set.erase(mine); }
    std::set<tcp::socket*>& set;
    tcp::socket* mine;
  };

  ServerOptions options;
  Journal journal;
  Endpoint endpoint;
  FaultScript script;
  std::chrono::steady_clock::time_point script_set = std::chrono::steady_clock::now();
  std::uint64_t connections_seen = 0;
  std::uint64_t requests_seen = 0;
  std::map<On, std::uint64_t> seen_by_kind;
  std::uint64_t next_connection = 0;
  std::uint64_t next_request = 0;
  std::uint16_t port = 0;
  std::set<tcp::socket*> open;
  ssl::context tls{ssl::context::tls_server};
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  std::thread thread;
};

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;

std::uint16_t Server::port() const noexcept { return impl_->port; }

std::string Server::authority() const {
  return impl_->options.address + ":" + std::to_string(impl_->port);
}

std::string Server::url() const {
  return (impl_->options.cert.cert_pem.empty() ? "http://" : "https://") + authority();
}

Journal& Server::journal() noexcept { return impl_->journal; }

void Server::set_script(FaultScript script) {
  impl_->on_thread([&] {
    impl_->script = std::move(script);
    impl_->script_set = std::chrono::steady_clock::now();
    impl_->connections_seen = 0;
    impl_->requests_seen = 0;
    impl_->seen_by_kind.clear();
  });
}

void Server::set_tokens(std::vector<Token> tokens) {
  impl_->on_thread([&] { impl_->endpoint.set_tokens(std::move(tokens)); });
}

void Server::restart() {
  impl_->on_thread([&] {
    impl_->endpoint.forget_acks();
    error_code ignored;
    for (tcp::socket* socket : impl_->open) socket->close(ignored);
  });
}

}  // namespace ktel::test::hec
