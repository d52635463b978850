// Install paths through dladdr: see the header.
#include "app/install_paths.hpp"

#include <dlfcn.h>

#include <system_error>

namespace ktel::app {

InstallPaths install_paths() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&install_paths), &info) == 0) return {};
  std::error_code error;
  std::filesystem::path self = std::filesystem::canonical(info.dli_fname, error);
  if (error) return {};
  std::filesystem::path lib = self.parent_path();
  // Linked statically, the code lies in a program, which has the libraries beside its folder.
  if (self.extension() != ".so" && self.filename().string().find(".so.") == std::string::npos) {
    lib = lib.parent_path() / "lib";
  }
  return {lib / "ktel" / "plugins",
          (lib / KTEL_LIBEXEC_FROM_LIB / "ktel-child").lexically_normal()};
}

}  // namespace ktel::app
