// `Host`: the plugins of one program, and the threads that run them.
//
// Several may live in one process. Nothing global: no signal handlers, no atexit, no environment or
// locale changes. A Host is a handle: copies share what is behind it, which ends with the last of
// them and of their Workflows, on a thread that is not ktel's own. All but add() may be called from
// any thread at any time; add() while nothing else is done with the Host.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <ktel/options.hpp>
#include <ktel/result.hpp>

struct ktel_plugin;

namespace ktel {

// ktel's own version, "0.1.0".
const char* version() noexcept;

struct JobInfo {
  std::string name = {};
  std::string title = {};
  std::string summary = {};
  std::vector<std::string> fields = {};
  std::string sensitivity = {};  // the highest class of its fields: "scale"
  std::string stability = {};    // "stable"
  std::string expires = {};      // "2028-06-30"
  std::string plugin = {};       // id
  std::string version = {};      // of the plugin
};

struct PluginInfo {
  std::string id = {};
  std::string version = {};
  std::string summary = {};
  std::filesystem::path file = {};  // empty: linked into the program
  std::string sha256 = {};          // empty: linked into the program
  bool builtin = false;
  std::vector<std::string> jobs = {};
  std::vector<std::string> backends = {};
};

struct RefusedInfo {
  std::filesystem::path file = {};
  std::string item = {};  // "job x", "backend y"; empty: the whole file
  std::string why = {};   // one sentence with the next step
};

struct ParamInfo {
  std::string name = {};
  std::string type = {};
  std::string description = {};
  std::string default_text = {};
  bool required = false;
  bool secret = false;
};

struct BackendInfo {
  std::string name = {};
  std::string summary = {};
  std::vector<std::string> schemes = {};
  std::vector<ParamInfo> params = {};
  std::string plugin = {};
  std::string version = {};
};

class Host {
 public:
  // Looks at all plugin directories; no plugin code runs in this process. bad_input: a directory
  // that is missing, unreadable or writable by others. Refused plugins are no error, see refused().
  static Result<Host> create(HostOptions options);

  // A plugin linked into the program; it must live as long as the process. Its jobs run in this
  // process, under the same rules as all others. bad_input: it declares something wrong, or a name
  // that is taken. Before the first Workflow is created.
  Result<void> add(const ktel_plugin* plugin);

  // By name.
  std::vector<JobInfo> jobs() const;
  std::vector<PluginInfo> plugins() const;
  std::vector<BackendInfo> backends() const;
  std::vector<RefusedInfo> refused() const;

  // The job's whole declaration as YAML. not_found names the nearest job.
  Result<std::string> describe_job(const std::string& name) const;
  Result<std::string> describe_job_json(const std::string& name) const;

  struct Impl;

 private:
  friend class Workflow;
  friend Impl& implementation(const Host& host);
  explicit Host(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace ktel
