// open_sink: the host's I/O around an open backend: over HTTP, or on a thread of the sink's own.
#include "delivery/sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <optional>
#include <thread>

#include "base/proxy.hpp"
#include "delivery/gzip.hpp"
#include "delivery/open_backend.hpp"

namespace ktel::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds connect_timeout{10'000};
constexpr milliseconds request_timeout{30'000};
constexpr milliseconds own_io_timeout{60'000};

Cause cause_of(HttpCause cause) {
  switch (cause) {
    case HttpCause::none:
      return Cause::none;
    case HttpCause::dns:
      return Cause::dns;
    case HttpCause::connect:
      return Cause::connect;
    case HttpCause::tls:
      return Cause::tls;
    case HttpCause::timeout:
      return Cause::timeout;
    case HttpCause::stopped:
      return Cause::stopped;
    case HttpCause::io:
    case HttpCause::too_large:
      return Cause::io;
  }
  return Cause::io;
}

// The first of what was chosen for the destination, and no more than the attempt has; 0: no limit.
milliseconds time_for(milliseconds limit, std::initializer_list<milliseconds> choices) {
  const auto* const chosen = std::find_if(
      choices.begin(), choices.end(), [](milliseconds choice) { return choice > milliseconds{0}; });
  return limit > milliseconds{0} ? std::min(*chosen, limit) : *chosen;
}

Result<std::string> proxy_on_the_way(const Destination& destination, const SinkServices& services,
                                     std::string_view url) {
  if (!destination.proxy.empty() || !services.env) return destination.proxy;
  Result<std::string> proxy = find_proxy(url, services.env);
  if (proxy) services.secrets->add_password_of(*proxy);
  return proxy;
}

Polled nothing_known(const std::vector<std::uint64_t>& tokens, Attempt destination) {
  Attempt pending;
  pending.outcome = Outcome::pending;
  return {.reports = std::vector<Attempt>(tokens.size(), pending),
          .destination = std::move(destination)};
}

Result<Preview> preview_of(OpenBackend& backend, const Outgoing& report) {
  auto pushed = backend.encode(report);
  if (!pushed) return pushed.error();
  if (pushed->gzip) pushed->request.headers.emplace_back("Content-Encoding", "gzip");
  return std::move(pushed->request);
}

class HttpSink : public Sink {
 public:
  HttpSink(std::shared_ptr<OpenBackend> backend, std::shared_ptr<HttpClient> http)
      : backend_(std::move(backend)),
        http_(std::move(http)),
        tls_(std::make_shared<const TlsSettings>(backend_->destination().tls)) {}

  const Destination& destination() const noexcept override { return backend_->destination(); }
  Result<Preview> preview(const Outgoing& report) override { return preview_of(*backend_, report); }

  void send(Outgoing report, std::stop_token stop, std::function<void(Answer)> done) override {
    if (stop.stop_requested()) return done(stopped());
    auto pushed = backend_->encode(report);
    auto request = pushed ? make_request(std::move(*pushed), report.limit)
                          : Result<HttpRequest>(pushed.error());
    if (!request) return done(not_encoded(request.error()));
    if (tls_->insecure) {
      backend_->services().log.warn(
          fmt::format("insecure=1: the certificate of {} is not checked", destination().authority));
    }
    // The answer may come when the sink is gone: the handler keeps the backend open, but not the
    // client, which must not end on its own thread.
    http_->send(std::move(*request), stop,
                [backend = backend_, report = std::make_shared<const Outgoing>(std::move(report)),
                 done = std::move(done)](HttpResponse response) {
                  const auto kept = std::make_shared<HttpResponse>(std::move(response));
                  done(Answer([backend, report, kept] {
                    return judge(*backend, *report, std::move(*kept));
                  }));
                });
  }

  void poll(std::vector<std::uint64_t> tokens, std::stop_token stop,
            std::function<void(PollAnswer)> done) override {
    if (stop.stop_requested()) return done(nothing_known(tokens, stopped()));
    auto pushed = backend_->encode_poll(tokens);
    auto request = pushed ? make_request(std::move(*pushed), milliseconds{0})
                          : Result<HttpRequest>(pushed.error());
    if (!request) return done(nothing_known(tokens, not_encoded(request.error())));
    http_->send(std::move(*request), stop,
                [backend = backend_, tokens = std::move(tokens),
                 done = std::move(done)](HttpResponse response) {
                  const auto kept = std::make_shared<HttpResponse>(std::move(response));
                  done(PollAnswer([backend, tokens, kept] {
                    return kept->cause == HttpCause::none
                               ? backend->decode_poll(tokens, std::move(*kept))
                               : nothing_known(tokens, lost(*backend, *kept));
                  }));
                });
  }

  Result<void> reopen() override { return backend_->reopen(); }

 private:
  // `limit`: 0 for none.
  Result<HttpRequest> make_request(Pushed pushed, milliseconds limit) {
    auto headers = backend_->headers(pushed);
    if (!headers) return headers.error();
    auto proxy = proxy_on_the_way(destination(), backend_->services(), pushed.request.url);
    if (!proxy) return Error{Errc::not_found, proxy.error().message};  // not the report's fault
    HttpRequest request;
    request.method = pushed.request.method;
    request.url = pushed.request.url;
    request.headers = std::move(*headers);
    request.body = std::move(pushed.request.body);
    if (pushed.gzip) {
      request.body = gzip(request.body);
      request.headers.emplace_back("Content-Encoding", "gzip");
    }
    request.tls = tls_;
    request.proxy = std::move(*proxy);
    request.http2 = false;
    request.total_timeout =
        time_for(limit, {destination().timeout, pushed.timeout,
                         milliseconds(backend_->declaration().timeout_ms), request_timeout});
    request.connect_timeout = std::min(connect_timeout, request.total_timeout);
    request.idle_timeout = request.total_timeout;
    return request;
  }

  static Attempt judge(OpenBackend& backend, const Outgoing& report, HttpResponse response) {
    if (response.cause == HttpCause::none) return backend.decode(report, std::move(response));
    return lost(backend, response);
  }

  // No complete answer came.
  static Attempt lost(OpenBackend& backend, const HttpResponse& response) {
    if (response.cause == HttpCause::stopped) return stopped();
    Attempt attempt;
    attempt.cause = cause_of(response.cause);
    attempt.text = backend.services().secrets->scrub(response.error);
    if (attempt.cause == Cause::tls) {
      attempt.text += " (whom to trust: --ca-file FILE, or ca=, server_name=, pin= in the URL)";
    }
    return attempt;
  }

  std::shared_ptr<OpenBackend> backend_;
  std::shared_ptr<HttpClient> http_;
  std::shared_ptr<const TlsSettings> tls_;
};

// One delivery at a time, in order, on one thread. A stop answers at once, whatever the plugin is
// doing; what it says later is dropped.
class OwnIoSink : public Sink {
 public:
  explicit OwnIoSink(std::shared_ptr<OpenBackend> backend)
      : work_(std::make_shared<Work>(std::move(backend))),
        // Shared with the thread, which a plugin that hangs may keep longer than the sink lives.
        thread_([work = work_] { work->run(); }) {}

  ~OwnIoSink() override {
    work_->end();
    const bool own_thread = thread_.get_id() == std::this_thread::get_id();
    if (!own_thread && work_->wait_for_end(std::chrono::seconds(5))) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }

  const Destination& destination() const noexcept override { return work_->backend->destination(); }
  Result<Preview> preview(const Outgoing& report) override {
    return preview_of(*work_->backend, report);
  }
  void send(Outgoing report, std::stop_token stop, std::function<void(Answer)> done) override {
    work_->add(std::make_shared<Item>(std::move(report), std::move(stop), std::move(done)));
  }

 private:
  struct Item {
    Item(Outgoing outgoing, std::stop_token token, std::function<void(Answer)> then)
        : report(std::move(outgoing)), stop(std::move(token)), done(std::move(then)) {}

    void answer(Attempt attempt) {
      if (!answered.exchange(true)) done(std::move(attempt));
    }

    Outgoing report;
    std::stop_token stop;
    std::function<void(Answer)> done;
    std::atomic<bool> answered{false};
  };

  struct Work {
    explicit Work(std::shared_ptr<OpenBackend> open) : backend(std::move(open)) {}

    void add(std::shared_ptr<Item> item) {
      const std::lock_guard lock(mutex);
      items.push_back(std::move(item));
      changed.notify_all();
    }

    void end() {
      ending.request_stop();
      const std::lock_guard lock(mutex);
      changed.notify_all();
    }

    bool wait_for_end(std::chrono::seconds limit) {
      std::unique_lock lock(mutex);
      return changed.wait_for(lock, limit, [&] { return ended; });
    }

    void run() {
      while (const auto item = next()) deliver(*item);
      const std::lock_guard lock(mutex);
      ended = true;
      changed.notify_all();
    }

    // Null at the end, when nothing waits any more.
    std::shared_ptr<Item> next() {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !items.empty() || ending.stop_requested(); });
      if (items.empty()) return nullptr;
      auto item = std::move(items.front());
      items.pop_front();
      return item;
    }

    void deliver(Item& item) {
      if (ending.stop_requested()) return item.answer(stopped());
      std::stop_source cancel;
      const auto give_up = [&] {
        item.answer(stopped());  // before the plugin hears of it, and answers in its own way
        cancel.request_stop();
      };
      const std::stop_callback at_stop(item.stop, give_up);
      const std::stop_callback at_end(ending.get_token(), give_up);
      if (cancel.stop_requested()) return;
      const auto limit = time_for(
          item.report.limit, {backend->destination().timeout,
                              milliseconds(backend->declaration().timeout_ms), own_io_timeout});
      const auto deadline = std::chrono::steady_clock::now() + limit;
      item.answer(backend->deliver(item.report, cancel.get_token(), deadline));
    }

    std::shared_ptr<OpenBackend> backend;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::shared_ptr<Item>> items;
    std::stop_source ending;
    bool ended = false;
  };

  std::shared_ptr<Work> work_;
  std::thread thread_;
};

}  // namespace

void Sink::poll(std::vector<std::uint64_t> tokens, std::stop_token /*stop*/,
                std::function<void(PollAnswer)> done) {
  done(nothing_known(tokens, {}));
}

Result<std::shared_ptr<Sink>> open_sink(const LoadedBackend& backend, Destination destination,
                                        std::map<std::string, std::string> secret_params,
                                        SinkServices services) {
  const plugin::Backend& declaration = *backend.declaration;
  if (!declaration.own_io && destination.authority.empty()) {
    return Error{Errc::bad_input,
                 fmt::format("report server {} has no host: write it like {}://HOST",
                             destination.url, destination.scheme)};
  }
  if (!declaration.own_io) {
    // A request goes out over TLS, or to this machine: so a proxy that cannot be used shows here.
    const auto proxy = proxy_on_the_way(destination, services, "https://" + destination.authority);
    if (!proxy) return proxy.error();
  }
  for (const auto& [name, secret] : secret_params) services.secrets->add(secret);
  services.secrets->add(destination.tls.client_key_pem);
  auto params = bind_params(declaration, destination, secret_params);
  if (!params) return params.error();

  const auto http = std::exchange(services.http, nullptr);
  auto opened =
      OpenBackend::open(backend, std::move(destination), std::move(*params), std::move(services));
  if (!opened) return opened.error();
  if (declaration.own_io) return std::shared_ptr<Sink>(std::make_shared<OwnIoSink>(*opened));
  return std::shared_ptr<Sink>(std::make_shared<HttpSink>(*opened, http));
}

}  // namespace ktel::delivery
