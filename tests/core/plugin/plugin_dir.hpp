// A plugin directory of its own for one test, and the catalog options that go with it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "plugin/catalog.hpp"

namespace ktel::test {

class PluginDir {
 public:
  PluginDir() {
    std::string name = (std::filesystem::temp_directory_path() / "ktel-plugins-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~PluginDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PluginDir(const PluginDir&) = delete;
  PluginDir& operator=(const PluginDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(const std::string& name) const { return path_ / (name + ".so"); }

  // One of tests/support/bad_plugins, under its own or another name.
  void add(const std::string& plugin) { add(plugin, plugin); }
  void add(const std::string& plugin, const std::string& as) {
    std::filesystem::copy_file(std::filesystem::path(BAD_PLUGINS) / (plugin + ".so"), file(as));
    std::filesystem::permissions(file(as), std::filesystem::perms(0644));
  }
  void add_text(const std::string& name, const std::string& text) {
    std::ofstream(file(name)) << text;
    std::filesystem::permissions(file(name), std::filesystem::perms(0644));
  }

 private:
  std::filesystem::path path_;
};

inline plugin::CatalogOptions options_for(const PluginDir& dir) {
  plugin::CatalogOptions options;
  options.dirs = {dir.path()};
  options.child_program = KTEL_CHILD;
  options.host_version = KTEL_VERSION;
  return options;
}

}  // namespace ktel::test
