// `PluginRuntimes`: the loaded plugins of one Host, each with its strand and its `self`.
//
// Functions of one plugin exclude each other: the engine posts them to `strand`. A plugin is loaded
// and started when a run first uses it. Thread-safe; must outlive the runs that use it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <ktel/result.hpp>

#include "base/logger.hpp"
#include "plugin/catalog.hpp"
#include "plugin/loaded.hpp"
#include "workflow/pool.hpp"

namespace ktel::workflow {

struct PluginRuntime {
  using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;

  std::shared_ptr<plugin::Loaded> loaded;
  void* self = nullptr;
  Strand strand;
  // The job that overran its deadline and never came back: nothing else of the plugin can run.
  std::mutex mutex;
  std::string stuck_in;
  // Held by calls into its backends, which come from other threads than the strand's.
  std::shared_ptr<std::mutex> exclusion = std::make_shared<std::mutex>();
};

class PluginRuntimes {
 public:
  PluginRuntimes(Pool& pool, std::string host_version, Logger log);
  ~PluginRuntimes();  // calls stop() of each started plugin that is not stuck

  // bad_input: it cannot be loaded, described itself differently at the scan, or start() failed.
  Result<std::shared_ptr<PluginRuntime>> get(const plugin::CatalogPlugin& plugin);

 private:
  Pool& pool_;
  std::string host_version_;
  Logger log_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<PluginRuntime>> runtimes_;  // by plugin id
};

}  // namespace ktel::workflow
