// HttpClient: libcurl says which sockets and timer it waits for, asio waits, libcurl acts.
//
// Everything but send() runs on the client's thread, which owns the multi handle and all transfers.
#include "base/http.hpp"

#include <curl/curl.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <exception>
#include <future>
#include <optional>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/http_transfer.hpp"
#include "base/quiet_thread.hpp"

namespace ktel {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// More requests than these can carry wait their turn: one HTTP/2 connection and a few for bulk
// lists, or a few for reports.
constexpr long max_connections_to_a_server = 8;

// Idle ones included, to all servers. libcurl's own bound follows the requests under way, and
// closes what the next request could have used.
constexpr long max_connections_kept = 32;

// Fewer than the streams a server allows on one HTTP/2 connection (100 as a rule), so that one is
// enough. The rest wait here, where their timeouts do not run yet.
constexpr std::size_t max_under_way = 32;

// A socket of libcurl's, lent to asio while libcurl waits for it. asio never closes it.
struct WatchedSocket {
  WatchedSocket(asio::io_context& io, curl_socket_t fd) : number(fd), descriptor(io, fd) {}

  curl_socket_t number;
  asio::posix::stream_descriptor descriptor;
  int wanted = CURL_POLL_NONE;
  bool waiting_to_read = false;
  bool waiting_to_write = false;
};

bool curl_works() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  return once == CURLE_OK;
}

// One multi handle: its transfers, and what it waits for. Without a handle (no memory, no libcurl)
// all its transfers fail.
class Loop {
 public:
  explicit Loop(asio::io_context& io)
      : io_(io), timer_(io), multi_(curl_works() ? curl_multi_init() : nullptr) {
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, max_connections_to_a_server);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, max_connections_kept);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::socket_callback);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::timer_callback);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start(std::shared_ptr<HttpTransfer> transfer, std::stop_token stop) {
    if (!transfer->prepare() || multi_ == nullptr) return transfer->end(CURLE_FAILED_INIT);
    if (closed_ || stop.stop_requested()) return transfer->end_stopped();
    // The stop may come on any thread, so it is only passed on here.
    transfer->on_stop = std::make_unique<std::stop_callback<std::function<void()>>>(
        stop, [this, weak = std::weak_ptr(transfer)] {
          asio::post(io_, [this, weak] {
            if (const auto stopped = weak.lock()) end(stopped, std::nullopt);
          });
        });
    waiting_.push_back(std::move(transfer));
    start_waiting();
  }

  void shut_down() {
    closed_ = true;
    while (!waiting_.empty()) end(std::shared_ptr(waiting_.front()), std::nullopt);
    while (!under_way_.empty()) end(std::shared_ptr(under_way_.begin()->second), std::nullopt);
    curl_multi_cleanup(multi_);
    // Handlers that are queued already hold their socket, and find that nothing is wanted of it.
    for (auto& [number, socket] : sockets_) forget(*socket);
    sockets_.clear();
    timer_.cancel();
  }

 private:
  void start_waiting() {
    while (!waiting_.empty() && under_way_.size() < max_under_way) {
      const std::shared_ptr<HttpTransfer> next = std::move(waiting_.front());
      waiting_.pop_front();
      under_way_.emplace(next->handle(), next);
      if (curl_multi_add_handle(multi_, next->handle()) != CURLM_OK) end(next, CURLE_FAILED_INIT);
    }
  }

  // No code: it was stopped. A second end of the same transfer does nothing.
  void end(const std::shared_ptr<HttpTransfer>& transfer, std::optional<CURLcode> code) {
    if (under_way_.erase(transfer->handle()) > 0) {
      curl_multi_remove_handle(multi_, transfer->handle());
    } else {
      std::erase(waiting_, transfer);
    }
    transfer->on_stop.reset();
    code ? transfer->end(*code) : transfer->end_stopped();
    if (!closed_) start_waiting();
  }

  // libcurl is C: what is thrown ends here, and -1 makes libcurl give up (see act()).
  template <class Callback>
  static int guarded(Callback callback) noexcept {
    try {
      callback();
      return 0;
    } catch (const std::exception&) {  // no memory, or epoll takes no more sockets
      return -1;
    }
  }

  static int timer_callback(CURLM*, long timeout_ms, void* self) {
    return guarded([&] { static_cast<Loop*>(self)->set_timer(timeout_ms); });
  }

  void set_timer(long timeout_ms) {
    if (timeout_ms < 0) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    timer_.async_wait([this](error_code failed) {
      if (!failed) act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  static int socket_callback(CURL*, curl_socket_t number, int wanted, void* self, void*) {
    return guarded([&] { static_cast<Loop*>(self)->set_socket(number, wanted); });
  }

  static void forget(WatchedSocket& socket) {
    socket.wanted = CURL_POLL_NONE;
    socket.descriptor.release();
  }

  void set_socket(curl_socket_t number, int wanted) {
    const auto found = sockets_.find(number);
    if (wanted == CURL_POLL_REMOVE) {
      if (found == sockets_.end()) return;
      forget(*found->second);
      sockets_.erase(found);
      return;
    }
    const std::shared_ptr<WatchedSocket>& socket =
        found != sockets_.end()
            ? found->second
            : sockets_.emplace(number, std::make_shared<WatchedSocket>(io_, number)).first->second;
    socket->wanted = wanted;
    wait(socket);
  }

  // Waits are for one event each; renewed as long as libcurl wants them.
  void wait(const std::shared_ptr<WatchedSocket>& socket) {
    if ((socket->wanted & CURL_POLL_IN) && !std::exchange(socket->waiting_to_read, true)) {
      socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                    [this, socket](error_code failed) {
                                      socket->waiting_to_read = false;
                                      if (!failed) ready(socket, CURL_POLL_IN, CURL_CSELECT_IN);
                                    });
    }
    if ((socket->wanted & CURL_POLL_OUT) && !std::exchange(socket->waiting_to_write, true)) {
      socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                    [this, socket](error_code failed) {
                                      socket->waiting_to_write = false;
                                      if (!failed) ready(socket, CURL_POLL_OUT, CURL_CSELECT_OUT);
                                    });
    }
  }

  void ready(const std::shared_ptr<WatchedSocket>& socket, int event, int mask) {
    if (!(socket->wanted & event)) return;  // no longer wanted, or given back
    act(socket->number, mask);
    wait(socket);
  }

  void act(curl_socket_t socket, int mask) {
    if (closed_) return;  // the handler was queued before shut_down()
    int running = 0;
    const CURLMcode acted = curl_multi_socket_action(multi_, socket, mask, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto ended = under_way_.find(message->easy_handle);
      if (ended != under_way_.end()) end(std::shared_ptr(ended->second), code);
    }
    if (acted == CURLM_OK) return;
    // libcurl drives none of them any further; it starts anew once all are gone.
    const auto lost = under_way_;
    for (const auto& [handle, transfer] : lost) end(transfer, CURLE_ABORTED_BY_CALLBACK);
  }

  asio::io_context& io_;
  asio::steady_timer timer_;
  CURLM* multi_;
  std::unordered_map<curl_socket_t, std::shared_ptr<WatchedSocket>> sockets_;
  std::deque<std::shared_ptr<HttpTransfer>> waiting_;
  std::unordered_map<CURL*, std::shared_ptr<HttpTransfer>> under_way_;
  bool closed_ = false;
};

}  // namespace

class HttpClient::Impl {
 public:
  Impl() : work_(io_.get_executor()) {
    thread_ = quiet_thread([this] { io_.run(); });
  }

  ~Impl() {
    asio::post(io_, [this] {
      http1_.shut_down();
      http2_.shut_down();
      closed_ = true;
      for (const auto& wait : waits_) wait->timer.cancel();
      work_.reset();
    });
    thread_.join();
  }

  void send(HttpRequest request, std::stop_token stop, std::function<void(HttpResponse)> done) {
    Loop& loop = request.http2 ? http2_ : http1_;
    auto transfer = std::make_shared<HttpTransfer>(std::move(request), std::move(done));
    asio::post(io_, [&loop, transfer = std::move(transfer), stop = std::move(stop)]() mutable {
      loop.start(std::move(transfer), std::move(stop));
    });
  }

  void wait(std::chrono::milliseconds delay, std::stop_token stop, std::function<void(bool)> then) {
    asio::post(io_, [this, delay, stop = std::move(stop), then = std::move(then)]() mutable {
      auto wait = std::make_shared<Wait>(Wait{asio::steady_timer(io_, delay), nullptr});
      waits_.insert(wait);
      wait->timer.async_wait([this, wait, then = std::move(then)](error_code cancelled) {
        wait->on_stop.reset();
        waits_.erase(wait);
        then(cancelled.failed());
      });
      // The stop may come on any thread, also at once.
      wait->on_stop = std::make_unique<std::stop_callback<std::function<void()>>>(
          stop, [this, weak = std::weak_ptr(wait)] {
            asio::post(io_, [weak] {
              if (const auto stopped = weak.lock()) stopped->timer.cancel();
            });
          });
      if (closed_) wait->timer.cancel();
    });
  }

 private:
  struct Wait {
    asio::steady_timer timer;
    std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop;
  };

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  // One for each protocol: libcurl 7.88 confuses idle connections of both in one multi handle
  // ("Received HTTP/1.1 when not allowed").
  Loop http1_{io_};
  Loop http2_{io_};
  std::unordered_set<std::shared_ptr<Wait>> waits_;
  bool closed_ = false;
  std::thread thread_;
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::~HttpClient() = default;

void HttpClient::send(HttpRequest request, std::stop_token stop,
                      std::function<void(HttpResponse)> done) {
  impl_->send(std::move(request), std::move(stop), std::move(done));
}

void HttpClient::wait(std::chrono::milliseconds delay, std::stop_token stop,
                      std::function<void(bool)> then) {
  impl_->wait(delay, std::move(stop), std::move(then));
}

HttpResponse HttpClient::send_and_wait(HttpRequest request, std::stop_token stop) {
  std::promise<HttpResponse> promise;
  send(std::move(request), std::move(stop),
       [&promise](HttpResponse response) { promise.set_value(std::move(response)); });
  return promise.get_future().get();
}

std::string_view HttpResponse::header(std::string_view lower_case_name) const noexcept {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

}  // namespace ktel
