// HttpClient: libcurl says which sockets and timer it waits for, asio waits, libcurl acts.
//
// Everything but send() runs on the client's thread, which owns the multi handle and all transfers.
#include "base/http.hpp"

#include <curl/curl.h>
#include <signal.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <future>
#include <optional>
#include <thread>
#include <unordered_map>

#include "base/http_transfer.hpp"

namespace ktel {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A socket of libcurl's, lent to asio while libcurl waits for it. asio never closes it.
struct WatchedSocket {
  WatchedSocket(asio::io_context& io, curl_socket_t fd) : number(fd), descriptor(io, fd) {}

  curl_socket_t number;
  asio::posix::stream_descriptor descriptor;
  int wanted = CURL_POLL_NONE;
  bool waiting_to_read = false;
  bool waiting_to_write = false;
};

void init_curl_once() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

// A server that went away shows as an error of the write, not as the end of the embedder's process.
void block_sigpipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

}  // namespace

class HttpClient::Impl {
 public:
  Impl() : timer_(io_), work_(io_.get_executor()) {
    init_curl_once();
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::socket_callback);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::timer_callback);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    thread_ = std::thread([this] {
      block_sigpipe();
      io_.run();
    });
  }

  ~Impl() {
    asio::post(io_, [this] { shut_down(); });
    thread_.join();
  }

  void send(HttpRequest request, std::stop_token stop, std::function<void(HttpResponse)> done) {
    auto transfer = std::make_shared<HttpTransfer>(std::move(request), std::move(done));
    asio::post(io_, [this, transfer = std::move(transfer), stop = std::move(stop)]() mutable {
      start(std::move(transfer), std::move(stop));
    });
  }

 private:
  void start(std::shared_ptr<HttpTransfer> transfer, std::stop_token stop) {
    if (!transfer->prepare()) return transfer->end(CURLE_FAILED_INIT);
    if (closed_ || stop.stop_requested()) return transfer->end_stopped();
    CURL* const handle = transfer->handle();
    if (curl_multi_add_handle(multi_, handle) != CURLM_OK) return transfer->end(CURLE_FAILED_INIT);
    // The stop may come on any thread, so it is only passed on here.
    transfer->on_stop = std::make_unique<std::stop_callback<std::function<void()>>>(
        stop, [this, weak = std::weak_ptr(transfer)] {
          asio::post(io_, [this, weak] {
            if (const auto stopped = weak.lock()) end(*stopped, std::nullopt);
          });
        });
    transfers_.emplace(handle, std::move(transfer));
  }

  // No code: it was stopped.
  void end(HttpTransfer& transfer, std::optional<CURLcode> code) {
    const auto found = transfers_.find(transfer.handle());
    if (found == transfers_.end()) return;
    const std::shared_ptr<HttpTransfer> ended = std::move(found->second);
    transfers_.erase(found);
    curl_multi_remove_handle(multi_, ended->handle());
    ended->on_stop.reset();
    code ? ended->end(*code) : ended->end_stopped();
  }

  void shut_down() {
    closed_ = true;
    while (!transfers_.empty()) end(*transfers_.begin()->second, std::nullopt);
    curl_multi_cleanup(multi_);
    for (auto& [number, socket] : sockets_) socket->descriptor.release();
    sockets_.clear();
    timer_.cancel();
    work_.reset();
  }

  static int timer_callback(CURLM*, long timeout_ms, void* self) {
    static_cast<Impl*>(self)->set_timer(timeout_ms);
    return 0;
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
    static_cast<Impl*>(self)->set_socket(number, wanted);
    return 0;
  }

  void set_socket(curl_socket_t number, int wanted) {
    const auto found = sockets_.find(number);
    if (wanted == CURL_POLL_REMOVE) {
      if (found == sockets_.end()) return;
      found->second->wanted = CURL_POLL_NONE;
      found->second->descriptor.release();
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
    int running = 0;
    curl_multi_socket_action(multi_, socket, mask, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      end(*HttpTransfer::of(message->easy_handle), code);
    }
  }

  asio::io_context io_{1};
  asio::steady_timer timer_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  CURLM* multi_ = nullptr;
  std::unordered_map<curl_socket_t, std::shared_ptr<WatchedSocket>> sockets_;
  std::unordered_map<CURL*, std::shared_ptr<HttpTransfer>> transfers_;
  bool closed_ = false;
  std::thread thread_;
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::~HttpClient() = default;

void HttpClient::send(HttpRequest request, std::stop_token stop,
                      std::function<void(HttpResponse)> done) {
  impl_->send(std::move(request), std::move(stop), std::move(done));
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
