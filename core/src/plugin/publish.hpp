// Which of the plugins found may be used together: prefixes, names claimed twice. Pure.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "plugin/catalog.hpp"

namespace ktel::plugin {

// Why a plugin cannot be used by this host at all, whatever else is there. children: plugins may
// run in processes of their own.
std::optional<std::string> unusable(const CatalogPlugin& plugin, bool children);

// That the file or an item of it is refused, with the step for one who has it and cannot mend it.
// There is none for what is linked into the program (`file` is empty), or where `why` has one.
Refused refuse(const std::filesystem::path& file, std::string item, std::string why);

// Takes out, with a sentence each, jobs and backends of vendors that lack the vendor's prefix, and
// whatever two claim: the id of a plugin, the name of a job, a built-in scheme. A built-in claimant
// stays; of others none does, for the order of directories is no policy.
void publish(std::deque<CatalogPlugin>& plugins, std::vector<Refused>& refused);

}  // namespace ktel::plugin
