// From directories to a catalog, a file at a time.
#include "plugin/catalog.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/hash.hpp"
#include "plugin/declaration_json.hpp"
#include "plugin/descriptor.hpp"
#include "plugin/elf.hpp"
#include "plugin/nearest.hpp"
#include "plugin/ownership.hpp"
#include "plugin/publish.hpp"
#include "plugin/scan.hpp"
#include "plugin/scan_cache.hpp"

namespace ktel::plugin {
namespace {

constexpr std::chrono::milliseconds slow_entry{100};

// One scan of all directories.
class Scanner {
 public:
  explicit Scanner(const CatalogOptions& options)
      : options_(options),
        cache_(options.cache_dir, options.host_version),
        has_child_(::access(options.child_program.c_str(), X_OK) == 0) {}

  Result<void> directory(const std::filesystem::path& path, bool builtin) {
    Result<PluginDirectory> directory = open_directory(path);
    if (!directory) {
      return directory.error().context(builtin ? "directory of the built-in plugins"
                                               : "plugin directory");
    }
    for (const std::string& name : directory.value().names) {
      if (options_.only.empty() || name == options_.only) look_at(directory.value(), name, builtin);
    }
    return {};
  }

  void finish() {
    cache_.save();
    publish(plugins, refused);
  }

  std::deque<CatalogPlugin> plugins;
  std::vector<Refused> refused;

 private:
  void look_at(const PluginDirectory& directory, const std::string& name, bool builtin) {
    const std::filesystem::path file = directory.path / name;
    const auto pass_over = [&](std::string why) { refused.push_back({file, "", why}); };
    const Result<Descriptor> fd = open_plugin(directory, name);
    if (!fd) return pass_over(fd.error().message);
    struct stat status {};
    if (::fstat(fd.value().get(), &status) != 0) {
      return pass_over("its status cannot be read");
    }
    if (!inodes_.emplace(status.st_dev, status.st_ino).second) return;
    const Result<std::string> sha256 = hash(file, fd.value(), status);
    if (!sha256) return pass_over(sha256.error().message);
    // The same bytes under another name are the same plugin.
    if (hashes_.count(sha256.value()) != 0) return;

    CatalogPlugin plugin{
        .declared = {}, .file = file, .sha256 = sha256.value(), .digest = {}, .builtin = builtin};
    Result<Description> described = describe_file(plugin, fd.value());
    if (!described) {
      const Error& error = described.error();
      if (error.code != Errc::bad_input) return pass_over(error.message);
      return refused.push_back(refuse(file, "", error.message));
    }
    hashes_.insert(sha256.value());
    for (RefusedItem& item : described.value().refused) {
      refused.push_back(refuse(file, std::move(item.item), std::move(item.why)));
    }
    plugin.declared = std::move(described).value().plugin;
    plugin.digest = declaration_digest(plugin.declared);
    if (auto why = unusable(plugin, options_.children))
      return refused.push_back(refuse(file, "", *why));
    plugins.push_back(std::move(plugin));
  }

  Result<std::string> hash(const std::filesystem::path& file, const Descriptor& fd,
                           const struct stat& status) {
    if (auto known = cache_.sha256(file, status)) return *known;
    Result<std::string> sha256 = sha256_fd(fd.get());
    if (sha256) cache_.remember(file, status, sha256.value());
    return sha256;
  }

  Result<Description> describe_file(CatalogPlugin& plugin, const Descriptor& fd) {
    if (!has_child_ && !plugin.builtin) {
      return Error{Errc::not_found,
                   fmt::format("cannot be looked at without the program {}, which is not there: "
                               "install it, or set the child program's path",
                               options_.child_program.string())};
    }
    if (auto cached = cache_.find(plugin.sha256)) return *std::move(cached);
    const Result<ElfFacts> facts = read_elf(fd.get());
    if (!facts) return facts.error();
    if (auto entry = check_entry(facts.value()); !entry) return entry.error();

    // Without ktel-child only what was installed with this library is trusted to run here.
    Result<Scanned> scanned =
        has_child_ ? scan_file(plugin.file, {.child_program = options_.child_program,
                                             .host_version = options_.host_version,
                                             .entry_deadline = options_.entry_deadline})
                   : scan_here(plugin.file, options_.host_version);
    if (!scanned) return scanned.error();
    if (const auto took = scanned.value().entry_time; took > slow_entry) {
      plugin.remarks.push_back(
          fmt::format("took {} ms to describe itself: {} ms is the most it "
                      "should",
                      took.count(), slow_entry.count()));
    }
    cache_.keep(plugin.sha256, scanned.value().description);
    return std::move(scanned).value().description;
  }

  const CatalogOptions& options_;
  ScanCache cache_;
  bool has_child_;
  std::set<std::pair<dev_t, ino_t>> inodes_;
  std::set<std::string> hashes_;
};

}  // namespace

std::string Refused::sentence() const { return step.empty() ? why : why + "; " + step; }

Result<Catalog> Catalog::scan(const CatalogOptions& options) {
  Scanner scanner(options);
  if (!options.builtin_dir.empty()) {
    if (auto done = scanner.directory(options.builtin_dir, true); !done) return done.error();
  }
  for (const std::filesystem::path& dir : options.dirs) {
    if (auto done = scanner.directory(dir, false); !done) return done.error();
  }
  scanner.finish();
  Catalog catalog;
  catalog.plugins_ = std::move(scanner.plugins);
  catalog.refused_ = std::move(scanner.refused);
  return catalog;
}

Result<void> Catalog::add(const ktel_plugin* linked) {
  Result<Description> described = describe(linked);
  if (!described) return described.error().context("the plugin given to add()");
  if (!described.value().refused.empty()) {
    const RefusedItem& first = described.value().refused.front();
    return Error{Errc::bad_input, first.why}.context(
        fmt::format("plugin {}", described.value().plugin.id));
  }
  CatalogPlugin plugin{.declared = std::move(described).value().plugin,
                       .file = {},
                       .sha256 = {},
                       .digest = {},
                       .builtin = false,
                       .linked = linked};
  plugin.digest = declaration_digest(plugin.declared);
  if (auto why = unusable(plugin, true)) return Error{Errc::bad_input, *why};

  // The rules for files, tried on a copy: what they would take out is what is wrong.
  std::deque<CatalogPlugin> together = plugins_;
  together.push_back(plugin);
  std::vector<Refused> refused;
  publish(together, refused);
  for (const Refused& one : refused) {
    if (one.file.empty()) {
      const std::string what = one.item.empty() ? "" : one.item + ": ";
      return Error{Errc::bad_input,
                   fmt::format("plugin {}: {}{}", plugin.declared.id, what, one.why)};
    }
  }
  plugins_.push_back(std::move(plugin));
  return {};
}

std::vector<JobRef> Catalog::jobs() const {
  std::vector<JobRef> all;
  for (const CatalogPlugin& plugin : plugins_) {
    for (std::size_t i = 0; i < plugin.declared.jobs.size(); ++i) all.push_back({&plugin, i});
  }
  std::sort(all.begin(), all.end(),
            [](const JobRef& a, const JobRef& b) { return a.job().name < b.job().name; });
  return all;
}

std::optional<JobRef> Catalog::find_job(const std::string& name) const {
  for (const CatalogPlugin& plugin : plugins_) {
    const auto& jobs = plugin.declared.jobs;
    const auto found = std::find_if(jobs.begin(), jobs.end(),
                                    [&name](const Job& job) { return job.name == name; });
    if (found != jobs.end()) return JobRef{&plugin, static_cast<std::size_t>(found - jobs.begin())};
  }
  return std::nullopt;
}

Result<std::optional<BackendRef>> Catalog::find_backend(const std::string& scheme) const {
  std::vector<BackendRef> claimants;
  for (const CatalogPlugin& plugin : plugins_) {
    for (std::size_t i = 0; i < plugin.declared.backends.size(); ++i) {
      const auto& schemes = plugin.declared.backends[i].schemes;
      if (std::find(schemes.begin(), schemes.end(), scheme) != schemes.end()) {
        claimants.push_back({&plugin, i});
      }
    }
  }
  if (claimants.empty()) return std::optional<BackendRef>();
  if (claimants.size() == 1) return std::optional(claimants.front());
  std::vector<std::string> names;
  for (const BackendRef& ref : claimants) {
    const std::string where = ref.plugin->file.empty() ? "linked in" : ref.plugin->file.string();
    names.push_back(
        fmt::format("{} of {} ({})", ref.backend().name, ref.plugin->declared.id, where));
  }
  return Error{Errc::bad_input, fmt::format("{}:// is claimed by {}: keep one of them", scheme,
                                            fmt::join(names, " and by "))};
}

std::string Catalog::nearest_job(const std::string& name) const {
  std::vector<std::string> names;
  for (const JobRef& ref : jobs()) names.push_back(ref.job().name);
  return nearest(name, names);
}

}  // namespace ktel::plugin
