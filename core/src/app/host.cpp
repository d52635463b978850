// Host: see ktel/host.hpp.
#include <ktel/host.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include <boost/json/value.hpp>

#include "app/host_impl.hpp"
#include "app/install_paths.hpp"
#include "app/selection.hpp"
#include "json/canonical.hpp"
#include "standard/describe.hpp"
#include "standard/names.hpp"

namespace ktel {
namespace {

JobInfo info_of(const plugin::JobRef& ref) {
  const plugin::Job& job = ref.job();
  JobInfo info{.name = job.name,
               .title = job.title,
               .summary = job.summary,
               .fields = {},
               .sensitivity = {},
               .stability = std::string(standard::stability_name(job.stability)),
               .expires = job.expires,
               .plugin = ref.plugin->declared.id,
               .version = ref.plugin->declared.version};
  std::uint32_t highest = 0;
  for (const plugin::Field& field : job.fields) {
    info.fields.push_back(field.name);
    highest = std::max(highest, field.sensitivity);
  }
  info.sensitivity = std::string(standard::sensitivity_name(highest));
  return info;
}

BackendInfo info_of(const plugin::CatalogPlugin& plugin, const plugin::Backend& backend) {
  BackendInfo info{.name = backend.name,
                   .summary = backend.summary,
                   .schemes = backend.schemes,
                   .params = {},
                   .plugin = plugin.declared.id,
                   .version = plugin.declared.version};
  for (const plugin::Param& param : backend.params) {
    info.params.push_back(ParamInfo{.name = param.name,
                                    .type = std::string(standard::type_name(param.type)),
                                    .description = param.description,
                                    .default_text = param.default_text,
                                    .required = param.required,
                                    .secret = param.secret});
  }
  return info;
}

}  // namespace

const char* version() noexcept { return KTEL_VERSION; }

workflow::Pool& Host::Impl::pool() {
  const std::lock_guard lock(mutex_);
  if (!pool_) {
    const unsigned cores = std::max(2u, std::thread::hardware_concurrency());
    pool_ = std::make_unique<workflow::Pool>(options.threads == 0 ? cores : options.threads);
  }
  return *pool_;
}

workflow::PluginRuntimes& Host::Impl::runtimes() {
  workflow::Pool& threads = pool();
  const std::lock_guard lock(mutex_);
  if (!runtimes_) {
    const std::filesystem::path& named = options.child_program;
    runtimes_ = std::make_unique<workflow::PluginRuntimes>(
        threads, version(), log,
        workflow::Isolation{options.isolate,
                            named.empty() ? app::install_paths().child_program : named});
  }
  return *runtimes_;
}

std::shared_ptr<HttpClient> Host::Impl::http() {
  const std::lock_guard lock(mutex_);
  if (!http_) http_ = std::make_shared<HttpClient>();
  return http_;
}

Host::Impl& implementation(const Host& host) { return *host.impl_; }

Host::Host(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<Host> Host::create(HostOptions options) try {
  const app::InstallPaths installed = app::install_paths();
  plugin::CatalogOptions scan;
  if (options.builtin_plugins) {
    scan.builtin_dir = options.builtin_dir.empty() ? installed.plugin_dir : options.builtin_dir;
  }
  scan.dirs = options.plugin_dirs;
  scan.child_program =
      options.child_program.empty() ? installed.child_program : options.child_program;
  scan.cache_dir = options.cache_dir;
  scan.host_version = version();
  scan.children = options.isolate != Isolate::never;
  Result<plugin::Catalog> catalog = plugin::Catalog::scan(scan);
  if (!catalog) return catalog.error();
  auto impl = std::make_shared<Impl>(std::move(options), std::move(catalog).value(),
                                     std::make_shared<Secrets>());
  for (const plugin::CatalogPlugin& plugin : impl->catalog.plugins()) {
    for (const std::string& remark : plugin.remarks) {
      impl->log.info(fmt::format("{} {}", plugin.file.string(), remark));
    }
  }
  return Host(std::move(impl));
} catch (const std::exception& error) {
  return Error{Errc::internal, fmt::format("{}; please report it", error.what())};
}

Result<void> Host::add(const ktel_plugin* plugin) {
  if (impl_->sealed) {
    return Error{Errc::bad_input,
                 "a plugin is added before the first Workflow of its Host is made"};
  }
  return impl_->catalog.add(plugin);
}

std::vector<JobInfo> Host::jobs() const {
  std::vector<JobInfo> all;
  for (const plugin::JobRef& ref : impl_->catalog.jobs()) all.push_back(info_of(ref));
  return all;
}

std::vector<PluginInfo> Host::plugins() const {
  std::vector<PluginInfo> all;
  for (const plugin::CatalogPlugin& plugin : impl_->catalog.plugins()) {
    PluginInfo info{.id = plugin.declared.id,
                    .version = plugin.declared.version,
                    .summary = plugin.declared.summary,
                    .file = plugin.file,
                    .sha256 = plugin.sha256,
                    .builtin = plugin.builtin,
                    .jobs = {},
                    .backends = {}};
    for (const plugin::Job& job : plugin.declared.jobs) info.jobs.push_back(job.name);
    for (const plugin::Backend& backend : plugin.declared.backends) {
      info.backends.push_back(backend.name);
    }
    all.push_back(std::move(info));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return all;
}

std::vector<BackendInfo> Host::backends() const {
  std::vector<BackendInfo> all;
  for (const plugin::CatalogPlugin& plugin : impl_->catalog.plugins()) {
    for (const plugin::Backend& backend : plugin.declared.backends) {
      all.push_back(info_of(plugin, backend));
    }
  }
  all.push_back(BackendInfo{.name = "stdout",
                            .summary = "The report and a newline on standard output.",
                            .schemes = {"stdout"},
                            .params = {},
                            .plugin = "ktel",
                            .version = version()});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

std::vector<RefusedInfo> Host::refused() const {
  std::vector<RefusedInfo> all;
  for (const plugin::Refused& refused : impl_->catalog.refused()) {
    all.push_back(RefusedInfo{refused.file, refused.item, refused.sentence()});
  }
  return all;
}

Result<std::string> Host::describe_job(const std::string& name) const {
  const auto job = app::declared_job(impl_->catalog, name);
  if (!job) return job.error();
  return standard::describe_yaml(*job);
}

Result<std::string> Host::describe_job_json(const std::string& name) const {
  const auto job = app::declared_job(impl_->catalog, name);
  if (!job) return job.error();
  return json::pretty(standard::describe_json(*job));
}

}  // namespace ktel
