// Pool: see the header.
#include "workflow/pool.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "base/quiet_thread.hpp"

namespace ktel::workflow {
namespace {

using Context = boost::asio::io_context;

struct Worker {
  std::thread thread;
  std::shared_ptr<std::atomic<bool>> abandoned = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace

// Held by every thread, so that an abandoned one outlives the Pool without harm.
struct Pool::Shared : std::enable_shared_from_this<Pool::Shared> {
  // Declared first, so that it goes last: what waits in `context` may still refer to it.
  Context control;
  boost::asio::executor_work_guard<Context::executor_type> control_work{control.get_executor()};
  Context context;
  boost::asio::executor_work_guard<Context::executor_type> work{context.get_executor()};
  std::thread control_thread;
  std::mutex mutex;
  std::map<std::thread::id, Worker> workers;

  void start_control() {
    control_thread = quiet_thread([this] { control.run(); });
  }

  void start_one() {
    Worker worker;
    worker.thread = quiet_thread([self = shared_from_this(), abandoned = worker.abandoned] {
      while (!*abandoned && self->context.run_one() > 0) {
      }
    });
    const std::thread::id id = worker.thread.get_id();
    workers.emplace(id, std::move(worker));
  }

  void stop() {
    control_work.reset();
    control.stop();
    if (control_thread.joinable()) control_thread.join();
    work.reset();
    context.stop();
    std::map<std::thread::id, Worker> last;
    {
      const std::lock_guard lock(mutex);
      last.swap(workers);
    }
    for (auto& [id, worker] : last) worker.thread.join();
  }
};

Pool::Pool(unsigned threads) : shared_(std::make_shared<Shared>()) {
  try {
    shared_->start_control();
    const std::lock_guard lock(shared_->mutex);
    for (unsigned i = 0; i < threads; ++i) shared_->start_one();
  } catch (...) {
    shared_->stop();  // the system has no more threads: those there are must end
    throw;
  }
}

Pool::~Pool() { shared_->stop(); }

void Pool::run_apart(std::function<void()> work) {
  quiet_thread([shared = shared_, work = std::move(work)]() mutable {
    work();
    work = nullptr;  // before the pool it may refer to
  }).detach();
}

boost::asio::io_context::executor_type Pool::executor() noexcept {
  return shared_->context.get_executor();
}

boost::asio::io_context::executor_type Pool::control() noexcept {
  return shared_->control.get_executor();
}

void Pool::abandon(std::thread::id thread) {
  const std::lock_guard lock(shared_->mutex);
  const auto found = shared_->workers.find(thread);
  if (found == shared_->workers.end()) return;
  *found->second.abandoned = true;
  found->second.thread.detach();
  shared_->workers.erase(found);
  shared_->start_one();
}

}  // namespace ktel::workflow
