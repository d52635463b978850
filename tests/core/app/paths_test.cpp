// Where ktel keeps its own files.
#include "app/paths.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

using namespace ktel;

TEST_SUITE_BEGIN("core/app/paths");

TEST_CASE("XDG directories count where they are absolute, else the home does") {
  struct Row {
    std::map<std::string, std::string> variables;
    std::string ledger;
    std::string cache;
  };
  for (const auto& [variables, ledger, cache] : std::vector<Row>{
           {{{"HOME", "/home/me"}},
            "/home/me/.local/state/ktel/ledger.db",
            "/home/me/.cache/ktel/plugins"},
           {{{"HOME", "/home/me"}, {"XDG_STATE_HOME", "/state"}, {"XDG_CACHE_HOME", "/cache"}},
            "/state/ktel/ledger.db",
            "/cache/ktel/plugins"},
           {{{"XDG_STATE_HOME", "/state"}, {"XDG_CACHE_HOME", "/cache"}},
            "/state/ktel/ledger.db",
            "/cache/ktel/plugins"},
           {{{"HOME", "/home/me"}, {"XDG_STATE_HOME", "state"}, {"XDG_CACHE_HOME", ""}},
            "/home/me/.local/state/ktel/ledger.db",
            "/home/me/.cache/ktel/plugins"},
           {{{"HOME", "me"}}, "", ""},
           {{}, "", ""}}) {
    const Env env = [&](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    CAPTURE(ledger);
    CHECK(app::ledger_path(env) == ledger);
    CHECK(app::plugin_cache_path(env) == cache);
  }
}

TEST_SUITE_END();
