// Loaded: see the header.
#include "plugin/loaded.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/hash.hpp"
#include "plugin/declaration_json.hpp"
#include "plugin/descriptor.hpp"
#include "plugin/library.hpp"
#include "plugin/ownership.hpp"

namespace ktel::plugin {
namespace {

// The file as it is now: still to be trusted, and the one that was scanned.
Result<void> check_unchanged(const CatalogPlugin& plugin) {
  Result<PluginDirectory> directory = open_directory(plugin.file.parent_path());
  if (!directory) return directory.error();
  Result<Descriptor> file = open_plugin(directory.value(), plugin.file.filename().string());
  if (!file) return file.error().context(plugin.file.string());
  const Result<std::string> sha256 = sha256_fd(file.value().get());
  if (!sha256) return sha256.error().context(plugin.file.string());
  if (sha256.value() == plugin.sha256) return {};
  return Error{Errc::bad_input, fmt::format("{} was replaced since this program looked at it: "
                                            "start the program anew",
                                            plugin.file.string())};
}

Result<const ktel_plugin*> descriptor_of(const CatalogPlugin& plugin,
                                         const std::string& host_version) {
  if (plugin.linked != nullptr) return plugin.linked;
  if (auto unchanged = check_unchanged(plugin); !unchanged) return unchanged.error();
  const Result<Library> library = open_library(plugin.file);
  if (!library) return library.error().context(plugin.file.string());
  return call_entry(library.value(), host_version).context(plugin.file.string());
}

template <class T>
const T* element(const T* first, std::uint32_t stride, std::uint32_t index) {
  const char* at = reinterpret_cast<const char*>(first) + std::size_t{stride} * index;
  return reinterpret_cast<const T*>(at);
}

}  // namespace

Loaded::Loaded(const ktel_plugin& descriptor, const CatalogPlugin& plugin)
    : descriptor_(descriptor), id_(plugin.declared.id) {
  for (const Job& job : plugin.declared.jobs) {
    jobs_.push_back(element(descriptor.jobs, descriptor.job_stride, job.index));
  }
  for (const Backend& backend : plugin.declared.backends) {
    backends_.push_back(element(descriptor.backends, descriptor.backend_stride, backend.index));
  }
}

Result<std::shared_ptr<Loaded>> Loaded::load(const CatalogPlugin& plugin,
                                             const std::string& host_version) {
  const Result<const ktel_plugin*> descriptor = descriptor_of(plugin, host_version);
  if (!descriptor) return descriptor.error();
  const Result<Description> now = describe(descriptor.value());
  if (!now || declaration_digest(now.value().plugin) != plugin.digest) {
    return Error{Errc::bad_input,
                 fmt::format("{} described itself differently when scanned: a descriptor must "
                             "always be the same",
                             plugin.file.empty() ? plugin.declared.id : plugin.file.string())};
  }
  return std::shared_ptr<Loaded>(new Loaded(*descriptor.value(), plugin));
}

const ktel_job* Loaded::job(std::size_t index) const noexcept {
  return index < jobs_.size() ? jobs_[index] : nullptr;
}

const ktel_backend* Loaded::backend(std::size_t index) const noexcept {
  return index < backends_.size() ? backends_[index] : nullptr;
}

Result<void*> Loaded::start(HostCall& call) {
  if (started_) return self_;
  if (KTEL_HAS(&descriptor_, ktel_plugin, start) && descriptor_.start != nullptr) {
    void* self = nullptr;
    const ktel_status status = descriptor_.start(&call, &self);
    if (status < 0) {
      const std::string reason = call.reason();
      return Error{Errc::bad_input,
                   fmt::format("plugin {}: start failed ({}){}{}", id_, status,
                               reason.empty() ? " and gave no reason" : ": ", reason)};
    }
    self_ = self;
  }
  started_ = true;
  return self_;
}

void Loaded::stop() noexcept {
  if (!std::exchange(started_, false)) return;
  if (KTEL_HAS(&descriptor_, ktel_plugin, stop) && descriptor_.stop != nullptr) {
    descriptor_.stop(self_);
  }
}

}  // namespace ktel::plugin
