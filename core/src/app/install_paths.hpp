// Where this library finds what was installed with it: relative to itself, so that a build tree and
// a relocated install both work.
#pragma once

#include <filesystem>

namespace ktel::app {

struct InstallPaths {
  std::filesystem::path plugin_dir;     // LIBDIR/ktel/plugins
  std::filesystem::path child_program;  // LIBEXECDIR/ktel/ktel-child
};

InstallPaths install_paths();

}  // namespace ktel::app
