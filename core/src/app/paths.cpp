// Paths: see the header.
#include "app/paths.hpp"

namespace ktel::app {
namespace {

// A relative XDG directory is invalid by the specification and counts as not set.
std::filesystem::path base(const Env& env, const char* variable, const char* below_home) {
  const std::filesystem::path set = env(variable).value_or("");
  if (set.is_absolute()) return set;
  const std::filesystem::path home = env("HOME").value_or("");
  return home.is_absolute() ? home / below_home : std::filesystem::path{};
}

}  // namespace

std::filesystem::path ledger_path(const Env& env) {
  const std::filesystem::path state = base(env, "XDG_STATE_HOME", ".local/state");
  return state.empty() ? std::filesystem::path{} : state / "ktel" / "ledger.db";
}

std::filesystem::path plugin_cache_path(const Env& env) {
  const std::filesystem::path cache = base(env, "XDG_CACHE_HOME", ".cache");
  return cache.empty() ? std::filesystem::path{} : cache / "ktel" / "plugins";
}

}  // namespace ktel::app
