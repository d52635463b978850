// Where ktel keeps its own files, after the XDG base directory specification.
#pragma once

#include <filesystem>

#include "base/env.hpp"

namespace ktel::app {

// $XDG_STATE_HOME/ktel/ledger.db, else ~/.local/state/ktel/ledger.db; empty without a home.
std::filesystem::path ledger_path(const Env& env);

// $XDG_CACHE_HOME/ktel/plugins, else ~/.cache/ktel/plugins; empty without a home.
std::filesystem::path plugin_cache_path(const Env& env);

}  // namespace ktel::app
