// `start`, `stop`: what a plugin keeps for as long as it is in use, as a class.
//
//   KTEL_PLUGIN(..., .start = sdk::start<State>, .stop = sdk::stop<State>);
//
// One State is made in each host before the first run; run.self<State>() is it in a job, and a sink
// (backend.hpp) may take it too. What its constructor throws refuses the plugin, in its words.
// Results must not depend on it: it is for what is expensive to make, not for what was seen.
#pragma once

#include <ktel/abi/types.h>

#include <ktel/sdk/guard.hpp>

namespace ktel::sdk {

template <class State>
ktel_status start(ktel_call* call, void** self) noexcept {
  return guard(call, [&] { *self = new State(); });
}

template <class State>
void stop(void* self) noexcept {
  delete static_cast<State*>(self);
}

}  // namespace ktel::sdk
