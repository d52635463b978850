// Where ktel's own words go. Silent unless a sink is given.
#pragma once

#include <functional>
#include <string_view>

namespace ktel {

enum class LogLevel { debug, info, warn, error };

// Called from any thread, also concurrently; must not throw and must not call back into ktel. The
// text is one line without its end, secrets already scrubbed; both views are for the call.
using LogSink =
    std::function<void(LogLevel level, std::string_view component, std::string_view text)>;

}  // namespace ktel
