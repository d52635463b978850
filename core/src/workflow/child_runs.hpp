// The child's side of isolation: one plugin, loaded, started and run as the parent asks for.
//
// Two threads: one reads what the parent says, the other runs the plugin. The process ends when the
// parent hangs up, whatever the plugin does. Called by ktel-child alone, which has nothing to lose.
#pragma once

#include <string>

namespace ktel::workflow {

// Serves the parent on `fd`; returns when it has hung up, or said what no parent says: then with 1.
// `version`: of this ktel-child. The plugin's code runs after confine() alone.
int serve_runs(int fd, const std::string& version);

}  // namespace ktel::workflow
