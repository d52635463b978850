// `PluginRuntimes`: the plugins of one Host that are in use, each with its strand and its `self`.
//
// Functions of one plugin exclude each other: the engine posts its jobs to `strand`, and whoever
// calls into it holds `exclusion`. Its code is loaded and started by the first call that needs it,
// on the thread of that call. Thread-safe; must outlive the runs that use it.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

#include "base/exclusion.hpp"
#include "base/logger.hpp"
#include "plugin/catalog.hpp"
#include "plugin/loaded.hpp"
#include "workflow/plugin_child.hpp"
#include "workflow/pool.hpp"

namespace ktel::workflow {

class PluginRuntime {
 public:
  using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;

  // `child_program`: where its jobs run in a child; empty: they run in this process.
  PluginRuntime(plugin::CatalogPlugin plugin, Pool& pool, std::string host_version, Logger log,
                const std::filesystem::path& child_program = {});

  // Loads the code and calls start(), once; every later call gives the same answer. Blocks for as
  // long as the plugin takes. bad_input: it cannot be loaded, described itself differently at the
  // scan, or start() failed.
  Result<void> start();

  // start() has been called and has not returned: what its overrun is said with.
  bool starting() const noexcept { return starting_; }

  // Where its jobs run apart; null: in this process. Used under `exclusion`.
  PluginChild* child() noexcept { return child_ ? &*child_ : nullptr; }
  // A child has one stream, so nothing overlaps there, whatever the job declares.
  bool may_overlap(const plugin::Job& job) const noexcept { return job.reentrant && !child_; }
  // Ends the child unless somebody uses it.
  void rest();

  // After start().
  const ktel_job* job(std::size_t index) const noexcept { return loaded_->job(index); }
  const ktel_backend* backend(std::size_t index) const noexcept { return loaded_->backend(index); }
  void* self() const noexcept { return self_; }

  // The function that overran its deadline and never came back, "job NAME" or "start()": nothing
  // else of the plugin can run. Empty: none.
  std::string stuck_in() const;
  void set_stuck_in(std::string function);

  // Calls the plugin's stop(), if it was started and does not hang.
  void stop() noexcept;

  Strand strand;
  // Held during every call but those that may overlap: runs of a REENTRANT job, deliver();
  // see may_overlap().
  const std::shared_ptr<Exclusion> exclusion = std::make_shared<Exclusion>();

 private:
  const plugin::CatalogPlugin plugin_;  // a thread that hangs in start() outlives the catalog
  const std::string host_version_;
  const Logger log_;
  std::optional<PluginChild> child_;
  std::atomic<bool> up_{false};  // asked before each call, like stuck_
  std::mutex start_mutex_;       // of the next three, while they are made
  std::optional<Result<void>> started_;
  std::shared_ptr<plugin::Loaded> loaded_;
  void* self_ = nullptr;
  std::atomic<bool> starting_{false};
  std::atomic<bool> stuck_{false};  // no lock where there is nothing to say
  mutable std::mutex mutex_;
  std::string stuck_in_;
};

// Whose jobs run in a child: see ktel::Isolate.
struct Isolation {
  Isolate mode = Isolate::never;
  std::filesystem::path child_program;
};

class PluginRuntimes {
 public:
  PluginRuntimes(Pool& pool, std::string host_version, Logger log, Isolation isolation = {});
  ~PluginRuntimes();  // stops every plugin that does not hang

  // Runs no code of the plugin.
  std::shared_ptr<PluginRuntime> get(const plugin::CatalogPlugin& plugin);

  // The same, started. For threads that may wait: not those of the pool. bad_input: as start(), or
  // it has not returned within `limit`, which loses the plugin. stopped: a stop ended the wait.
  Result<std::shared_ptr<PluginRuntime>> get_started(const plugin::CatalogPlugin& plugin,
                                                     std::chrono::milliseconds limit,
                                                     const std::stop_token& stop);

 private:
  Pool& pool_;
  std::string host_version_;
  Logger log_;
  const Isolation isolation_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<PluginRuntime>> runtimes_;  // by plugin id
};

}  // namespace ktel::workflow
