// PluginRuntimes: see the header.
#include "workflow/plugin_runtimes.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <utility>

#include "plugin/host_call.hpp"

namespace ktel::workflow {

namespace {

bool runs_apart(const plugin::CatalogPlugin& plugin, Isolate mode) {
  if (plugin.linked != nullptr || mode == Isolate::never) return false;
  return mode == Isolate::always || !plugin.builtin || plugin.declared.isolate;
}

}  // namespace

PluginRuntime::PluginRuntime(plugin::CatalogPlugin plugin, Pool& pool, std::string host_version,
                             Logger log, const std::filesystem::path& child_program)
    : strand(pool.executor()),
      plugin_(std::move(plugin)),
      host_version_(std::move(host_version)),
      log_(std::move(log)) {
  if (!child_program.empty()) child_.emplace(plugin_, child_program, host_version_);
}

Result<void> PluginRuntime::start() {
  if (up_) return {};
  const std::lock_guard lock(start_mutex_);
  if (started_) return *started_;
  starting_ = true;
  started_ = [this]() -> Result<void> {
    auto loaded = plugin::Loaded::load(plugin_, host_version_);
    if (!loaded) return loaded.error();
    plugin::HostCall call(log_);
    const Result<void*> self = loaded.value()->start(call);
    call.close();
    if (!self) return self.error();
    loaded_ = std::move(loaded).value();
    self_ = self.value();
    return {};
  }();
  starting_ = false;
  up_ = started_->has_value();
  return *started_;
}

std::string PluginRuntime::stuck_in() const {
  if (!stuck_) return {};
  const std::lock_guard lock(mutex_);
  return stuck_in_;
}

void PluginRuntime::set_stuck_in(std::string function) {
  const std::lock_guard lock(mutex_);
  stuck_in_ = std::move(function);
  stuck_ = true;
}

void PluginRuntime::rest() {
  const std::unique_lock alone(*exclusion, std::try_to_lock);
  if (child_ && alone) child_->end();
}

void PluginRuntime::stop() noexcept {
  if (!stuck_in().empty()) return;
  const std::lock_guard lock(start_mutex_);
  if (loaded_) loaded_->stop();
}

PluginRuntimes::PluginRuntimes(Pool& pool, std::string host_version, Logger log,
                               Isolation isolation)
    : pool_(pool),
      host_version_(std::move(host_version)),
      log_(std::move(log)),
      isolation_(std::move(isolation)) {}

PluginRuntimes::~PluginRuntimes() {
  for (auto& [id, runtime] : runtimes_) runtime->stop();
}

std::shared_ptr<PluginRuntime> PluginRuntimes::get(const plugin::CatalogPlugin& plugin) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<PluginRuntime>& runtime = runtimes_[plugin.declared.id];
  if (!runtime) {
    runtime = std::make_shared<PluginRuntime>(
        plugin, pool_, host_version_, log_.named(plugin.declared.id),
        runs_apart(plugin, isolation_.mode) ? isolation_.child_program : std::filesystem::path());
  }
  return runtime;
}

Result<std::shared_ptr<PluginRuntime>> PluginRuntimes::get_started(
    const plugin::CatalogPlugin& plugin, std::chrono::milliseconds limit,
    const std::stop_token& stop) {
  std::shared_ptr<PluginRuntime> runtime = get(plugin);
  // Shared with the thread that starts it, which may come back when nobody waits any more.
  struct Attempt {
    std::mutex mutex;
    std::condition_variable_any over;
    std::optional<Result<void>> started;
  };
  const auto attempt = std::make_shared<Attempt>();
  pool_.run_apart([runtime, attempt] {
    Result<void> started = runtime->start();
    const std::lock_guard lock(attempt->mutex);
    attempt->started = std::move(started);
    attempt->over.notify_all();
  });
  std::unique_lock lock(attempt->mutex);
  attempt->over.wait_for(lock, stop, limit, [&] { return attempt->started.has_value(); });
  if (attempt->started) {
    if (!*attempt->started) return attempt->started->error();
    return runtime;
  }
  if (stop.stop_requested()) {
    return Error{Errc::stopped, fmt::format("stopped while plugin {} started", plugin.declared.id)};
  }
  runtime->set_stuck_in("start()");
  return Error{Errc::bad_input,
               fmt::format("plugin {}: start() has not returned within {} ms; ask its maker for a "
                           "corrected build, or leave it out",
                           plugin.declared.id, limit.count())};
}

}  // namespace ktel::workflow
