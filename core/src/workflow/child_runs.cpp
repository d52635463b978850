// serve_runs: see the header.
#include "workflow/child_runs.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/quiet_thread.hpp"
#include "isolation/bytes.hpp"
#include "isolation/confine.hpp"
#include "isolation/message.hpp"
#include "plugin/loaded.hpp"
#include "workflow/child_hello.hpp"
#include "workflow/recorded_run.hpp"
#include "workflow/run_message.hpp"

namespace ktel::workflow {
namespace {

using isolation::Kind;
using isolation::Message;

constexpr std::size_t largest_request = std::size_t{1} << 30;

// What a job throws ends the process here, however both were compiled. Through a type that may
// throw: of one that may not, the compiler leaves out the handler, and it is caught somewhere else.
ktel_status call_job(const ktel_job& job, ktel_call* call, void* self) noexcept {
  ktel_status (*const run)(ktel_call*, void*, const ktel_job*) = job.run;
  return run(call, self, &job);
}

class Child {
 public:
  Child(int fd, std::string version) : fd_(fd), version_(std::move(version)) {}

  int serve() {
    std::thread reader;
    std::optional<Message> message = read_first();
    if (!message || message->kind != Kind::hello) return 1;
    send(Kind::hello, version_);
    Result<ChildHello> hello = read_child_hello(message->bytes);
    if (!hello || hello->version != version_) return 1;  // the parent has seen whose fault it is
    plugin_ = std::move(hello->plugin);
    isolation::confine(plugin_.file.parent_path());
    reader = quiet_thread([this] { read_on(); });
    reader.detach();  // ends the process
    while ((message = next())) {
      if (message->kind == Kind::start) start();
      if (message->kind == Kind::run) run(message->bytes);
    }
    return 1;
  }

 private:
  // Before there is a second thread: the hello alone.
  std::optional<Message> read_first() {
    for (;;) {
      auto message = messages_.next();
      if (!message) return std::nullopt;
      if (*message) return std::move(**message);
      if (!read_some()) return std::nullopt;
    }
  }

  bool read_some() {
    char buffer[64 * 1024];
    ssize_t got = 0;
    do {
      got = ::read(fd_, buffer, sizeof buffer);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) return false;
    messages_.feed({buffer, static_cast<std::size_t>(got)});
    return true;
  }

  void read_on() {
    for (;;) {
      auto message = messages_.next();
      if (!message) ::_exit(1);
      if (!*message) {
        if (!read_some()) ::_exit(0);  // the parent is gone: whatever runs here has no reader
        continue;
      }
      const std::lock_guard lock(mutex_);
      if ((*message)->kind == Kind::cancel) {
        if (running_ != nullptr) running_->cancel(KTEL_E_CANCELLED);
        continue;
      }
      waiting_.push_back(std::move(**message));
      came_.notify_one();
    }
  }

  std::optional<Message> next() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !waiting_.empty(); });
    Message message = std::move(waiting_.front());
    waiting_.pop_front();
    return message;
  }

  // From any thread: a plugin may log on one of its own.
  void send(Kind kind, std::string_view bytes) {
    const std::string frames = isolation::frames_of(kind, bytes);
    std::string_view rest = frames;
    const std::lock_guard lock(sending_);
    while (!rest.empty()) {
      const ssize_t sent = ::write(fd_, rest.data(), rest.size());
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) ::_exit(0);
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  Logger logger() {
    return Logger(
        [this](LogLevel level, std::string_view, std::string_view text) {
          isolation::BytesOut out;
          out.byte(static_cast<std::uint8_t>(level));
          out.text(text);
          send(Kind::log, out.take());
        },
        nullptr);
  }

  void start() {
    auto loaded = plugin::Loaded::load(plugin_, version_);
    if (!loaded) return send(Kind::refused, loaded.error().message);
    plugin::HostCall call(logger());
    const auto self = (*loaded)->start(call);
    call.close();
    if (!self) return send(Kind::refused, self.error().message);
    self_ = *self;
    loaded_ = std::move(loaded).value();
    send(Kind::ready, {});
  }

  void run(std::string_view bytes) {
    auto request = read_run_request(bytes);
    const bool known = request && loaded_ && request->job < plugin_.declared.jobs.size();
    if (!known) return send(Kind::refused, request ? "no such job" : request.error().message);
    PreparedJob prepared;
    prepared.ref = {&plugin_, request->job};
    prepared.masked = request->masked;
    prepared.params = std::move(request->params);
    prepared.reads = prepared.job().reads;
    prepared.reads.resize(request->reads.size());
    prepared.params.resize(prepared.job().params.size());
    request->needs.resize(prepared.job().needs.size());
    const auto context = std::make_shared<RecordedRun>(prepared, std::move(request->reads),
                                                       std::move(request->needs), request->now_us,
                                                       request->deadline, logger());
    set_running(context.get());
    const ktel_status status = call_job(*loaded_->job(request->job), context.get(), self_);
    context->close();
    set_running(nullptr);
    if (context->too_much()) {
      send(Kind::result, run_result(KTEL_E_LIMIT, "it put more than a report can hold", false, {}));
    } else {
      send(Kind::result,
           run_result(status, context->reason(), context->misused(), context->calls()));
    }
    rested_.push_back(context);  // what the plugin does with it now is seen, and no crash
  }

  void set_running(RunContext* context) {
    const std::lock_guard lock(mutex_);
    running_ = context;
  }

  const int fd_;
  const std::string version_;
  plugin::CatalogPlugin plugin_;
  isolation::Messages messages_{largest_request};
  std::shared_ptr<plugin::Loaded> loaded_;
  void* self_ = nullptr;
  std::vector<std::shared_ptr<RunContext>> rested_;
  std::mutex sending_;
  std::mutex mutex_;  // of what follows
  std::condition_variable came_;
  std::deque<Message> waiting_;
  RunContext* running_ = nullptr;
};

}  // namespace

int serve_runs(int fd, const std::string& version) { return Child(fd, version).serve(); }

}  // namespace ktel::workflow
