// Which of the plugins found may be used together: prefixes, names claimed twice. Pure.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "plugin/catalog.hpp"

namespace ktel::plugin {

// Why a plugin cannot be used by this host at all, whatever else is there.
std::optional<std::string> unusable(const CatalogPlugin& plugin);

// `why` with the step for one who has the file and cannot mend it. Unchanged for what is linked
// into the program, where `file` is empty: its author reads that.
std::string with_step(std::string why, const std::filesystem::path& file);

// Takes out, with a sentence each, jobs and backends of vendors that lack the vendor's prefix, and
// whatever two claim: the id of a plugin, the name of a job, a built-in scheme. A built-in claimant
// stays; of others none does, for the order of directories is no policy.
void publish(std::deque<CatalogPlugin>& plugins, std::vector<Refused>& refused);

}  // namespace ktel::plugin
