// PluginRuntimes: see the header.
#include "workflow/plugin_runtimes.hpp"

#include <utility>

#include "plugin/host_call.hpp"

namespace ktel::workflow {

PluginRuntimes::PluginRuntimes(Pool& pool, std::string host_version, Logger log)
    : pool_(pool), host_version_(std::move(host_version)), log_(std::move(log)) {}

PluginRuntimes::~PluginRuntimes() {
  for (auto& [id, runtime] : runtimes_) {
    const std::lock_guard lock(runtime->mutex);
    if (runtime->stuck_in.empty()) runtime->loaded->stop();
  }
}

Result<std::shared_ptr<PluginRuntime>> PluginRuntimes::get(const plugin::CatalogPlugin& plugin) {
  const std::lock_guard lock(mutex_);
  if (const auto found = runtimes_.find(plugin.declared.id); found != runtimes_.end()) {
    return found->second;
  }
  Result<std::shared_ptr<plugin::Loaded>> loaded = plugin::Loaded::load(plugin, host_version_);
  if (!loaded) return loaded.error();
  plugin::HostCall call(log_.named(plugin.declared.id));
  Result<void*> self = loaded.value()->start(call);
  call.close();
  if (!self) return self.error();
  auto runtime = std::shared_ptr<PluginRuntime>(
      new PluginRuntime{.loaded = std::move(loaded).value(),
                        .self = self.value(),
                        .strand = PluginRuntime::Strand(pool_.executor()),
                        .mutex = {},
                        .stuck_in = {}});
  runtimes_.emplace(plugin.declared.id, runtime);
  return runtime;
}

}  // namespace ktel::workflow
