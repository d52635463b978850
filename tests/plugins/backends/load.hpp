// A backend plugin of the build tree, loaded as the host does it but with no scan: for tests of one
// plugin alone.
#pragma once

#include <dlfcn.h>
#include <ktel/abi/plugin.h>

#include <sstream>
#include <stdexcept>
#include <string>

#include "delivery/sink.hpp"
#include "plugin/declaration.hpp"

namespace ktel::test {

// Once for each plugin; lives as long as the process, as a loaded plugin does.
inline delivery::LoadedBackend load_backend(const char* file) {
  void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const auto entry =
      reinterpret_cast<decltype(&ktel_plugin_v1)>(::dlsym(library, "ktel_plugin_v1"));
  if (entry == nullptr) throw std::runtime_error(::dlerror());
  const ktel_host_info host{
      sizeof(ktel_host_info), KTEL_ABI_MAJOR, KTEL_ABI_MINOR, "ktel", "0.1.0", nullptr};
  const ktel_backend& backend = entry(&host)->backends[0];

  static plugin::Backend kept;
  kept = {};
  plugin::Backend* const declared = &kept;
  declared->name = backend.name;
  declared->summary = backend.summary;
  std::istringstream schemes(backend.schemes);
  for (std::string scheme; schemes >> scheme;) declared->schemes.push_back(scheme);
  declared->own_io = (backend.flags & KTEL_BACKEND_OWN_IO) != 0;
  declared->has_ack = (backend.flags & KTEL_BACKEND_HAS_ACK) != 0;
  declared->timeout_ms = backend.timeout_ms;
  for (std::uint32_t i = 0; i < backend.param_count; ++i) {
    const ktel_param& param = backend.params[i];
    plugin::Param copy;
    copy.name = param.name;
    copy.type = param.type;
    copy.required = (param.flags & KTEL_PARAM_REQUIRED) != 0;
    copy.secret = (param.flags & KTEL_PARAM_SECRET) != 0;
    copy.has_default = param.default_text != nullptr;
    if (copy.has_default) copy.default_text = param.default_text;
    declared->params.push_back(copy);
  }
  return {.declaration = declared, .backend = &backend, .self = nullptr, .exclusion = nullptr};
}

}  // namespace ktel::test
