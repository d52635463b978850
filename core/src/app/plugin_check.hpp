// `ktel plugins check`: what the authors of plugins should correct before a cluster sees them.
//
// Plugins are looked at in the scan's child process, by the rules they are loaded by; no code of
// theirs runs in this one. Blocks; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <ktel/report.hpp>
#include <ktel/result.hpp>

namespace ktel::app {

struct PluginCheck {
  // `refused` first: what would not be loaded at all. Then by job.
  std::vector<Finding> findings;
  std::size_t plugins = 0;           // that were looked at
  std::vector<std::string> remarks;  // what depends on the machine: "FILE took 300 ms to ..."
};

// plugins: one file, or a directory of them; the built-in ones are checked as such where they lie.
// baseline: a directory of what `ktel jobs describe` printed, JOB/declaration.yaml or JOB.yaml;
// empty: none. not_found, bad_input: there is nothing to check, or nothing to compare with.
Result<PluginCheck> check_plugins(const std::filesystem::path& plugins,
                                  const std::filesystem::path& baseline,
                                  std::chrono::sys_days today);

}  // namespace ktel::app
