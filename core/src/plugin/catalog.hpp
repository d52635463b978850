// `Catalog`: the plugins a Host may use, and the files it refused.
//
// Built once from the plugin directories, by looking at each file in a child process (scan.hpp),
// then unchanged but for add(); that is why nothing here locks. It holds copies of all
// declarations, so a job can be listed, documented and planned without its code; `Loaded`
// (loaded.hpp) loads that when a workflow first uses it. Must outlive what refers to it.
#pragma once

#include <ktel/abi/plugin.h>
#include <ktel/result.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plugin/declaration.hpp"

namespace ktel::plugin {

struct CatalogPlugin {
  Plugin declared;
  std::filesystem::path file;  // empty: linked into the program
  std::string sha256;          // of the file
  std::string digest;          // of the declarations' canonical JSON
  bool builtin = false;
  const ktel_plugin* linked = nullptr;
  std::vector<std::string> remarks = {};  // it loads, but its author should know
};

struct Refused {
  std::filesystem::path file;
  std::string item;       // "job x", "backend y"; empty: the whole file
  std::string why;        // one sentence, for whom can mend it
  std::string step = {};  // what is left to one who has the file and cannot; may be empty

  std::string sentence() const;  // both
};

struct JobRef {
  const CatalogPlugin* plugin = nullptr;
  std::size_t index = 0;  // in plugin->declared.jobs; what Loaded::job() takes
  const Job& job() const { return plugin->declared.jobs[index]; }
};

struct BackendRef {
  const CatalogPlugin* plugin = nullptr;
  std::size_t index = 0;  // in plugin->declared.backends
  const Backend& backend() const { return plugin->declared.backends[index]; }
};

struct CatalogOptions {
  std::filesystem::path builtin_dir;  // empty: none
  std::vector<std::filesystem::path> dirs;
  std::string only;  // the one file to look at there; empty: all
  std::filesystem::path child_program;
  std::filesystem::path cache_dir;  // empty: no cache
  std::string host_version;
  bool children = true;  // plugins may run in processes of their own
  std::chrono::milliseconds entry_deadline{2000};
};

class Catalog {
 public:
  // Looks at every `*.so` directly in the directories, in name order. bad_input: a directory that
  // is missing, unreadable, or that others may write to. One bad plugin goes to refused() and
  // silences no other.
  static Result<Catalog> scan(const CatalogOptions& options);

  // A descriptor linked into the program, validated in this process by the rules of a file that is
  // not built in. bad_input names what is wrong, or the name that is taken.
  Result<void> add(const ktel_plugin* plugin);

  const std::deque<CatalogPlugin>& plugins() const noexcept { return plugins_; }
  std::span<const Refused> refused() const noexcept { return refused_; }

  std::vector<JobRef> jobs() const;  // by name
  std::optional<JobRef> find_job(const std::string& name) const;
  // Nothing: nobody has the scheme. bad_input: two claim it, naming both.
  Result<std::optional<BackendRef>> find_backend(const std::string& scheme) const;
  std::string nearest_job(const std::string& name) const;  // "": nothing is near

 private:
  std::deque<CatalogPlugin> plugins_;  // addresses stay
  std::vector<Refused> refused_;
};

}  // namespace ktel::plugin
