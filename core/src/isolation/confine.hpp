// What a child takes from itself before it loads a plugin: it contains faults, and mistakes;
// against an author who means harm it is best effort.
//
// Called once, in ktel-child, before there is a second thread. Cannot be undone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ktel::isolation {

// A part of the confinement, and why this kernel does not grant it; "": it holds.
struct Held {
  std::string part;  // "privileges", "resources", "files", "system calls"
  std::string missing;
};

// For a plugin that only computes: no socket, no program, no other process's memory, signals or
// scheduling, no rights of root, no file but the system's libraries and what lies in
// `plugin_directory`, and of none its mode, owner or times; nothing that outlives it; memory,
// descriptors, file sizes and processor time bounded. Calls that came to Linux later are unknown.
std::vector<Held> confine(const std::filesystem::path& plugin_directory);

}  // namespace ktel::isolation
