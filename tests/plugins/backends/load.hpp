// A backend plugin of the build tree, described by the host's own rules but loaded with no scan:
// for tests of one plugin alone.
#pragma once

#include <dlfcn.h>
#include <ktel/abi/plugin.h>

#include <stdexcept>

#include "delivery/sink.hpp"
#include "plugin/descriptor.hpp"

namespace ktel::test {

// The first backend of the file. Once in a program; lives as long as it, as a loaded plugin does.
inline delivery::LoadedBackend load_backend(const char* file) {
  void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const auto entry =
      reinterpret_cast<decltype(&ktel_plugin_v1)>(::dlsym(library, "ktel_plugin_v1"));
  if (entry == nullptr) throw std::runtime_error(::dlerror());
  const ktel_host_info host{
      sizeof(ktel_host_info), KTEL_ABI_MAJOR, KTEL_ABI_MINOR, "ktel", "0.1.0", nullptr};
  const ktel_plugin* const descriptor = entry(&host);
  static const auto described = plugin::describe(descriptor);
  if (!described) throw std::runtime_error(described.error().message);
  if (!described->refused.empty()) throw std::runtime_error(described->refused.front().why);
  return {.declaration = &described->plugin.backends.at(0),
          .backend = &descriptor->backends[0],
          .self = nullptr,
          .exclusion = nullptr};
}

}  // namespace ktel::test
