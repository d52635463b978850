// Opens a plugin file in this process and asks it for its descriptor.
//
// Called by ktel-child at the scan and by `Loaded`. A library stays mapped until the process ends:
// thread-local destructors and unique symbols make unloading unsafe.
#pragma once

#include <ktel/abi/plugin.h>
#include <ktel/result.hpp>

#include <filesystem>
#include <string>

namespace ktel::plugin {

using Entry = const ktel_plugin*(const ktel_host_info*);

struct Library {
  Entry* entry = nullptr;
};

// Runs the library's constructors. bad_input: the loader's own words.
Result<Library> open_library(const std::filesystem::path& file);

// bad_input: it declined, in its own words.
Result<const ktel_plugin*> call_entry(const Library& library, const std::string& host_version);

}  // namespace ktel::plugin
