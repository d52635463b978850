// `Loaded`: a plugin's code in this process, never unloaded.
//
// Made from a `CatalogPlugin` by who first runs it; the descriptor must be the one that was
// scanned.
#pragma once

#include <ktel/abi/plugin.h>
#include <ktel/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "plugin/catalog.hpp"
#include "plugin/host_call.hpp"

namespace ktel::plugin {

class Loaded {
 public:
  // bad_input: dlopen fails (its text and the libraries the file asks for), the file changed since
  // the scan, or it describes itself differently.
  static Result<std::shared_ptr<Loaded>> load(const CatalogPlugin& plugin,
                                              const std::string& host_version);

  // By index in the catalog's declarations (JobRef, BackendRef); live as long as the process.
  const ktel_job* job(std::size_t index) const noexcept;
  const ktel_backend* backend(std::size_t index) const noexcept;

  // Calls the plugin's start(), if it has one, and gives its `self`; once. bad_input: it failed.
  Result<void*> start(HostCall& call);

  // Calls the plugin's stop() if start() succeeded; once, last.
  void stop() noexcept;

 private:
  Loaded(const ktel_plugin& descriptor, const CatalogPlugin& plugin);

  const ktel_plugin& descriptor_;
  std::string id_;
  std::vector<const ktel_job*> jobs_;
  std::vector<const ktel_backend*> backends_;
  void* self_ = nullptr;
  bool started_ = false;
};

}  // namespace ktel::plugin
