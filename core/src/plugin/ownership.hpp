// Who may change a plugin: files and directories belong to root or to this user, and nobody else
// may write to them. A plugin is as trusted as the directory it lies in.
//
// The rules are pure (may_be_trusted); opening applies them to what was opened, not to a name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <ktel/result.hpp>

#include "base/descriptor.hpp"

namespace ktel::plugin {

enum class Place { file, directory, parent };

// bad_input: "is writable by others (owner 0, mode 0775): run chmod go-w PATH". A parent may be
// writable by all if it is sticky, as /tmp is.
Result<void> may_be_trusted(const std::filesystem::path& path, const struct stat& status,
                            Place place, uid_t user);

struct PluginDirectory {
  std::filesystem::path path;  // absolute, without links
  Descriptor fd;
  std::vector<std::string> names;  // of what ends in .so, sorted
};

// bad_input: it is missing, unreadable, or it or one of its parents is not to be trusted.
Result<PluginDirectory> open_directory(const std::filesystem::path& path);

// A plugin in it. bad_input: a symbolic link, not a regular file, or not to be trusted; the
// sentence leaves its path to who asks.
Result<Descriptor> open_plugin(const PluginDirectory& directory, const std::string& name);

}  // namespace ktel::plugin
