// Looks at one plugin file in a child process: what it declares, or why it is refused.
//
// The child is the program ktel-child (core/child); what a constructor or an entry does, it does
// there. Blocks, with a deadline on every phase. Thread-safe: starts no thread, changes nothing of
// the process, and reaps its own child alone.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include <ktel/result.hpp>

#include "plugin/descriptor.hpp"

namespace ktel::plugin {

struct ScanOptions {
  std::filesystem::path child_program;
  std::string host_version;
  // Of loading the file, and again of its entry.
  std::chrono::milliseconds entry_deadline{2000};
};

struct Scanned {
  Description description;
  std::chrono::milliseconds entry_time{0};  // what loading and entry took
};

// bad_input: the file is refused as a whole, with the sentence that says why. not_found: there is
// no ktel-child of this ktel, which says nothing of the file.
Result<Scanned> scan_file(const std::filesystem::path& file, const ScanOptions& options);

// The same in this process, for files of our own where there is no ktel-child.
Result<Scanned> scan_here(const std::filesystem::path& file, const std::string& host_version);

// The child's side: does the same for a parent of version `wanted` and tells it each phase on `fd`,
// in the words of scan_messages.hpp. Does not touch the file for a parent of another version.
void scan_for_parent(const std::filesystem::path& file, const std::string& wanted,
                     const std::string& own_version, int fd);

}  // namespace ktel::plugin
