// From a path to a catalog of nothing else, and from that to findings.
#include "app/plugin_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include <ktel/host.hpp>

#include "app/install_paths.hpp"
#include "base/file.hpp"
#include "plugin/catalog.hpp"
#include "standard/baseline.hpp"
#include "standard/lint.hpp"

namespace ktel::app {
namespace {

namespace fs = std::filesystem;
using standard::Baseline;

Error nothing_there(const fs::path& path, const std::error_code& why, std::string_view step) {
  return {Errc::not_found, fmt::format("{}: {}; {}", path.string(), why.message(), step)};
}

// What lies there and nothing else. Where this ktel's own plugins lie they need no vendor's prefix.
Result<plugin::CatalogOptions> scan_of(const fs::path& plugins) {
  constexpr std::string_view step = "name a plugin, or a directory of plugins";
  std::error_code error;
  const bool whole = fs::is_directory(plugins, error);
  if (error) return nothing_there(plugins, error, step);
  if (!whole && plugins.extension() != ".so") {
    return Error{Errc::bad_input,
                 fmt::format("{} is no plugin: their names end in .so", plugins.string())};
  }
  const fs::path directory = whole ? plugins : fs::absolute(plugins).parent_path();
  const InstallPaths installed = install_paths();
  plugin::CatalogOptions options;
  options.child_program = installed.child_program;
  options.host_version = version();
  if (!whole) options.only = plugins.filename();
  if (fs::equivalent(directory, installed.plugin_dir, error)) {
    options.builtin_dir = directory;
  } else {
    options.dirs = {directory};
  }
  if (::access(options.child_program.c_str(), X_OK) != 0) {
    return Error{Errc::not_found, fmt::format("plugins are looked at with the program {}, which is "
                                              "not there: install it",
                                              options.child_program.string())};
  }
  return options;
}

Finding refusal(const plugin::Refused& refused) {
  constexpr std::string_view job = "job ";
  const bool of_job = refused.item.starts_with(job);
  const std::string part = of_job || refused.item.empty() ? "" : refused.item + ": ";
  return {.id = "refused",
          .level = FindingLevel::error,
          .job = of_job ? refused.item.substr(job.size()) : "",
          .field = {},
          .text = fmt::format("{}: {}{}", refused.file.filename().string(), part, refused.why),
          .next = refused.step.empty() ? "" : "correct it and build it again"};
}

// JOB/declaration.yaml or JOB.yaml.
std::optional<fs::path> declaration_at(const fs::directory_entry& entry) {
  std::error_code none;
  const fs::path inside = entry.path() / "declaration.yaml";
  if (entry.is_directory(none) && fs::exists(inside, none)) return inside;
  if (!entry.is_directory(none) && entry.path().extension() == ".yaml") return entry.path();
  return std::nullopt;
}

Result<std::vector<Baseline>> read_baselines(const fs::path& directory) {
  constexpr std::string_view step = "name a directory of what `ktel jobs describe JOB` printed";
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error) return nothing_there(directory, error, step);
  std::vector<Baseline> all;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::optional<fs::path> file = declaration_at(*entries);
    if (!file) continue;
    const Result<std::string> text = read_file(*file);
    if (!text) return text.error();
    Result<Baseline> baseline = standard::parse_baseline(*text);
    if (!baseline) {
      return Error{Errc::bad_input, fmt::format("{} is no declaration of a job: {}; {}",
                                                file->string(), baseline.error().message, step)};
    }
    all.push_back(std::move(baseline).value());
  }
  if (error) return nothing_there(directory, error, step);
  if (all.empty()) {
    return Error{Errc::bad_input,
                 fmt::format("{} holds no declaration of a job: {}", directory.string(), step)};
  }
  std::sort(all.begin(), all.end(),
            [](const Baseline& a, const Baseline& b) { return a.job < b.job; });
  return all;
}

void append(std::vector<Finding>& to, std::vector<Finding> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Result<PluginCheck> check_plugins(const fs::path& plugins, const fs::path& baseline,
                                  std::chrono::sys_days today) {
  const Result<plugin::CatalogOptions> options = scan_of(plugins);
  if (!options) return options.error();
  std::vector<Baseline> before;
  if (!baseline.empty()) {
    Result<std::vector<Baseline>> read = read_baselines(baseline);
    if (!read) return read.error();
    before = std::move(read).value();
  }
  const Result<plugin::Catalog> catalog = plugin::Catalog::scan(*options);
  if (!catalog) return catalog.error();

  PluginCheck check;
  for (const plugin::CatalogPlugin& one : catalog->plugins()) {
    ++check.plugins;
    for (const std::string& remark : one.remarks) {
      check.remarks.push_back(fmt::format("{} {}", one.file.string(), remark));
    }
  }
  for (const plugin::Refused& refused : catalog->refused()) {
    if (refused.item.empty()) ++check.plugins;
    check.findings.push_back(refusal(refused));
  }
  if (check.plugins == 0) {
    return Error{Errc::bad_input,
                 fmt::format("{} holds no plugin: their names end in .so", plugins.string())};
  }
  std::vector<const plugin::Job*> jobs;
  for (const plugin::JobRef& ref : catalog->jobs()) jobs.push_back(&ref.job());
  append(check.findings, standard::lint_names(jobs));
  for (const plugin::Job* job : jobs) append(check.findings, standard::lint(*job, today));
  // The baseline may be of more plugins than this one file.
  if (!options->only.empty()) {
    std::erase_if(before, [&](const Baseline& one) {
      return std::none_of(jobs.begin(), jobs.end(),
                          [&](const plugin::Job* job) { return job->name == one.job; });
    });
  }
  if (!baseline.empty()) append(check.findings, standard::compare(before, jobs));
  return check;
}

}  // namespace ktel::app
