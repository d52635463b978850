// How reads end without rows: one sentence and the next step for each way. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cluster/read_result.hpp"

namespace ktel::cluster {

struct Fetch;

// "pods", "deployments.apps".
std::string resource_name(std::string_view resource, std::string_view group);

ReadResult skipped();

// The kind is not served: a fact, with a note.
ReadResult not_served(std::string_view what);

// GET, and there is no object of that name.
ReadResult no_such_object(const Fetch& fetch);

ReadResult failed(Errc cause, std::string text, std::string next = {});

// Forbidden: names the rule that is missing, word for word as it goes into a role. `ns` is the
// namespace asked, "" all of them.
ReadResult denied(const Fetch& fetch, std::string_view ns);

}  // namespace ktel::cluster
