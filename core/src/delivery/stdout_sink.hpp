// The host's own destination `stdout:`: each report's canonical bytes and a newline.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <ktel/result.hpp>

#include "delivery/sink.hpp"

namespace ktel::delivery {

// Writes all of it, or says why not. Called by one thread at a time.
using Writer = std::function<Result<void>(std::string_view bytes)>;

// send() writes and calls `done` before it returns.
std::shared_ptr<Sink> make_stdout_sink(Destination destination, Writer writer);

}  // namespace ktel::delivery
